"""Normalizations that treat each image alone. Statistics are float32 under every precision policy.

Keras's own layers compute the variance with `tf.nn.moments`, which treats the mean as a constant. Its first derivatives
are right; its second derivatives, which a gradient penalty needs, are wrong.
"""

import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer


class _Normalization(Layer):
    """The common part of the layers with gains and biases."""

    options: tuple[str, ...] = ("epsilon", "gamma_constraint", "beta_constraint")

    def __init__(
        self,
        epsilon: float = 1e-5,
        gamma_constraint: keras.constraints.Constraint | None = None,
        beta_constraint: keras.constraints.Constraint | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.gamma_constraint = keras.constraints.get(gamma_constraint)
        self.beta_constraint = keras.constraints.get(beta_constraint)

    def _make(self, shape: tuple[int, ...]) -> None:
        options = {"shape": shape, "dtype": "float32"}
        self.gamma = self.add_weight(name="gamma", initializer="ones", constraint=self.gamma_constraint, **options)
        self.beta = self.add_weight(name="beta", initializer="zeros", constraint=self.beta_constraint, **options)


@keras.utils.register_keras_serializable(package="tfgan_course")
class GroupNormalization(_Normalization):
    """Normalize each image over height, width and one or all channels; then apply a gain and a bias for each channel.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with the mean and the variance of the image's group.

    With one group this is layer normalization over height, width and channels (Ba, Kiros and Hinton 2016,
    arXiv:1607.06450) with a gain for each channel, as in the code of WGAN-GP's authors. With a group for each channel
    it is instance normalization (Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022). Inputs are (batch, ...,
    channels).

    Args:
        per_channel: a group for each channel (instance normalization) instead of one for all (layer normalization).
        epsilon: added to the variance.
        affine: whether there are gains and biases; without them gamma is 1 and beta 0.
        **kwargs: `gamma_constraint` and `beta_constraint`, Keras constraints of the gains and the biases; arguments of
            Keras's layers.
    """

    options: tuple[str, ...] = ("per_channel", "affine")

    def __init__(self, per_channel: bool = False, epsilon: float = 1e-5, affine: bool = True, **kwargs):
        super().__init__(epsilon, **kwargs)
        self.per_channel, self.affine = per_channel, affine

    def build(self, input_shape):
        if self.affine:
            self._make((input_shape[-1],))
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        axes = list(range(1, inputs.shape.rank - self.per_channel))
        x = tf.cast(inputs, tf.float32)
        # The variance comes from the mean square, which needs fewer passes over all activations than centered inputs; a
        # gradient penalty makes dozens of passes. Rounding may make the difference negative.
        mean, mean_square = means(x, axes)
        variance = tf.nn.relu(mean_square - tf.square(mean))
        gain = tf.math.rsqrt(variance + self.epsilon)
        if not self.affine:
            return tf.cast(x * gain - mean * gain, inputs.dtype)
        gain *= tf.cast(self.gamma, tf.float32)
        return tf.cast(x * gain + (tf.cast(self.beta, tf.float32) - mean * gain), inputs.dtype)


def means(x: tf.Tensor, axes: list[int]) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the means of x and of x^2 over the axes, which stay with size 1. They can be differentiated twice.

    TensorFlow's own derivative spreads each mean over all of x before it adds them, which takes three times the passes.
    """
    count = tf.cast(tf.reduce_prod([tf.shape(x)[axis] for axis in axes]), x.dtype)

    @tf.custom_gradient
    def of(x):
        def gradient(of_mean, of_square):
            return x * (2.0 * of_square / count) + of_mean / count

        return (tf.reduce_mean(x, axes, keepdims=True), tf.reduce_mean(tf.square(x), axes, keepdims=True)), gradient

    return of(x)


@keras.utils.register_keras_serializable(package="tfgan_course")
class LayerNormalization(_Normalization):
    """Normalize each image over all its activations; then apply a gain and a bias for each activation.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta (Ba, Kiros and Hinton 2016, arXiv:1607.06450, eq. 4). gamma
    and beta have the shape of one image's activations, as in PyTorch's `nn.LayerNorm((C, H, W))`. `GroupNormalization`
    has one gain for each channel instead. Inputs are (batch, ...); all sizes except the batch must be known.
    """

    def build(self, input_shape):
        self._make(tuple(input_shape[1:]))
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        axes = list(range(1, inputs.shape.rank))
        x = tf.cast(inputs, tf.float32)
        centered = x - tf.reduce_mean(x, axes, keepdims=True)
        variance = tf.reduce_mean(tf.square(centered), axes, keepdims=True)
        normalized = centered * tf.math.rsqrt(variance + self.epsilon)
        gamma, beta = tf.cast(self.gamma, tf.float32), tf.cast(self.beta, tf.float32)
        return tf.cast(normalized * gamma + beta, inputs.dtype)


@keras.utils.register_keras_serializable(package="tfgan_course")
class PixelNormalization(Layer):
    """Scale the vector of channels at each place to a mean square of 1: b = a / sqrt(mean over channels a^2 + 1e-8).

    Karras et al. 2018, arXiv:1710.10196, section 4.2. Inputs and outputs are (batch, ..., channels), or latents (batch,
    size), whose whole vector is scaled. Nothing is learned.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        x = tf.cast(inputs, tf.float32)
        scale = tf.math.rsqrt(tf.reduce_mean(tf.square(x), axis=-1, keepdims=True) + 1e-8)
        return inputs * tf.cast(scale, inputs.dtype)
