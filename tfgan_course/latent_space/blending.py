"""A conditional generator that draws between classes."""

from tensorflow import keras


def blending(generator: keras.Model, classes: int) -> keras.Model:
    """A generator told shares of classes, float32 (batch, classes), in the place of labels: one of each class, or more.

    What a network learns of a class is a vector, a row of a table: of one-hot numbers, of an embedding, of gains and
    biases. Between classes these rows are mixed, so that a single share of 1 is what the label itself gives.

    Args:
        generator: Keras model from [latents, labels] to images. Its labels may go to `OneHot`, to an embedding and to
            conditional normalization, as all of `tfgan_course.models.conditioning` do.
        classes: how many there are.

    Returns:
        A Keras model from [latents, shares] to images, with a copy of the weights.
    """
    latents = keras.Input(generator.inputs[0].shape[1:], name="latents")
    shares = keras.Input((classes,), name="shares")

    def told_shares(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.Model) and len(layer.inputs) > 1:  # a mapping network, which is told the class
            return blending(layer, classes)
        if isinstance(layer, keras.layers.Embedding):
            # A row of the table is the product of a one-hot vector with it.
            return keras.layers.Dense(layer.output_dim, use_bias=False, name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    model = keras.models.clone_model(generator, input_tensors=[latents, shares], clone_function=told_shares)
    model.set_weights(generator.get_weights())
    return model
