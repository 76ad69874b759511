"""R3GAN's networks (Huang et al. 2024, arXiv:2501.05441, and the authors' code), for images from 8 pixels.

Generator: latents (batch, n) to images (batch, height, width, channels). Critic: such images to a score. They have no
normalization and no tanh. Kernels start from N(0, 1) times gain / sqrt(fan in). The gain is 1, except in the blocks:
there it is sqrt(2 / 1.04) (blocks of the network)^(-1/4), as in Fixup (Zhang et al. 2019, arXiv:1901.09321), and the
last kernel of each block starts at 0.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import require, require_at_least
from tfgan_course.layers import BlurDownsampling, BlurUpsampling, ConstantInput, GroupedConv2D
from tfgan_course.models.critic_layers import Normalization
from tfgan_course.models.network import CriticNetwork, GeneratorNetwork
from tfgan_course.models.sizes import Pyramid, cropped, edges, halved, halvings

LEAK = 0.2


def scaled_normal(gain: float = 1.0) -> keras.initializers.Initializer:
    """Return N(0, 1) times gain / sqrt(fan in); zeros for a gain of 0."""
    if not gain:
        return keras.initializers.Zeros()
    return keras.initializers.VarianceScaling(gain**2, mode="fan_in", distribution="untruncated_normal")


def _same(x):
    return x


@dataclass
class Stages(Pyramid):
    """Base of both networks: stages of residual blocks, one stage for each size of the maps.

    A block is x + [1x1 convolution to `expansion` times the channels, LeakyReLU 0.2, grouped 3x3 convolution, LeakyReLU
    0.2, 1x1 convolution back]. The first two have a bias. Between two stages the filter [1, 3, 3, 1] changes the size,
    and a 1x1 convolution the number of channels if that changes.

    Args:
        blocks: residual blocks in each stage.
        expansion: channels inside a block over those outside.
        group_size: channels in a group of the 3x3 convolutions; fewer channels are one group.
    """

    blocks: int = 2
    expansion: int = 2
    group_size: int = 16

    def __post_init__(self):
        super().__post_init__()
        require_at_least(1, blocks=self.blocks, expansion=self.expansion, group_size=self.group_size)

    def check_image_size(self, height: int, width: int) -> None:
        """Raise a `UserError` if the network cannot make or judge images of this size."""
        halvings(height, width, None)

    def smallest(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width of the smallest maps, whose shorter side has 4 to 7 pixels."""
        return halved(height, width, halvings(height, width, None))

    def widths(self, height: int, width: int) -> list[int]:
        """Return the channels of each stage, from the smallest maps to maps of the image's size."""
        return [self.channels(1, 2**level) for level in reversed(range(halvings(height, width, None) + 1))]

    def stage(self, x, stages: int, convolution: Callable, normalize: Callable = _same):
        """Return x after the blocks of a stage of a network with so many stages.

        `convolution` is a function (layer, channels, kernel_size, gain, **options) that returns a new layer.
        """
        width, inside = x.shape[-1], x.shape[-1] * self.expansion
        group = min(self.group_size, inside)
        require(
            inside % group == 0,
            f"inside a block a multiple of group_size {group} channels",
            f"{inside}, {self.expansion} times the {width} outside",
            f"Set width and widest to multiples of {group}, or another group_size",
        )
        gain = math.sqrt(2 / (1 + LEAK**2)) * (stages * self.blocks) ** -0.25
        for _ in range(self.blocks):
            y = convolution(keras.layers.Conv2D, inside, 1, gain, use_bias=True)(x)
            y = keras.layers.LeakyReLU(LEAK)(normalize(y))
            y = convolution(GroupedConv2D, inside, 3, gain, use_bias=True, groups=inside // group, padding="same")(y)
            y = keras.layers.LeakyReLU(LEAK)(normalize(y))
            x = keras.layers.Add()([x, convolution(keras.layers.Conv2D, width, 1, 0.0)(y)])
        return x


def _convolution(layer: type[keras.layers.Layer], channels: int, kernel_size: int, gain: float = 1.0, **options):
    start = scaled_normal(gain)
    return layer(channels, kernel_size, **{"kernel_initializer": start, "use_bias": False, **options})


@dataclass
class R3GANGenerator(Stages, GeneratorNetwork):
    """A dense layer times a learned map of 4-7 pixels, residual blocks at each size, a 1x1 convolution to the colors.

    Only the critic keeps the values of images in [-1, 1]. If doubling 4 to 7 pixels gives a larger image than asked
    for, the image is cropped: 28 from 32.
    """

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        height, width, colors = image_shape
        first, *others = widths = self.widths(height, width)
        scales = keras.layers.Dense(first, use_bias=False, kernel_initializer=scaled_normal())(x)
        scales = keras.layers.Reshape((1, 1, first))(scales)
        x = keras.layers.Multiply()([ConstantInput(self.smallest(height, width), first)(x), scales])
        x = self.stage(x, len(widths), _convolution)
        for each in others:
            if each != x.shape[-1]:
                x = _convolution(keras.layers.Conv2D, each, 1)(x)
            x = self.stage(BlurUpsampling()(x), len(widths), _convolution)
        return keras.layers.Activation("linear", dtype="float32")(
            cropped(_convolution(keras.layers.Conv2D, colors, 1)(x), height, width)
        )


@dataclass
class R3GANCritic(Stages, CriticNetwork):
    """The generator's mirror image, which ends in a depthwise convolution of all places and a dense layer.

    Images that are no multiple of the smallest maps' size get a border of zeros: 28 becomes 32. The paper's critic has
    no normalization; with another one, it comes before each LeakyReLU.
    """

    normalization: Normalization = "none"

    def weighted(self, layer: type[keras.layers.Layer], *args, gain: float = 1.0, **kwargs) -> keras.layers.Layer:
        """Return a layer as `CriticLayers.weighted` does, with this network's initial weights and without a bias."""
        options = {"kernel_initializer": scaled_normal(gain), "use_bias": False, **kwargs}
        return super().weighted(layer, *args, **options)

    def body(self, x) -> tuple:
        size, features = tuple(x.shape[1:3]), {}
        first, *others = widths = self.widths(*size)[::-1]
        tall, wide = self.smallest(*size)
        bordered = tall * 2 ** len(others), wide * 2 ** len(others)
        if bordered != size:
            x = keras.layers.ZeroPadding2D(edges(bordered, size))(x)
        x = features["colors"] = self._convolution(keras.layers.Conv2D, first, 1)(x)
        x = features["stage1"] = self.stage(x, len(widths), self._convolution, self.normalize)
        for number, width in enumerate(others, 2):
            x = BlurDownsampling()(x)
            if width != x.shape[-1]:
                x = self._convolution(keras.layers.Conv2D, width, 1)(x)
            x = features[f"stage{number}"] = self.stage(x, len(widths), self._convolution, self.normalize)
        return x, features

    def top(self, x, features: dict):
        """Return a weighted sum over the places of each channel; other activations are returned unchanged."""
        if len(x.shape) != 4:
            return x
        channels = x.shape[-1]
        return self._convolution(GroupedConv2D, channels, tuple(x.shape[1:3]), groups=channels)(x)

    def _convolution(
        self,
        layer: type[keras.layers.Layer],
        channels: int,
        kernel_size: int | tuple[int, int],
        gain: float = 1.0,
        **options,
    ):
        return self.weighted(layer, channels, kernel_size=kernel_size, gain=gain, **options)
