"""StyleGAN (Karras, Laine and Aila 2019, arXiv:1812.04948), for square images of 8 to 256 pixels and more."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.layers import AdaIN, Bias, BlurUpsampling, ConstantInput, EqualizedConv2D, NoiseInjection
from tfgan_course.models.equalized_critic import channels, stages
from tfgan_course.models.mapping import StyleGANMapping
from tfgan_course.models.network import GeneratorNetwork, check_positive


@dataclass
class StyleGenerator(GeneratorNetwork):
    """Base of generators whose every layer has a style, two layers for each size: subclasses write `synthesis`.

    Args:
        width: channels at the image's size; each halving of the size doubles them.
        widest: the most channels of any layer.
        mapping: `StyleGANMapping` unless given.
    """

    width: int = 32
    widest: int = 256

    def __post_init__(self):
        check_positive(width=self.width, widest=self.widest)
        self.mapping = self.mapping or StyleGANMapping()

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        """Not asked for, as there is always a mapping network."""
        raise TypeError(f"{type(self).__name__} is its mapping and its synthesis")

    def style_layers(self, image_shape: tuple[int, int, int]) -> int:
        """Two for each size, from 4 pixels on."""
        return 2 * (stages(image_shape[0], self) + 1)

    @abstractmethod
    def synthesis(self, styles, image_shape: tuple[int, int, int], normalize: Callable):
        """See `GeneratorNetwork.synthesis`."""


@dataclass
class StyleGANGenerator(StyleGenerator):
    """A learned constant of 4x4, two layers for each size; each has noise, a bias, LeakyReLU 0.2 and AdaIN.

    The layers are 3x3 convolutions with an equalized learning rate, but for the very first, which is the constant. The
    first of each larger size is preceded by upsampling with the [1, 3, 3, 1] filter. A 1x1 convolution makes the image,
    whose numbers nothing holds in [-1, 1] but the critic. Unlike the paper's it does not grow.
    """

    def synthesis(self, styles, image_shape: tuple[int, int, int], normalize: Callable):
        """See `GeneratorNetwork.synthesis`."""
        size, _, colors = image_shape
        x = ConstantInput(4, channels(self.width, self.widest, size, 4))(styles)
        for layer in range(self.style_layers(image_shape)):
            if layer:
                if layer % 2 == 0:
                    x = BlurUpsampling()(x)
                width = channels(self.width, self.widest, size, x.shape[1])
                x = EqualizedConv2D(width, 3, padding="same", use_bias=False)(x)
            x = keras.layers.LeakyReLU(0.2)(Bias()(NoiseInjection()(x)))
            x = AdaIN()([x, styles[:, layer]])
        x = EqualizedConv2D(colors, 1, gain=1.0)(x)
        return keras.layers.Activation("linear", dtype="float32")(x)
