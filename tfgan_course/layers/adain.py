import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.styled import StyledLayer


@keras.utils.register_keras_serializable(package="tfgan_course")
class ScalesFirst(keras.initializers.Initializer):
    """1 for the first half of a vector, the scales, and 0 for the second, the biases."""

    def __call__(self, shape, dtype=None, **kwargs) -> tf.Tensor:
        """The vector, of even length."""
        return tf.constant(np.repeat([1.0, 0.0], shape[0] // 2), dtype or "float32")


@keras.utils.register_keras_serializable(package="tfgan_course")
class AdaIN(StyledLayer):
    """Adaptive instance normalization: y = S(w) (x - mu) / sigma + B(w), called on [x, w].

    Huang and Belongie 2017, arXiv:1703.06868, eq. 8, with a scale S and a bias B for each channel that are learned
    affine functions of w (Karras et al. 2019, arXiv:1812.04948, eq. 1), 1 and 0 at first. mu and sigma are those of
    each image's channel over its places, in float32 whatever the policy; 1e-8 is added to the variance.

    Args:
        equalized: see `StyledLayer`.
    """

    def build(self, input_shape):
        """Makes S and B."""
        (*_, channels), (*_, w_size) = input_shape
        self.make_style(w_size, 2 * channels, ScalesFirst())
        super().build(input_shape)

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        """y, of the type of x."""
        x, w = inputs
        scale, bias = (part[:, tf.newaxis, tf.newaxis] for part in tf.split(self.style(w), 2, axis=-1))
        activations = tf.cast(x, tf.float32)
        # From the mean square: fewer passes over all activations. Rounding may bring it below 0.
        mean = tf.reduce_mean(activations, [1, 2], keepdims=True)
        variance = tf.nn.relu(tf.reduce_mean(tf.square(activations), [1, 2], keepdims=True) - tf.square(mean))
        gain = tf.math.rsqrt(variance + 1e-8) * scale
        return tf.cast(activations * gain + (bias - mean * gain), x.dtype)
