"""A conditional generator that draws between classes."""

from tensorflow import keras

from tfgan_course.models.inputs import input_names, input_shape, takes


def blending(generator: keras.Model, classes: int) -> keras.Model:
    """Return a generator that takes shares of classes instead of labels, with a copy of the weights.

    A network represents a class as a row of a table: one-hot numbers, an embedding, or gains and biases. Between
    classes these rows are mixed by their shares, so a share of 1 gives the same image as the label.

    The labels of the generator may go to `OneHot`, to an embedding and to conditional normalization, as for all of
    `tfgan_course.models.conditioning`.

    Returns:
        A Keras model from `latents` and `shares`, float32 (batch, classes), to images.
    """
    latents = keras.Input(input_shape(generator, "latents"), name="latents")
    shares = keras.Input((classes,), name="shares")
    inputs = [shares if name == "labels" else latents for name in input_names(generator)]

    def with_shares(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.Model) and takes(layer, "labels"):  # a mapping network that takes labels
            return blending(layer, classes)
        if isinstance(layer, keras.layers.Embedding):
            # A row of the table is the product of a one-hot vector and the table.
            return keras.layers.Dense(layer.output_dim, use_bias=False, name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    model = keras.models.clone_model(generator, input_tensors=inputs, clone_function=with_shares)
    model.set_weights(generator.get_weights())
    return model
