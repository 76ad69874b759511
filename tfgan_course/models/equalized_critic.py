"""What the critics of ProGAN, StyleGAN and StyleGAN2 have in common."""

import math
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import EqualizedConv2D, EqualizedDense
from tfgan_course.models.critic_layers import Normalization
from tfgan_course.models.network import CriticNetwork, check_positive

EQUALIZED = {keras.layers.Dense: EqualizedDense, keras.layers.Conv2D: EqualizedConv2D}


def stages(size: int, network: object) -> int:
    """Return how often 4 pixels are doubled to make `size`; refuse, with a `UserError`, other sizes."""
    doublings = int(math.log2(size / 4)) if size >= 8 else 0
    if 4 * 2**doublings != size or not doublings:
        raise UserError(
            f"{type(network).__name__} doubles 4 pixels, to 8, 16, 32, 64, 128, 256...; got images of {size}. Set "
            f"data.size to {4 * 2 ** max(1, math.ceil(math.log2(size / 4)))}, for example"
        )
    return doublings


def channels(width: int, widest: int, image_size: int, size: int) -> int:
    """Of the maps of `size` pixels: `width` next to the image, twice as many for each halving, at most `widest`."""
    return min(widest, width * image_size // size)


@dataclass
class EqualizedCritic(CriticNetwork):
    """Base of critics whose layers have an equalized learning rate (not where they are spectrally normalized)."""

    normalization: Normalization = "none"
    width: int = 32
    widest: int = 256

    def __post_init__(self):
        super().__post_init__()
        check_positive(width=self.width, widest=self.widest)

    def weighted(self, layer: type[keras.layers.Layer], *args, gain: float = 1.0, **kwargs) -> keras.layers.Layer:
        """See `CriticNetwork.weighted`; `gain`: see `EqualizedDense`."""
        if "spectral" in self.normalization:
            return super().weighted(layer, *args, **kwargs)
        if layer is keras.layers.Dense and not kwargs.get("use_bias", True):
            gain = args[0] ** -0.5  # vectors of classes, of length about 1
        start = keras.initializers.RandomNormal(0.0, 1.0)
        return super().weighted(EQUALIZED[layer], *args, gain=gain, kernel_initializer=start, **kwargs)

    def hidden(self, layer: type[keras.layers.Layer], *args, **kwargs):
        """A weighted layer, normalization and LeakyReLU 0.2: a function of Keras tensors."""
        made = self.weighted(layer, *args, gain=2**0.5, **kwargs)
        return lambda x: keras.layers.LeakyReLU(0.2)(self.normalize(made(x)))

    def top(self, x, features: dict):
        """A 3x3 convolution over what the batch statistics have joined, and a dense layer."""
        width = next(reversed(features.values())).shape[-1]
        if len(x.shape) == 4:
            x = self.hidden(keras.layers.Conv2D, width, kernel_size=3, padding="same")(x)
        x = self.hidden(keras.layers.Dense, width)(keras.layers.Flatten()(x))
        features["dense"] = x
        return x
