"""DCGAN (Radford, Metz and Chintala 2016, arXiv:1511.06434), for images of 28 to 256 pixels on each side.

Generator: latents (batch, n) to images (batch, height, width, channels) in [-1, 1]. Critic: such images to a score. Its
convolutions have kernels of 4 and strides of 2, as in the common implementations; the paper's figure has kernels of 5.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.layers import AdaIN, Bias, Dropout, ModulatedConv2DTranspose
from tfgan_course.models.critic_layers import initializer
from tfgan_course.models.network import CriticNetwork, GeneratorNetwork
from tfgan_course.models.sizes import halved, halvings, tanh_image


@dataclass
class DCGANGenerator(GeneratorNetwork):
    """A projection to 4-7 pixels, then a transposed convolution for each doubling; BatchNorm, ReLU; tanh at the end.

    The 4-7 pixels are the shorter side of images that are not square. If doubling gives a larger image than asked for,
    the image is cropped: 28 from 32.

    Args:
        width: channels before the last layer; each halving of the size doubles them.
        depth: number of doublings. Default: as many as the size allows.
        dropout: rate at which activations are dropped after each ReLU, in training only. Isola et al. 2017
            (arXiv:1611.07004) and ganhacks use dropout (0.5) in sampling too, as noise; here sampling has no dropout.
        style: how w acts in addition to being the input, if there is a `mapping` network. `adain` replaces BatchNorm:
            it gives the activations of each layer the mean and the deviation of their style. `demodulation` modulates
            and demodulates each convolution instead, without any other normalization (as in StyleGAN2).
    """

    width: int = 64
    depth: int | None = None
    dropout: float = 0.0
    style: Literal["none", "adain", "demodulation"] = "none"

    def __post_init__(self):
        super().__post_init__()
        possible = self.style == "none" or self.mapping is not None
        require(possible, f"a mapping network, which style {self.style} needs", "none", "Set mapping: MappingNetwork")

    def style_layers(self, image_shape: tuple[int, int, int]) -> int:
        # One w for the projection, and one for each transposed convolution or the normalization before it.
        return 1 if self.style == "none" else 1 + halvings(*image_shape[:2], self.depth)

    def check_image_size(self, height: int, width: int) -> None:
        halvings(height, width, self.depth)

    def synthesis(self, styles, image_shape: tuple[int, int, int], normalize: Callable):
        if self.style == "none":
            return super().synthesis(styles, image_shape, normalize)
        return self._layers(styles[:, 0], image_shape, normalize, lambda doubling: styles[:, 1 + doubling])

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        return self._layers(x, image_shape, normalize, None)

    def _layers(self, x, image_shape: tuple[int, int, int], normalize: Callable, w: Callable | None):
        height, width, channels = image_shape
        depth = halvings(height, width, self.depth)
        start = halved(height, width, depth)
        widest = self.width * 2 ** (depth - 1)
        # BatchNorm has its own bias. Demodulation keeps the scale of activations but does not set it.
        kernel = keras.initializers.HeNormal() if self.style == "demodulation" else initializer()
        x = keras.layers.Dense(math.prod(start) * widest, use_bias=False, kernel_initializer=kernel)(x)
        x = keras.layers.Reshape((*start, widest))(x)
        for doubling in range(depth):
            if self.style == "adain":
                x = AdaIN(equalized=False)([x, w(doubling)])
            elif self.style == "none":
                x = normalize(x)
            x = keras.layers.ReLU()(x)
            if self.dropout:
                x = Dropout(self.dropout)(x)
            last = doubling == depth - 1
            filters = channels if last else self.width * 2 ** (depth - doubling - 2)
            if self.style == "demodulation":
                layer = ModulatedConv2DTranspose(filters, 4, "same", demodulate=not last, equalized=False)
                x = Bias()(layer([x, w(doubling)]))
            else:
                x = keras.layers.Conv2DTranspose(
                    filters, kernel_size=4, strides=2, padding="same", use_bias=last, kernel_initializer=initializer()
                )(x)
        return tanh_image(x, height, width)


@dataclass
class DCGANCritic(CriticNetwork):
    """The generator's mirror image: a strided convolution for each halving, LeakyReLU 0.2; the first not normalized.

    Args:
        width: channels of the first layer; each halving of the size doubles them.
        depth: number of halvings. Default: as many as the size allows.
        dropout: rate at which activations are dropped after each LeakyReLU, in training only.
        downsampling: `stride` halves with a 4x4 convolution of stride 2; `average` with a 3x3 convolution of stride 1
            and the mean of each 2x2 pixels, which sees the same 4x4 pixels and costs 2.25 times as much.
    """

    width: int = 64
    depth: int | None = None
    dropout: float = 0.0
    downsampling: Literal["stride", "average"] = "stride"

    def check_image_size(self, height: int, width: int) -> None:
        halvings(height, width, self.depth)

    def body(self, x) -> tuple:
        features = {}
        average = self.downsampling == "average"
        for level in range(halvings(x.shape[1], x.shape[2], self.depth)):
            options: dict[str, object] = (
                {"kernel_size": 3, "strides": 1} if average else {"kernel_size": 4, "strides": 2}
            )
            options |= {"padding": "same", "use_bias": level == 0 or not self.mixes_images}
            x = self.weighted(keras.layers.Conv2D, self.width * 2**level, **options)(x)
            if average:
                x = keras.layers.AveragePooling2D(2, padding="same")(x)
            x = features[f"conv{level + 1}"] = keras.layers.LeakyReLU(0.2)(self.normalize(x) if level else x)
            if self.dropout:
                x = Dropout(self.dropout)(x)
        return x, features
