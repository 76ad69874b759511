"""SNGAN's residual networks (Miyato et al. 2018, arXiv:1802.05957, tables 4 to 6), with SAGAN's self-attention.

Generator: latents (batch, n) to images (batch, height, width, channels) in [-1, 1], of 28 to 128 pixels. Critic: such
images to a score. Kernels start as in the authors' code: Glorot's uniform distribution, with twice the variance inside
residual branches.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.layers import NearestUpsampling, SpectralNormalization, self_attention
from tfgan_course.models.critic_layers import Normalization
from tfgan_course.models.network import CriticNetwork, GeneratorNetwork
from tfgan_course.models.sizes import halved, halvings, pixels, tanh_image


def glorot(gain: float = 1.0) -> keras.initializers.Initializer:
    """Return a uniform initializer with variance 2 gain / (inputs + outputs of a unit)."""
    return keras.initializers.VarianceScaling(gain, mode="fan_avg", distribution="uniform")


def _check_widths(widths: list[int] | None) -> None:
    valid = widths is None or (len(widths) > 0 and min(widths) >= 1)
    require(valid, "a list widths of at least one number, each at least 1", widths, "Correct the list, or set width")


def _check_attention(attention: int | None, sizes: list[int]) -> None:
    expected = f"attention at the size in pixels of a block's output, here one of {sizes}, or none"
    require(attention in [None, *sizes], expected, attention, "Choose one of these sizes")


@dataclass
class ResNetGenerator(GeneratorNetwork):
    """A dense layer to 4-7 pixels, a residual block for each doubling, BatchNorm, ReLU, a 3x3 convolution, tanh.

    A block is the sum of two paths. One path: BatchNorm, ReLU, nearest upsampling, 3x3 convolution, BatchNorm, ReLU,
    3x3 convolution. The other path: a 1x1 convolution, upsampled. Images are cropped as in DCGAN: 28 from 32.

    Args:
        width: channels of all blocks; 256 is the paper's for CIFAR-10.
        widths: channels of the dense layer and then of each block, instead of `width`: [512, 256, 128, 64] is the
            paper's for 48 pixels, [1024, 1024, 512, 256, 128, 64] for 128.
        attention: self-attention follows the block whose output's shorter side has this many pixels (SAGAN: 32 of 128).
        spectral: spectral normalization of every convolution and of the dense layer (SAGAN).
    """

    width: int = 256
    widths: list[int] | None = None
    attention: int | None = None
    spectral: bool = False

    def __post_init__(self):
        super().__post_init__()
        _check_widths(self.widths)

    def check_image_size(self, height: int, width: int) -> None:
        self._plan(height, width)

    def _plan(self, height: int, width: int) -> tuple[list[int], tuple[int, int]]:
        """Return the channels of the dense layer and of each block, and the height and width of the first maps."""
        widths = self.widths or [self.width] * (halvings(height, width, None) + 1)
        expected = "widths with the channels of the dense layer and of at least one block"
        require(len(widths) > 1, expected, widths, "List one number more, or set width")
        depth = halvings(height, width, len(widths) - 1)
        start = halved(height, width, depth)
        _check_attention(self.attention, [min(start) * 2**block for block in range(1, depth + 1)])
        return widths, start

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        height, width, channels = image_shape
        widths, start = self._plan(height, width)
        x = self._weighted(keras.layers.Dense(math.prod(start) * widths[0], kernel_initializer=glorot()))(x)
        x = keras.layers.Reshape((*start, widths[0]))(x)
        for each in widths[1:]:
            x = self._block(x, each, normalize)
            if min(x.shape[1:3]) == self.attention:
                x = self_attention(x, lambda width: self._convolution(width, 1, use_bias=False))
        x = keras.layers.ReLU()(normalize(x))
        x = self._convolution(channels, 3)(x)
        return tanh_image(x, height, width)

    def _block(self, x, width: int, normalize: Callable):
        # A 1x1 convolution before the upsampling gives the same result with a quarter of the work.
        shortcut = NearestUpsampling()(self._convolution(width, 1)(x))
        x = NearestUpsampling()(keras.layers.ReLU()(normalize(x)))
        x = self._convolution(width, 3, gain=2.0)(x)
        x = keras.layers.ReLU()(normalize(x))
        return keras.layers.Add()([self._convolution(width, 3, gain=2.0)(x), shortcut])

    def _convolution(self, width: int, kernel: int, gain: float = 1.0, **options) -> keras.layers.Layer:
        options = {"padding": "same", "kernel_initializer": glorot(gain), **options}
        return self._weighted(keras.layers.Conv2D(width, kernel, **options))

    def _weighted(self, layer: keras.layers.Layer) -> keras.layers.Layer:
        return SpectralNormalization(layer) if self.spectral else layer


@dataclass
class ResNetCritic(CriticNetwork):
    """Residual blocks, then ReLU and the sum over all places. The first blocks halve the image.

    A block is the sum of two paths. One path: normalization and ReLU (not in the first block, which sees the image),
    3x3 convolution, normalization, ReLU, 3x3 convolution, and the mean of each 2x2 pixels if the block halves. The
    other path, the shortcut: the same mean, and a 1x1 convolution if sizes or channels change. The paper's critic has
    only spectral normalization.

    Args:
        width: channels of all blocks; 128 is the paper's for CIFAR-10.
        widths: channels of each block, instead of `width`: [64, 128, 256, 512, 1024] is the paper's for 48 pixels (with
            `depth` 4), [64, 128, 256, 512, 1024, 1024] for 128 (with `depth` 5).
        depth: number of blocks that halve the image. Default: until 7 to 13 pixels are left. Without `widths` two more
            blocks follow.
        attention: self-attention follows the first block whose output's shorter side has this many pixels (SAGAN: 32 of
            128).
    """

    normalization: Normalization = "spectral"
    width: int = 128
    widths: list[int] | None = None
    depth: int | None = None
    attention: int | None = None

    def __post_init__(self):
        super().__post_init__()
        _check_widths(self.widths)

    def check_image_size(self, height: int, width: int) -> None:
        self._plan(height, width)

    def _plan(self, height: int, width: int) -> tuple[list[int], int]:
        """Return the channels of each block, and how many blocks halve the image."""
        size = min(height, width)
        most = int(math.log2(size)) - 1
        depth = self.depth or max(1, int(math.log2(size / 7)))
        expected = f"a depth of 1 to {most} for images of {pixels(height, width)} pixels"
        require(depth <= most, expected, depth, "Set a smaller depth")
        widths = self.widths or [self.width] * (depth + 2)
        enough = f"widths for at least the {depth} blocks that halve"
        require(len(widths) >= depth, enough, widths, "List more widths, or set a smaller depth")
        blocks = range(1, len(widths) + 1)
        _check_attention(self.attention, [min(halved(height, width, min(block, depth))) for block in blocks])
        return widths, depth

    def body(self, x) -> tuple:
        widths, depth = self._plan(*x.shape[1:3])
        features, attended = {}, False
        for block, width in enumerate(widths, 1):
            x = self._block(x, width, first=block == 1, halves=block <= depth)
            if min(x.shape[1:3]) == self.attention and not attended:
                x = self_attention(x, lambda width: self._convolution(width, 1, 1.0, use_bias=False), self._clip())
                attended = True
            features[f"block{block}"] = x
        x = keras.layers.ReLU()(x)
        # The places are summed, not averaged, because the Lipschitz constant of 1 is meant for the scale of the sum.
        x = keras.layers.Rescaling(x.shape[1] * x.shape[2])(keras.layers.GlobalAveragePooling2D()(x))
        features["sum"] = x
        return x, features

    def _block(self, x, width: int, first: bool, halves: bool):
        shortcut, before = x, x.shape[-1]
        if not first:
            x = keras.layers.ReLU()(self.normalize(x))
        # The first block already has `width` channels inside; the others get them in their second convolution.
        x = self._convolution(width if first else before)(x)
        x = keras.layers.ReLU()(self.normalize(x))
        x = self._convolution(width)(x)
        if halves:
            x, shortcut = (keras.layers.AveragePooling2D(2, padding="same")(branch) for branch in (x, shortcut))
        if halves or width != before:
            # The 1x1 convolution comes after the mean, which gives the same result as before it with a quarter of the
            # work.
            shortcut = self._convolution(width, 1, 1.0)(shortcut)
        return keras.layers.Add()([x, shortcut])

    def _convolution(self, width: int, kernel: int = 3, gain: float = 2.0, **options) -> keras.layers.Layer:
        options = {"kernel_size": kernel, "padding": "same", "kernel_initializer": glorot(gain), **options}
        return self.weighted(keras.layers.Conv2D, width, **options)
