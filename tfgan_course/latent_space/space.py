"""Spaces whose points are images: what a generator is fed, z, and what its mapping network makes of that, w."""

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.figures.grids import to_uint8
from tfgan_course.gan.latents import LatentDistribution, Normal, Uniform
from tfgan_course.latent_space.blending import blending
from tfgan_course.models.style_space import StyleSpace


class LatentSpace(ABC):
    """Base of both.

    name: `z` or `w`. size: numbers in a point. latent_size: numbers that a point is made of. straight: whether the
    straight line between two points is among the points trained on, which it is not where they lie on a shell.
    classes: how many `images` has to be told of; 0 if none. entered: the network that points enter first.
    """

    name: str
    size: int
    latent_size: int
    straight: bool
    classes: int
    entered: keras.Model

    @abstractmethod
    def points(self, numbers: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Points float32 (n, size) of standard normal numbers (n, latent_size); labels int32 (n,), if conditional."""

    @abstractmethod
    def images(self, points: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """Float32 [-1, 1] images (n, height, width, channels) of points, with gradients.

        Args:
            points: float32 (n, size).
            labels: for a conditional generator, in z only: int32 (n,), or shares of classes, float32 (n, classes).
        """

    def drawn(self, points: np.ndarray, labels: np.ndarray | None = None, batch_size: int = 64) -> np.ndarray:
        """uint8 images of any number of points, `batch_size` at a time; see `images`."""
        parts = [slice(first, first + batch_size) for first in range(0, len(points), batch_size)]
        told = [None if labels is None else tf.constant(labels[part]) for part in parts]
        images = [self.images(tf.constant(points[part]), label) for part, label in zip(parts, told, strict=True)]
        return np.concatenate([to_uint8(image.numpy()) for image in images])


class ZSpace(LatentSpace):
    """What the generator is fed.

    Args:
        generator: Keras model from latents (batch, size), or [latents, labels], to images in [-1, 1].
        distribution: of the latents it was trained on; `Normal()` unless given.
        classes: how many there are, for a generator that takes labels.
    """

    name = "z"

    def __init__(self, generator: keras.Model, distribution: LatentDistribution | None = None, classes: int = 0):
        self.generator, self.distribution = generator, distribution or Normal()
        self.size = self.latent_size = generator.inputs[0].shape[-1]
        self.classes = classes if len(generator.inputs) > 1 else 0
        style = StyleSpace.of(generator)
        self.entered = generator if style is None else style.mapping
        self.straight = isinstance(self.distribution, Uniform)

    def points(self, numbers: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """See `LatentSpace.points`; the labels change nothing."""
        return self.distribution.of_normal(tf.constant(numbers, tf.float32)).numpy()

    def images(self, points: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """See `LatentSpace.images`."""
        if not self.classes:
            return tf.cast(self.generator(points, training=False), tf.float32)
        generator = self._between_classes if labels.dtype.is_floating else self.generator
        return tf.cast(generator([points, labels], training=False), tf.float32)

    @cached_property
    def _between_classes(self) -> keras.Model:
        return blending(self.generator, self.classes)


class WSpace(LatentSpace):
    """What the mapping network makes of that; classes, if any, are places in it.

    Args:
        generator: Keras model with a mapping network, see `StyleSpace`.
        distribution: of the latents it was trained on; `Normal()` unless given.

    Raises:
        UserError: if it has none.
    """

    name, straight, classes = "w", True, 0

    def __init__(self, generator: keras.Model, distribution: LatentDistribution | None = None):
        style = StyleSpace.of(generator)
        if style is None:
            raise UserError(
                "this generator has no w space, since it has no mapping network. Use --space z, or train one that has: "
                "--variant dcgan_mapping"
            )
        self.style, self.size, self.distribution = style, style.w_size, distribution or Normal()
        self.latent_size, self.entered = generator.inputs[0].shape[-1], style.synthesis

    def points(self, numbers: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """See `LatentSpace.points`."""
        z = self.distribution.of_normal(tf.constant(numbers, tf.float32))
        told = len(self.style.mapping.inputs) > 1
        inputs = [z, tf.constant(labels, tf.int32)] if told else z
        return self.style.mapping(inputs, training=False).numpy()

    def images(self, points: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """See `LatentSpace.images`; points may also have a w for each layer, float32 (n, layers, size)."""
        ws = points if len(points.shape) == 3 else self.style.repeated(points)
        return tf.cast(self.style.synthesis(ws, training=False), tf.float32)

    def truncated(self, points: np.ndarray, psi: float) -> np.ndarray:
        """See `StyleSpace.truncated`: 0 is the average w of the training, 1 the point itself."""
        return self.style.truncated(tf.constant(points), psi).numpy()
