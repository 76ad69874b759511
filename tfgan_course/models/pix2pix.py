"""pix2pix's networks (Isola et al. 2017, arXiv:1611.07004, section 6.1), for images and conditions of one size.

Generator: a U-Net, from a condition to an image in [-1, 1]. Critic: PatchGAN, which scores overlapping patches. All
kernels are 4x4 and start from N(0, 0.02).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.layers import Dropout, Feature
from tfgan_course.models.conditioning import CriticConditioning
from tfgan_course.models.critic_layers import Normalization, initializer
from tfgan_course.models.image_to_image import ImageToImageGenerator
from tfgan_course.models.network import CriticNetwork

DROPOUT_STAGES = 3


@dataclass
class UNetGenerator(ImageToImageGenerator):
    """A U-Net: strided convolutions down to one pixel, transposed convolutions back, joined stage by stage.

    Encoder: 4x4 convolution of stride 2, BatchNorm (not in the first and the last stage), LeakyReLU 0.2. Decoder: 4x4
    transposed convolution of stride 2, BatchNorm, dropout in the first three stages, ReLU; then the activations of the
    encoder's stage of the same size are appended. The last transposed convolution ends in tanh. BatchNorm would make
    the last stage of the encoder 0 if a batch had a single image of one pixel.

    Sizes need not be powers of two: a stage rounds half a size up, and the decoder cuts off the surplus row and column.
    The encoder's stages are features named down1, down2 and so on.

    Args:
        width: channels of the first stage; each stage doubles them, up to eight times as many.
        depth: number of stages down. Default: until one pixel is left (8 for 256 pixels, as in the paper).
        dropout: rate at which the first three stages of the decoder drop activations in training.
        sampling_dropout: whether they also drop them when images are sampled, as in the paper, where it is the only
            noise. Without it, a condition always gives the same image.
    """

    width: int = 64
    depth: int | None = None
    dropout: float = 0.5
    sampling_dropout: bool = False

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        size, given = image_shape[:2], tuple(x.shape[1:3])
        expected = f"for UNetGenerator a condition of the images' size, {size[0]} x {size[1]}"
        require(given == size, expected, f"{given[0]} x {given[1]}", "Choose a condition of that size")
        most = math.ceil(math.log2(min(size)))
        depth = self.depth or most
        expected = f"a depth of 1 to {most} for images of {size[0]} x {size[1]} pixels"
        require(depth <= most, expected, depth, "Set a smaller depth, or leave it out")
        stages = []
        for stage in range(1, depth + 1):
            # BatchNorm has its own bias. The paper's code leaves it out in the other stages too.
            x = keras.layers.Conv2D(self._channels(stage), use_bias=False, **_halving())(x)
            x = keras.layers.LeakyReLU(0.2)(normalize(x) if 1 < stage < depth else x)
            x = Feature(name=f"down{stage}")(x)
            stages.append(x)
        for stage in range(depth - 1, 0, -1):
            x = keras.layers.Conv2DTranspose(self._channels(stage), use_bias=False, **_halving())(x)
            x = normalize(_cut(x, stages[stage - 1].shape[1:3]))
            if self.dropout and stage >= depth - DROPOUT_STAGES:
                x = Dropout(self.dropout, self.sampling_dropout)(x)
            x = keras.layers.Concatenate()([keras.layers.ReLU()(x), stages[stage - 1]])
        x = keras.layers.Conv2DTranspose(image_shape[-1], **_halving())(x)
        return keras.layers.Activation("tanh", dtype="float32")(_cut(x, size))

    def _channels(self, stage: int) -> int:
        return self.width * min(2 ** (stage - 1), 8)


def _halving() -> dict:
    return {"kernel_size": 4, "strides": 2, "padding": "same", "kernel_initializer": initializer()}


def _cut(x, size: tuple[int, int]):
    """Return maps without the rows and columns behind `size`; doubling a size that was rounded up makes one more."""
    surplus = x.shape[1] - size[0], x.shape[2] - size[1]
    return keras.layers.Cropping2D(tuple((0, pixels) for pixels in surplus))(x) if any(surplus) else x


@dataclass
class PatchGANCritic(CriticNetwork):
    """PatchGAN: convolutions that give a score to each of many overlapping patches; the loss is the mean over them.

    4x4 convolutions of stride 2, then one of stride 1, each with LeakyReLU 0.2 and all but the first normalized; at the
    end a 4x4 convolution to one channel. The score is (batch, height, width, 1). The condition, if the critic takes it,
    is appended to the image's channels.

    Args:
        width: channels of the first convolution; each one doubles them, up to eight times as many.
        receptive_field: pixels on each side of the patch that a score judges: 16, 70, or full, the smallest of 16, 34,
            70, 142, 286... that is not smaller than the image.
    """

    normalization: Normalization = "batch"
    width: int = 64
    receptive_field: Literal[16, 70, "full"] = 70

    def body(self, x) -> tuple:
        features = {}
        halvings = self._halvings(max(x.shape[1:3]))
        for level in range(halvings + 1):
            x = self.weighted(
                keras.layers.Conv2D,
                self.width * min(2**level, 8),
                kernel_size=4,
                strides=2 if level < halvings else 1,
                padding="same",
                use_bias=level == 0 or not self.mixes_images,
            )(x)
            x = features[f"conv{level + 1}"] = keras.layers.LeakyReLU(0.2)(self.normalize(x) if level else x)
        return x, features

    def _halvings(self, size: int) -> int:
        """Return the number of strided convolutions for images of `size` pixels.

        The field of n strides is 16, 34, 70, ...: 7 after the two convolutions of stride 1, then 2 x + 2 each time.
        """
        field, halvings = 16, 1
        while field < (size if self.receptive_field == "full" else self.receptive_field):
            field, halvings = 2 * field + 2, halvings + 1
        return halvings

    def heads(self, x, labels, classes: int | None, conditioning: CriticConditioning) -> dict:
        """Return the score of each patch, (batch, height, width, 1); refuse labels, which belong to whole images."""
        plain = type(conditioning) is CriticConditioning
        expected, received = "no critic_conditioning for PatchGANCritic", type(conditioning).__name__
        require(plain, expected, received, "Set critic_conditioning to null, or use another critic")
        return {"score": self.weighted(keras.layers.Conv2D, 1, kernel_size=4, padding="same")(x)}
