"""StyleGAN2 (Karras et al. 2020, arXiv:1912.04958), for square images of 8 to 256 pixels and more."""

from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.layers import (
    Bias,
    Blur,
    BlurDownsampling,
    BlurUpsampling,
    ConstantInput,
    ModulatedConv2D,
    ModulatedConv2DTranspose,
    NoiseInjection,
)
from tfgan_course.models.equalized_critic import EqualizedCritic, channels, stages
from tfgan_course.models.stylegan import StyleGenerator

ROOT = 2**0.5


@dataclass
class StyleGAN2Generator(StyleGenerator):
    """A learned constant of 4x4, modulated 3x3 convolutions, an image at every size, the sum of which is the image.

    The paper's figure 7 b, "output skips". A layer: modulated and demodulated convolution, noise, bias, LeakyReLU 0.2
    times the root of 2; the first of each larger size is a transposed convolution and the [1, 3, 3, 1] filter. A
    modulated 1x1 convolution makes each image, to be upsampled with the same filter. Nothing but the critic holds its
    numbers in [-1, 1].

    A style goes to a layer and to the layer that makes the image behind it, as in the authors' code: there are two for
    each size.
    """

    def synthesis(self, styles, image_shape: tuple[int, int, int], normalize: Callable):
        """See `GeneratorNetwork.synthesis`."""
        size, _, colors = image_shape
        x = ConstantInput(4, channels(self.width, self.widest, size, 4))(styles)
        x = self._layer(x, styles[:, 0], size, larger=False)
        image = self._colors(x, styles[:, 1], colors)
        for stage in range(1, stages(size, self) + 1):
            x = self._layer(x, styles[:, 2 * stage - 1], size, larger=True)
            x = self._layer(x, styles[:, 2 * stage], size, larger=False)
            finer = self._colors(x, styles[:, 2 * stage + 1], colors)
            image = keras.layers.Add()([BlurUpsampling()(image), finer])
        return keras.layers.Activation("linear", dtype="float32")(image)

    def _layer(self, x, w, image_size: int, larger: bool):
        width = channels(self.width, self.widest, image_size, x.shape[1] * (2 if larger else 1))
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

    The paper's figure 7 c. A block: two 3x3 convolutions with LeakyReLU 0.2, the second of stride 2 behind the
    [1, 3, 3, 1] filter; beside it the filter, halving, and a 1x1 convolution; their sum over the root of 2. All have an
    equalized learning rate. The paper's `batch_statistics` is MinibatchStandardDeviation, in front of the last
    convolution.

    Args:
        normalization: see `CriticNetwork`; the paper's is none.
        width: channels at the image's size; each halving doubles them.
        widest: the most channels of any layer.
        residual: whether blocks have a branch beside them; ProGAN's and StyleGAN's have none.
    """

    residual: bool = True

    def body(self, x) -> tuple:
        """See `CriticNetwork.body`."""
        size, features = x.shape[1], {}
        x = self.hidden(keras.layers.Conv2D, channels(self.width, self.widest, size, size), kernel_size=1)(x)
        features["colors"] = x
        for stage in range(stages(size, self)):
            x = self._block(x, channels(self.width, self.widest, size, x.shape[1] // 2))
            features[f"block{stage + 1}"] = x
        return x, features

    def _block(self, x, width: int):
        beside = x
        x = self.hidden(keras.layers.Conv2D, x.shape[-1], kernel_size=3, padding="same")(x)
        x = self.hidden(keras.layers.Conv2D, width, kernel_size=3, strides=2)(Blur(padding=2)(x))
        if not self.residual:
            return x
        convolution = self.weighted(keras.layers.Conv2D, width, kernel_size=1, use_bias=False)
        beside = convolution(BlurDownsampling()(beside))
        return keras.layers.Rescaling(1 / ROOT)(keras.layers.Add()([x, beside]))
