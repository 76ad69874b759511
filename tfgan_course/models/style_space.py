"""The w space of a generator with a mapping network."""

from dataclasses import dataclass

import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers import MovingAverage
from tfgan_course.models.inputs import feed


@dataclass(frozen=True)
class StyleSpace:
    """The two halves of a generator with a mapping network. Both are layers of the generator.

    In inference, generator(latents) = synthesis(repeated(mapping(latents))).
    """

    mapping: keras.Model
    """It maps latents (batch, latent_size), or [latents, labels], to w, float32 (batch, w_size)."""
    synthesis: keras.Model
    """It maps one w for each layer, float32 (batch, layers, w_size), to images in [-1, 1]."""

    @classmethod
    def of(cls, generator: keras.Model) -> "StyleSpace | None":
        """Return the w space of a Keras model, or None if it has no mapping network."""
        halves = {layer.name: layer for layer in generator.layers if layer.name in ("mapping", "synthesis")}
        return cls(**halves) if len(halves) == 2 else None

    @property
    def layers(self) -> int:
        """The number of layers of the synthesis network that each take their own w."""
        return self.synthesis.input_shape[1]

    @property
    def w_size(self) -> int:
        """The length of a vector w."""
        return self.synthesis.input_shape[2]

    @property
    def average(self) -> tf.Tensor:
        """The moving average of w over training, float32 (w_size,): the center for truncation."""
        layer = next(layer for layer in self.mapping.layers if isinstance(layer, MovingAverage))
        return tf.convert_to_tensor(layer.average)

    def w_of(self, latents: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """Return w, float32 (batch, w_size), from latents (batch, latent_size) and any labels (batch,)."""
        return self.mapping(feed(self.mapping, latents=latents, labels=labels), training=False)

    def repeated(self, w: tf.Tensor) -> tf.Tensor:
        """Repeat w for all layers: (batch, w_size) to (batch, layers, w_size)."""
        return tf.tile(tf.convert_to_tensor(w)[:, tf.newaxis], [1, self.layers, 1])

    def truncated(self, w: tf.Tensor, psi: float | tf.Tensor) -> tf.Tensor:
        """Return average + psi (w - average) (Karras et al. 2019, arXiv:1812.04948, appendix B) for w (..., w_size)."""
        return self.average + psi * (w - self.average)
