from collections.abc import Callable

import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer


def self_attention(x, convolution: Callable[[int], keras.layers.Layer], gamma_constraint=None):
    """Self-attention over the places of a map (Zhang et al. 2019, arXiv:1805.08318, section 3).

        s_ij = f(x_i) . g(x_j),   beta_ji = exp(s_ij) / sum_i exp(s_ij),   o_j = v(sum_i beta_ji h(x_i)),
        y_j = gamma o_j + x_j,    gamma a learned number, 0 at first

    f, g and h are 1x1 convolutions to an eighth of the channels, and v is a 1x1 convolution back to all channels, as in
    the paper. Its authors' code also max-pools f and h to a quarter of the places, and gives h half of the channels.

    Args:
        x: Keras tensor (batch, height, width, channels).
        convolution: function from a number of channels to a new 1x1 convolution without bias. The network passes it, so
            that this convolution is normalized, clipped and initialized like the network's others.
        gamma_constraint: Keras constraint of gamma.

    Returns:
        A Keras tensor of x's shape.
    """
    channels = x.shape[-1]
    f, g, h = (convolution(max(1, channels // 8))(x) for _ in range(3))
    return GatedSum(gamma_constraint)([x, convolution(channels)(Attention()([f, g, h]))])


@keras.utils.register_keras_serializable(package="tfgan_course")
class Attention(Layer):
    """For each place j the mean of h over all places i, weighted by softmax_i(f_i . g_j).

    Call it on [f, g, h], each (batch, height, width, channels), with equally many channels in f and g; outputs have h's
    shape. The softmax is float32 under every policy. It needs memory for (height * width)^2 weights per image.
    """

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        f, g, h = (tf.reshape(x, [-1, x.shape[1] * x.shape[2], x.shape[3]]) for x in inputs)
        beta = tf.nn.softmax(tf.cast(tf.matmul(g, f, transpose_b=True), tf.float32))
        mean = tf.matmul(tf.cast(beta, h.dtype), h)
        return tf.reshape(mean, [-1, *inputs[2].shape[1:]])

    def compute_output_shape(self, input_shape):
        return input_shape[2]


@keras.utils.register_keras_serializable(package="tfgan_course")
class GatedSum(Layer):
    """Compute x + gamma y from [x, y]. gamma is learned and 0 at first, so y is added only as far as it helps."""

    options = ("gamma_constraint",)

    def __init__(self, gamma_constraint: keras.constraints.Constraint | None = None, **kwargs):
        super().__init__(**kwargs)
        self.gamma_constraint = keras.constraints.get(gamma_constraint)

    def build(self, input_shape):
        self.gamma = self.add_weight(name="gamma", shape=(), initializer="zeros", constraint=self.gamma_constraint)
        super().build(input_shape)

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        x, y = inputs
        return x + tf.cast(self.gamma, x.dtype) * y
