"""The layers of style networks: StyleGAN's generator (Karras et al. 2019, arXiv:1812.04948) and its successors."""

import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer
from tfgan_course.randomness import layers_draws


@keras.utils.register_keras_serializable(package="tfgan_course")
class ConstantInput(Layer):
    """A learned picture, the same for every image of a batch, as the input of a style network instead of latents.

    Karras et al. 2019, arXiv:1812.04948, section 2. The picture, (height, width, channels), starts from N(0, 1). Inputs
    may be any tensor whose first axis is the batch; outputs are (batch, height, width, channels).

    Args:
        size: the height and the width; a single number for a square.
        channels: the number of channels.
    """

    options: tuple[str, ...] = ("size", "channels")

    def __init__(self, size: int | Sequence[int], channels: int, **kwargs):
        super().__init__(**kwargs)
        self._sides = height, width = (size, size) if isinstance(size, int) else tuple(size)
        self.size, self.channels = height if height == width else (height, width), channels

    def build(self, input_shape):
        self.picture = self.add_weight(
            name="picture",
            shape=(*self._sides, self.channels),
            initializer=keras.initializers.RandomNormal(0.0, 1.0),
        )
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        picture = tf.cast(tf.convert_to_tensor(self.picture), self.compute_dtype)
        # A sum replaces `tf.tile`, because XLA has no second derivative of `tf.tile` inside a `tf.cond` (see the term
        # `Lazy`).
        return picture + tf.zeros([tf.shape(inputs)[0], 1, 1, 1], self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self._sides, self.channels)


@keras.utils.register_keras_serializable(package="tfgan_course")
class NoiseInjection(Layer):
    """Add noise with a learned strength, the same noise to all channels: x + strength * noise.

    Karras et al. 2019, arXiv:1812.04948, section 2; one strength for all channels, 0 at first, as in StyleGAN2
    (arXiv:1912.04958). With it a generator can draw random details, such as freckles and single hairs. x is (batch,
    height, width, channels).

    In training the noise is new for every image, from the step's own draws (`layers_draws`). Otherwise it is a constant
    picture, drawn when the layer is built and saved with the weights, so that an image depends only on its w.
    """

    def build(self, input_shape):
        self.strength = self.add_weight(name="strength", shape=(), initializer="zeros")
        self.constant = self.add_weight(
            name="constant",
            shape=(*input_shape[1:3], 1),
            initializer=keras.initializers.RandomNormal(0.0, 1.0),
            trainable=False,
        )
        super().build(input_shape)

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        if training:
            noise = layers_draws().normal([tf.shape(inputs)[0], *inputs.shape[1:3], 1], "noise")
        else:
            noise = tf.convert_to_tensor(self.constant)[tf.newaxis]
        return inputs + tf.cast(noise, inputs.dtype) * tf.cast(self.strength, inputs.dtype)


@keras.utils.register_keras_serializable(package="tfgan_course")
class Bias(Layer):
    """Add a learned number for each channel, 0 at first: x (batch, ..., channels) + b.

    It is a separate layer for networks with noise or a filter between a convolution and its bias.
    """

    def build(self, input_shape):
        self.bias = self.add_weight(name="bias", shape=(input_shape[-1],), initializer="zeros")
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return inputs + tf.cast(tf.convert_to_tensor(self.bias), inputs.dtype)


class StyledLayer(Layer):
    """Base of layers with a style. They are called on [x, w]: x (batch, height, width, channels), w (batch, w_size).

    Their styles A(w), float32 (batch, n), are a learned affine function of w.

    Args:
        equalized: whether kernels have an equalized learning rate (see `EqualizedDense`), for Adam rates of about 1e-3.
            Otherwise they start from DCGAN's N(0, 0.02).
    """

    options: tuple[str, ...] = ("equalized",)

    def __init__(self, equalized: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.equalized = equalized

    def make_style(self, w_size: int, size: int, bias) -> None:
        """Make the weights of A, within `build`. `bias` is the Keras initializer of A's bias."""
        self.style_kernel = self.make_kernel("style_kernel", (w_size, size))
        self.style_bias = self.add_weight(name="style_bias", shape=(size,), initializer=bias)

    def make_kernel(self, name: str, shape: tuple[int, ...]):
        """Return a new kernel (..., inputs, outputs)."""
        start = keras.initializers.RandomNormal(0.0, 1.0 if self.equalized else 0.02)
        return self.add_weight(name=name, shape=shape, initializer=start)

    def effective(self, kernel) -> tf.Tensor:
        """Return the kernel with which the layer multiplies, float32."""
        kernel = tf.cast(tf.convert_to_tensor(kernel), tf.float32)
        return kernel / math.sqrt(math.prod(kernel.shape[:-1])) if self.equalized else kernel

    def style(self, w: tf.Tensor) -> tf.Tensor:
        """Return A(w), float32 (batch, n)."""
        bias = tf.cast(tf.convert_to_tensor(self.style_bias), tf.float32)
        return tf.matmul(tf.cast(w, tf.float32), self.effective(self.style_kernel)) + bias


@keras.utils.register_keras_serializable(package="tfgan_course")
class ScalesFirst(keras.initializers.Initializer):
    """Initialize a vector of even length: 1 in the first half (the scales), 0 in the second half (the biases)."""

    def __call__(self, shape, dtype=None, **kwargs) -> tf.Tensor:
        return tf.constant(np.repeat([1.0, 0.0], shape[0] // 2), dtype or "float32")


@keras.utils.register_keras_serializable(package="tfgan_course")
class AdaIN(StyledLayer):
    """Adaptive instance normalization: y = S(w) (x - mu) / sigma + B(w), called on [x, w].

    Huang and Belongie 2017, arXiv:1703.06868, eq. 8. The scale S and the bias B of each channel are learned affine
    functions of w (Karras et al. 2019, arXiv:1812.04948, eq. 1). At first S is 1 and B is 0. mu and sigma are the mean
    and the deviation of each image's channel over its places, in float32 under every policy; 1e-8 is added to the
    variance.

    Args:
        equalized: as in `StyledLayer`.
    """

    def build(self, input_shape):
        (*_, channels), (*_, w_size) = input_shape
        self.make_style(w_size, 2 * channels, ScalesFirst())
        super().build(input_shape)

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        x, w = inputs
        scale, bias = (part[:, tf.newaxis, tf.newaxis] for part in tf.split(self.style(w), 2, axis=-1))
        activations = tf.cast(x, tf.float32)
        # The mean square needs fewer passes over all activations. Rounding may make the difference negative.
        mean = tf.reduce_mean(activations, [1, 2], keepdims=True)
        variance = tf.nn.relu(tf.reduce_mean(tf.square(activations), [1, 2], keepdims=True) - tf.square(mean))
        gain = tf.math.rsqrt(variance + 1e-8) * scale
        return tf.cast(activations * gain + (bias - mean * gain), x.dtype)
