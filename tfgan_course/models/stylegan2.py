"""StyleGAN2 (Karras et al. 2020, arXiv:1912.04958), for images of 8 to 256 pixels and more.

Generator: latents (batch, n) to w (batch, size) to images (batch, height, width, channels). Critic: images to a score.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.layers import (
    Bias,
    Blur,
    BlurDownsampling,
    BlurUpsampling,
    ModulatedConv2D,
    ModulatedConv2DTranspose,
    NoiseInjection,
)
from tfgan_course.models.equalized_critic import EqualizedCritic
from tfgan_course.models.stylegan import StyleGenerator

ROOT = 2**0.5


@dataclass
class StyleGAN2Generator(StyleGenerator):
    """A learned constant of 4x4 and modulated 3x3 convolutions. Each size makes an image; the images are added.

    It is the network in the paper's figure 7 b, "output skips". A layer has a modulated and demodulated convolution,
    noise, a bias, and LeakyReLU 0.2 times the root of 2. The first layer of each larger size has a transposed
    convolution and the [1, 3, 3, 1] filter. A modulated 1x1 convolution makes each image, and the same filter upsamples
    it. Only the critic keeps the values in [-1, 1].

    There are two styles for each size, as in the authors' code: the 1x1 convolution after a size's last layer has the
    same w as the next size's first layer.
    """

    def synthesis(self, styles, image_shape: tuple[int, int, int], normalize: Callable):
        size, width, colors = image_shape
        x = self.constant(size, width)(styles)
        x = self._layer(x, styles[:, 0], size, larger=False)
        image = self._colors(x, styles[:, 1], colors)
        for stage in range(1, self.doublings(size, width) + 1):
            x = self._layer(x, styles[:, 2 * stage - 1], size, larger=True)
            x = self._layer(x, styles[:, 2 * stage], size, larger=False)
            finer = self._colors(x, styles[:, 2 * stage + 1], colors)
            image = keras.layers.Add()([BlurUpsampling()(image), finer])
        return keras.layers.Activation("linear", dtype="float32")(image)

    def _layer(self, x, w, image_size: int, larger: bool):
        width = self.channels(x.shape[1] * (2 if larger else 1), image_size)
        if larger:
            x = Blur(padding=1, gain=4.0)(ModulatedConv2DTranspose(width)([x, w]))
        else:
            x = ModulatedConv2D(width)([x, w])
        return keras.layers.Rescaling(ROOT)(keras.layers.LeakyReLU(0.2)(Bias()(NoiseInjection()(x))))

    def _colors(self, x, w, colors: int):
        return Bias()(ModulatedConv2D(colors, kernel_size=1, demodulate=False)([x, w]))


@dataclass
class StyleGAN2Critic(EqualizedCritic):
    """A 1x1 convolution of the image, a residual block for each halving down to 4x4, a 3x3 convolution, a dense layer.

    It is the network in the paper's figure 7 c. A block has two paths. One path: two 3x3 convolutions with LeakyReLU
    0.2, the second with stride 2 after the [1, 3, 3, 1] filter. The other path: the filter, halving, and a 1x1
    convolution. The output is the sum of both paths divided by the root of 2. All layers have an equalized learning
    rate. The paper's `batch_statistics` is MinibatchStandardDeviation, before the last convolution; its `normalization`
    is none.

    Args:
        residual: whether blocks have the second path; the blocks of ProGAN and StyleGAN do not.
    """

    residual: bool = True

    def body(self, x) -> tuple:
        size, features = x.shape[1], {}
        x = self.hidden(keras.layers.Conv2D, self.channels(size, size), kernel_size=1)(x)
        features["colors"] = x
        for stage in range(self.doublings(*x.shape[1:3])):
            x = features[f"block{stage + 1}"] = self._block(x, self.channels(x.shape[1] // 2, size))
        return x, features

    def _block(self, x, width: int):
        shortcut = x
        x = self.hidden(keras.layers.Conv2D, x.shape[-1], kernel_size=3, padding="same")(x)
        x = self.hidden(keras.layers.Conv2D, width, kernel_size=3, strides=2)(Blur(padding=2)(x))
        if not self.residual:
            return x
        convolution = self.weighted(keras.layers.Conv2D, width, kernel_size=1, use_bias=False)
        shortcut = convolution(BlurDownsampling()(shortcut))
        return keras.layers.Rescaling(1 / ROOT)(keras.layers.Add()([x, shortcut]))
