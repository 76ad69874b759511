"""The generator of CUT (Park et al. 2020, arXiv:2007.15651), from an image of one folder to one of another's style.

It is the residual network of Johnson et al. 2016 (arXiv:1603.08155) and CycleGAN (Zhu et al. 2017, arXiv:1703.10593).
Its critic is pix2pix's `PatchGANCritic`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import require, require_at_least
from tfgan_course.layers import Feature, GroupNormalization, NearestUpsampling, ReflectionPadding
from tfgan_course.models.critic_layers import initializer
from tfgan_course.models.image_to_image import ImageToImageGenerator


@dataclass
class CUTGenerator(ImageToImageGenerator):
    """Two halvings, residual blocks, two doublings, with instance normalization; 7x7 convolutions at both ends; tanh.

    7x7 convolution; two 3x3 convolutions of stride 2, which double the channels; the blocks; twice nearest upsampling
    and a 3x3 convolution, which halves the channels; 7x7 convolution to the colors. All but the last are followed by
    instance normalization without gains and biases, and ReLU. A block is x + [3x3 convolution, normalization, ReLU, 3x3
    convolution, normalization]. Borders mirror the image. Kernels start from N(0, 0.02).

    Its features, for `PatchNCE`, are image (the condition), down1 and down2 (the outputs of the strided convolutions),
    and block1, block2 and so on.

    Args:
        width: channels of the first convolution.
        blocks: number of residual blocks: 9, or 6 for less than 256 pixels.
    """

    width: int = 64
    blocks: int = 9

    def __post_init__(self):
        super().__post_init__()
        require_at_least(1, blocks=self.blocks)

    def check_image_size(self, height: int, width: int) -> None:
        self._require(height % 4 == width % 4 == 0 and min(height, width) >= 8, f"images of {height} x {width}")

    def _require(self, right: bool, received: str) -> None:
        expected = "for CUTGenerator images and conditions of one size, a multiple of 4 pixels and at least 8"
        require(right, expected, received, "Set data.size to a multiple of 4")

    def normalization(self) -> keras.layers.Layer:
        return GroupNormalization(per_channel=True, affine=False)

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        height, width, colors = image_shape
        self.check_image_size(height, width)
        received = f"conditions of {x.shape[1]} x {x.shape[2]}, images of {height} x {width}"
        self._require(tuple(x.shape[1:3]) == (height, width), received)
        x = Feature(name="image")(x)
        x = keras.layers.ReLU()(normalize(_convolution(self.width, 7)(ReflectionPadding(3)(x))))
        for level in (1, 2):
            x = _convolution(self.width * 2**level, 3, strides=2, padding="same")(x)
            x = Feature(name=f"down{level}")(x)
            x = keras.layers.ReLU()(normalize(x))
        for block in range(1, self.blocks + 1):
            inside = normalize(_convolution(self.width * 4, 3)(ReflectionPadding(1)(x)))
            inside = ReflectionPadding(1)(keras.layers.ReLU()(inside))
            inside = normalize(_convolution(self.width * 4, 3)(inside))
            x = Feature(name=f"block{block}")(keras.layers.Add()([x, inside]))
        for level in (1, 0):
            x = _convolution(self.width * 2**level, 3, padding="same")(NearestUpsampling()(x))
            x = keras.layers.ReLU()(normalize(x))
        x = _convolution(colors, 7)(ReflectionPadding(3)(x))
        return keras.layers.Activation("tanh", dtype="float32")(x)


def _convolution(channels: int, kernel: int, **options) -> keras.layers.Layer:
    return keras.layers.Conv2D(channels, kernel, kernel_initializer=initializer(), **options)
