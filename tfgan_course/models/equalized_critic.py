"""The common parts of the critics of ProGAN, StyleGAN and StyleGAN2."""

from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.layers import EqualizedConv2D, EqualizedDense
from tfgan_course.models.critic_layers import Normalization
from tfgan_course.models.network import CriticNetwork
from tfgan_course.models.sizes import Pyramid

EQUALIZED = {keras.layers.Dense: EqualizedDense, keras.layers.Conv2D: EqualizedConv2D}


@dataclass
class EqualizedCritic(Pyramid, CriticNetwork):
    """Base of critics whose layers have an equalized learning rate, unless they are spectrally normalized."""

    normalization: Normalization = "none"

    def weighted(self, layer: type[keras.layers.Layer], *args, gain: float = 1.0, **kwargs) -> keras.layers.Layer:
        """Return a layer as `CriticLayers.weighted` does, with the `gain` of `EqualizedDense`."""
        if "spectral" in self.normalization:
            return super().weighted(layer, *args, **kwargs)
        if layer is keras.layers.Dense and not kwargs.get("use_bias", True):
            gain = args[0] ** -0.5  # learned vectors of classes start with a length of about 1
        start = keras.initializers.RandomNormal(0.0, 1.0)
        return super().weighted(EQUALIZED[layer], *args, gain=gain, kernel_initializer=start, **kwargs)

    def hidden(self, layer: type[keras.layers.Layer], *args, **kwargs):
        """Return a function of Keras tensors: a weighted layer, normalization and LeakyReLU 0.2."""
        made = self.weighted(layer, *args, gain=2**0.5, **kwargs)
        return lambda x: keras.layers.LeakyReLU(0.2)(self.normalize(made(x)))

    def top(self, x, features: dict):
        """Apply a 3x3 convolution after the batch statistics, then a dense layer."""
        width = next(reversed(features.values())).shape[-1]
        if len(x.shape) == 4:
            x = self.hidden(keras.layers.Conv2D, width, kernel_size=3, padding="same")(x)
        x = features["dense"] = self.hidden(keras.layers.Dense, width)(keras.layers.Flatten()(x))
        return x
