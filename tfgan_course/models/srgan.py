"""SRGAN's networks (Ledig et al. 2017, arXiv:1609.04802, figure 4): larger images from small ones.

Generator: SRResNet, from a condition to an image of 1, 2, 4... times its size. Critic: eight convolutions.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import require, require_at_least
from tfgan_course.layers import SubPixel
from tfgan_course.models.critic_layers import Normalization
from tfgan_course.models.image_to_image import ImageToImageGenerator
from tfgan_course.models.network import CriticNetwork


@dataclass
class SRResNetGenerator(ImageToImageGenerator):
    """SRResNet: residual blocks at the condition's size, then sub-pixel convolutions, each of which doubles the size.

    9x9 convolution, PReLU; the blocks; 3x3 convolution, BatchNorm, plus the first activations; for each doubling a 3x3
    convolution to four times the channels, `SubPixel`, PReLU; 9x9 convolution to the colors. A block is x + [3x3
    convolution, BatchNorm, PReLU, 3x3 convolution, BatchNorm]. PReLU has one slope for each channel. As in the paper's
    figure there is no tanh at the end. Kernels start from Glorot's uniform distribution.

    The network is fully convolutional: built for another size it has the same weights. A condition of the images' own
    size is restored without a change of size.

    Args:
        width: channels of all convolutions.
        blocks: number of residual blocks.
    """

    width: int = 64
    blocks: int = 16

    def __post_init__(self):
        super().__post_init__()
        require_at_least(1, blocks=self.blocks)

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        doublings = _doublings(tuple(x.shape[1:3]), image_shape[:2])
        x = first = _prelu(self._convolution(self.width, 9)(x))
        for _ in range(self.blocks):
            inside = _prelu(normalize(self._convolution(self.width, use_bias=False)(x)))
            inside = normalize(self._convolution(self.width, use_bias=False)(inside))
            x = keras.layers.Add()([x, inside])
        x = normalize(self._convolution(self.width, use_bias=False)(x))
        x = keras.layers.Add()([x, first])
        for _ in range(doublings):
            x = _prelu(SubPixel()(self._convolution(4 * self.width)(x)))
        return keras.layers.Activation("linear", dtype="float32")(self._convolution(image_shape[-1], 9)(x))

    def _convolution(self, channels: int, kernel: int = 3, **options) -> keras.layers.Layer:
        return keras.layers.Conv2D(channels, kernel, padding="same", **options)


def _prelu(x):
    return keras.layers.PReLU(shared_axes=[1, 2])(x)


def _doublings(small: tuple[int, int], large: tuple[int, int]) -> int:
    """Return how often the size `small` is doubled to make `large`; sizes are (height, width)."""
    doublings = max(0, round(math.log2(large[0] / small[0])))
    fits = tuple(2**doublings * pixels for pixels in small) == large
    expected = f"for SRResNetGenerator images of 1, 2, 4... times the condition's size, {small[0]} x {small[1]}"
    require(fits, expected, f"{large[0]} x {large[1]}", "Set data.size to such a size, or change the condition")
    return doublings


@dataclass
class SRGANCritic(CriticNetwork):
    """SRGAN's critic: eight 3x3 convolutions, every second of stride 2, a dense layer, the score.

    Each convolution has LeakyReLU 0.2, and all but the first BatchNorm. Channels: width, width, then 2, 2, 4, 4, 8, 8
    times as many. The dense layer has 16 times as many units, and LeakyReLU 0.2.

    Args:
        width: channels of the first convolution.
    """

    normalization: Normalization = "batch"
    width: int = 64

    def body(self, x) -> tuple:
        features = {}
        for level in range(8):
            x = self.weighted(
                keras.layers.Conv2D,
                self.width * 2 ** (level // 2),
                kernel_size=3,
                strides=1 + level % 2,
                padding="same",
                use_bias=level == 0 or not self.mixes_images,
            )(x)
            x = features[f"conv{level + 1}"] = keras.layers.LeakyReLU(0.2)(self.normalize(x) if level else x)
        x = self.weighted(keras.layers.Dense, 16 * self.width)(keras.layers.Flatten()(x))
        x = features["dense"] = keras.layers.LeakyReLU(0.2)(x)
        return x, features
