import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="tfgan_course")
class PixelNormalization(keras.layers.Layer):
    """Brings the vector of channels at each place to a mean square of 1: b = a / sqrt(mean over channels a^2 + 1e-8).

    Karras et al. 2018, arXiv:1710.10196, section 4.2. Inputs and outputs (batch, ..., channels); of latents, (batch,
    size), it is the vector itself. Nothing is learned; the statistic is float32 whatever the policy.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """See the class."""
        x = tf.cast(inputs, tf.float32)
        scale = tf.math.rsqrt(tf.reduce_mean(tf.square(x), axis=-1, keepdims=True) + 1e-8)
        return inputs * tf.cast(scale, inputs.dtype)

    def compute_output_shape(self, input_shape):
        """The inputs' shape."""
        return input_shape
