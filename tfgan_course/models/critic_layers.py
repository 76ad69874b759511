"""Make the layers of a critic: normalized, clipped and initialized as the critic's options say."""

import warnings
from dataclasses import dataclass
from typing import Literal

from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.layers import BatchNormalization, Clip, GroupNormalization, SpectralNormalization
from tfgan_course.models.sizes import check_sizes

Normalization = Literal["batch", "layer", "instance", "spectral", "none", "spectral+batch"]


def initializer() -> keras.initializers.Initializer:
    """Return DCGAN's N(0, 0.02) (Radford et al. 2016, arXiv:1511.06434, section 4).

    Each layer needs a new object: Keras repeats the same numbers for every use of one object.
    """
    return keras.initializers.RandomNormal(0.0, 0.02)


def batch_normalization(**constraints) -> keras.layers.Layer:
    """Return DCGAN's layer: gamma from N(1, 0.02), momentum 0.9 and epsilon 1e-5."""
    gamma = keras.initializers.RandomNormal(1.0, 0.02)
    return BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=gamma, **constraints)


@dataclass
class CriticLayers:
    """How a critic's layers are made. Conditioning and batch statistics add layers of the same kind.

    Args:
        normalization: normalization of the hidden layers. `spectral` normalizes every layer with weights and adds no
            other normalization; `spectral+batch` keeps BatchNormalization beside it.
        spectral_implementation: `paper` divides by the spectral norm in the forward pass, and its gradient includes
            the division; `keras` and `addons` are those libraries' layers.
        weight_clip: clip every weight, bias and normalization parameter to [-weight_clip, weight_clip] after each
            update (WGAN).
    """

    normalization: Normalization = "batch"
    spectral_implementation: Literal["paper", "keras", "addons"] = "paper"
    weight_clip: float | None = None

    def __post_init__(self):
        check_sizes(self)
        if self.normalization == "spectral+batch":
            message = (
                "the critic is no longer Lipschitz: BatchNormalization enlarges what spectral normalization bounds"
            )
            warnings.warn(message, stacklevel=2)
        # Keras 2's wrapper has this method, and fails in every tf.function.
        fails = hasattr(keras.layers.SpectralNormalization, "normalize_weights")
        works = "paper or addons as spectral_implementation: Keras 2's layer fails in a tf.function"
        require(not (self.spectral_implementation == "keras" and fails), works, "keras", "Use paper or addons")
        positive = self.weight_clip is None or self.weight_clip > 0
        require(positive, "a weight_clip above 0, or none", self.weight_clip, "Set weight_clip to 0.01, for example")

    @property
    def mixes_images(self) -> bool:
        """Whether an image's score depends on the rest of its batch."""
        return "batch" in self.normalization

    def weighted(self, layer: type[keras.layers.Layer], *args, **kwargs) -> keras.layers.Layer:
        """Return a layer with weights, clipped and spectrally normalized if asked for. Default: DCGAN's initializer."""
        clip = {"kernel_constraint": self._clip(), "bias_constraint": self._clip()}
        made = layer(*args, **{"kernel_initializer": initializer(), **clip, **kwargs})
        if "spectral" not in self.normalization:
            return made
        return SpectralNormalization(made, implementation=self.spectral_implementation)

    def normalize(self, x):
        """Return the hidden activations `x` after the normalization."""
        clip = {"gamma_constraint": self._clip(), "beta_constraint": self._clip()}
        if self.mixes_images:
            return batch_normalization(**clip)(x)
        if self.normalization in ("layer", "instance"):
            return GroupNormalization(per_channel=self.normalization == "instance", **clip)(x)
        return x

    def _clip(self) -> Clip | None:
        return None if self.weight_clip is None else Clip(self.weight_clip)
