"""DCGAN (Radford, Metz and Chintala 2016, arXiv:1511.06434), for square images of 28 to 256 pixels.

Its convolutions have kernels of 4 and strides of 2, as in the implementations everybody uses; the paper's figure has
kernels of 5.
"""

import math
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.models.network import (
    CriticNetwork,
    GeneratorNetwork,
    batch_normalization,
    check_positive,
    initializer,
)


def halvings(size: int, depth: int | None) -> int:
    """How often an image of `size` pixels is halved: until 3.5 to 7, rounded up, are left, or `depth` times."""
    most = int(math.log2(size / 3.5))
    if depth is not None and not 1 <= depth <= most:
        raise UserError(f"depth must be 1 to {most} for images of {size} pixels, which halve no further; got {depth}")
    return depth or most


@dataclass
class DCGANGenerator(GeneratorNetwork):
    """A projection to 4-7 pixels, then a transposed convolution for each doubling; BatchNorm, ReLU; tanh at the end.

    Sizes that are not a power of 2 times 4-7 pixels are made a little larger and cropped: 28 from 32.

    Args:
        width: channels before the last layer; each halving of the size doubles them.
        depth: doublings; as many as the size allows unless given.
    """

    width: int = 64
    depth: int | None = None

    def __post_init__(self):
        check_positive(width=self.width, depth=self.depth)

    def build(self, image_shape: tuple[int, int, int], latent_size: int) -> keras.Model:
        """See `GeneratorNetwork.build`."""
        size, _, channels = image_shape
        depth = halvings(size, self.depth)
        start = math.ceil(size / 2**depth)
        widest = self.width * 2 ** (depth - 1)
        latents = keras.Input((latent_size,))
        # BatchNorm has a bias of its own.
        x = keras.layers.Dense(start * start * widest, use_bias=False, kernel_initializer=initializer())(latents)
        x = keras.layers.Reshape((start, start, widest))(x)
        for level in reversed(range(depth)):
            x = keras.layers.ReLU()(batch_normalization()(x))
            last = level == 0
            x = keras.layers.Conv2DTranspose(
                channels if last else self.width * 2 ** (level - 1),
                kernel_size=4,
                strides=2,
                padding="same",
                use_bias=last,
                kernel_initializer=initializer(),
            )(x)
        surplus = start * 2**depth - size
        if surplus:
            edge = (surplus // 2, surplus - surplus // 2)
            x = keras.layers.Cropping2D((edge, edge))(x)
        return keras.Model(latents, keras.layers.Activation("tanh", dtype="float32")(x), name="generator")


@dataclass
class DCGANCritic(CriticNetwork):
    """The generator's mirror: a strided convolution for each halving, LeakyReLU 0.2, normalized from the second on.

    Args:
        width: channels of the first layer; each halving of the size doubles them.
        depth: halvings; as many as the size allows unless given.
    """

    width: int = 64
    depth: int | None = None

    def __post_init__(self):
        super().__post_init__()
        check_positive(width=self.width, depth=self.depth)

    def build(self, image_shape: tuple[int, int, int]) -> keras.Model:
        """See `CriticNetwork.build`."""
        x = images = keras.Input(image_shape)
        features = {}
        for level in range(halvings(image_shape[0], self.depth)):
            x = self.weighted(
                keras.layers.Conv2D,
                self.width * 2**level,
                kernel_size=4,
                strides=2,
                padding="same",
                use_bias=level == 0 or not self.mixes_images,
            )(x)
            x = keras.layers.LeakyReLU(0.2)(self.normalize(x) if level else x)
            features[f"conv{level + 1}"] = x
        score = self.weighted(keras.layers.Dense, 1)(keras.layers.Flatten()(x))
        score = keras.layers.Activation("linear", dtype="float32")(score)
        return keras.Model(images, {"score": score, "features": features}, name="critic")
