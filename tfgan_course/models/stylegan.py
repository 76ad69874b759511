"""StyleGAN (Karras, Laine and Aila 2019, arXiv:1812.04948), for images of 8 to 256 pixels and more.

Generator: latents (batch, n) to w (batch, size) to images (batch, height, width, channels). Its critic is
`StyleGAN2Critic(residual=False)`.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.layers import AdaIN, Bias, BlurUpsampling, ConstantInput, EqualizedConv2D, NoiseInjection
from tfgan_course.models.mapping import StyleGANMapping
from tfgan_course.models.network import GeneratorNetwork
from tfgan_course.models.sizes import Pyramid, halved


@dataclass
class StyleGenerator(Pyramid, GeneratorNetwork):
    """Base of generators with a style for every layer, two layers for each size. A new one writes `synthesis`.

    Args:
        mapping: the mapping network. Default: `StyleGANMapping`.
    """

    def __post_init__(self):
        super().__post_init__()
        self.mapping = self.mapping or StyleGANMapping()

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        raise TypeError(f"{type(self).__name__} always has a mapping network: it calls `synthesis`, not `body`")

    def style_layers(self, image_shape: tuple[int, int, int]) -> int:
        return 2 * (self.doublings(*image_shape[:2]) + 1)

    def constant(self, height: int, width: int) -> ConstantInput:
        """Return the layer of the learned constant, the smallest maps, for images of this size."""
        start = halved(height, width, self.doublings(height, width))
        return ConstantInput(start, self.channels(start[0], height))

    @abstractmethod
    def synthesis(self, styles, image_shape: tuple[int, int, int], normalize: Callable): ...


@dataclass
class StyleGANGenerator(StyleGenerator):
    """A learned constant of 4x4, two layers for each size; each has noise, a bias, LeakyReLU 0.2 and AdaIN.

    The first layer is the constant; the others are 3x3 convolutions with an equalized learning rate. The first layer of
    each larger size comes after upsampling with the [1, 3, 3, 1] filter. A 1x1 convolution makes the image; only the
    critic keeps its values in [-1, 1]. Unlike the paper's generator it does not grow.
    """

    def synthesis(self, styles, image_shape: tuple[int, int, int], normalize: Callable):
        height, width, colors = image_shape
        x = self.constant(height, width)(styles)
        for layer in range(self.style_layers(image_shape)):
            if layer:
                if layer % 2 == 0:
                    x = BlurUpsampling()(x)
                x = EqualizedConv2D(self.channels(x.shape[1], height), 3, padding="same", use_bias=False)(x)
            x = keras.layers.LeakyReLU(0.2)(Bias()(NoiseInjection()(x)))
            x = AdaIN()([x, styles[:, layer]])
        x = EqualizedConv2D(colors, 1, gain=1.0)(x)
        return keras.layers.Activation("linear", dtype="float32")(x)
