import tensorflow as tf
from tensorflow import keras

from tfgan_course.randomness import layers_draws


@keras.utils.register_keras_serializable(package="tfgan_course")
class NoiseInjection(keras.layers.Layer):
    """Adds noise, the same to all channels, with a strength that is learned: x + strength * noise.

    Karras et al. 2019, arXiv:1812.04948, section 2; one strength for all channels, 0 at first, as in StyleGAN2
    (arXiv:1912.04958). It gives a generator what differs from image to image without meaning: freckles, single hairs.

    In training the noise is new for every image, from the step's own draws (`layers_draws`). Otherwise it is a constant
    picture that was drawn at the start and is saved with the weights, so that an image depends on its w alone.
    """

    def build(self, input_shape):
        """Makes the strength and the constant picture."""
        self.strength = self.add_weight(name="strength", shape=(), initializer="zeros")
        self.constant = self.add_weight(
            name="constant",
            shape=(*input_shape[1:3], 1),
            initializer=keras.initializers.RandomNormal(0.0, 1.0),
            trainable=False,
        )
        super().build(input_shape)

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """The inputs (batch, height, width, channels) with noise."""
        if training:
            noise = layers_draws().normal([tf.shape(inputs)[0], *inputs.shape[1:3], 1], "noise")
        else:
            noise = tf.convert_to_tensor(self.constant)[tf.newaxis]
        return inputs + tf.cast(noise, inputs.dtype) * tf.cast(self.strength, inputs.dtype)

    def compute_output_shape(self, input_shape):
        """The inputs' shape."""
        return input_shape
