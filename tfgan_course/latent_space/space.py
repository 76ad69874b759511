"""Spaces whose points are images: a generator's latents, z, and what its mapping network makes of them, w."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.data.classes import labels_of
from tfgan_course.errors import UserError
from tfgan_course.figures.grids import to_uint8
from tfgan_course.gan.latents import LatentDistribution, Normal, Uniform
from tfgan_course.gan.sampling import numbers_of_seeds
from tfgan_course.latent_space.blending import blending
from tfgan_course.models.inputs import feed, input_shape, takes
from tfgan_course.models.style_space import StyleSpace
from tfgan_course.runs.open import Run


class LatentSpace(ABC):
    """Base of both spaces.

    name: `z` or `w`. size: numbers in a point. latent_size: numbers that a point is made of. straight: whether the
    straight line between two points is among the points trained on, which it is not where they lie on a shell.
    classes: how many classes `images` distinguishes by labels; 0 if none. entered: the network that points enter first.
    style: the networks around w; None in z.
    about: the generator's name in titles.
    """

    about = "generator"
    name: str
    size: int
    latent_size: int
    straight: bool
    classes: int
    entered: keras.Model
    style: StyleSpace | None = None

    @abstractmethod
    def points(self, numbers: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Return points, float32 (n, size).

        Args:
            numbers: standard normal, float32 (n, latent_size).
            labels: int32 (n,), for a conditional generator.
        """

    def points_of_seeds(self, seeds: Sequence[int], labels: np.ndarray | None = None) -> np.ndarray:
        """Return the points of the images that `sample` draws from these seeds, float32 (seeds, size)."""
        return self.points(numbers_of_seeds(seeds, self.latent_size), labels)

    @abstractmethod
    def images(self, points: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """Return the float32 [-1, 1] images (n, height, width, channels) of points, with gradients.

        Args:
            points: float32 (n, size).
            labels: for a conditional generator: int32 (n,), or shares of classes, float32 (n, classes). In w, where a
                class is a place, they change nothing.
        """

    def made(self, points: np.ndarray, labels: np.ndarray | None = None, batch_size: int = 64) -> np.ndarray:
        """Return the float32 [-1, 1] images of any number of points, `batch_size` at a time; see `images`."""
        parts = [slice(first, first + batch_size) for first in range(0, len(points), batch_size)]
        of_parts = [None if labels is None else tf.constant(labels[part]) for part in parts]
        pairs = zip(parts, of_parts, strict=True)
        return np.concatenate([self.images(tf.constant(points[part]), told).numpy() for part, told in pairs])

    def drawn(self, points: np.ndarray, labels: np.ndarray | None = None, batch_size: int = 64) -> np.ndarray:
        """Return the images of `made` as uint8."""
        return to_uint8(self.made(points, labels, batch_size))


class ZSpace(LatentSpace):
    """The latents.

    Args:
        generator: Keras model from latents (batch, size), and labels if it is conditional, to images in [-1, 1].
        distribution: of the latents it was trained on; `Normal()` unless given.
        classes: how many there are, for a generator that takes labels.
    """

    name = "z"

    def __init__(self, generator: keras.Model, distribution: LatentDistribution | None = None, classes: int = 0):
        self.generator, self.distribution = generator, distribution or Normal()
        self.size = self.latent_size = input_shape(generator, "latents")[-1]
        self.classes = classes if takes(generator, "labels") else 0
        style = StyleSpace.of(generator)
        self.entered = generator if style is None else style.mapping
        self.straight = isinstance(self.distribution, Uniform)

    def points(self, numbers: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """See `LatentSpace.points`; the labels change nothing."""
        return self.distribution.of_normal(tf.constant(numbers, tf.float32)).numpy()

    def images(self, points: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """See `LatentSpace.images`."""
        shares = self.classes and labels.dtype.is_floating
        model = self._between_classes if shares else self.generator
        return tf.cast(model(feed(model, latents=points, labels=labels, shares=labels), training=False), tf.float32)

    @cached_property
    def _between_classes(self) -> keras.Model:
        return blending(self.generator, self.classes)


class WSpace(LatentSpace):
    """What the mapping network makes of latents; classes, if any, are places in it.

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
            advice = "Use --space z, or train one that has: --variant dcgan_mapping"
            raise UserError(f"this generator has no w space, since it has no mapping network. {advice}")
        self.style, self.size, self.distribution = style, style.w_size, distribution or Normal()
        self.latent_size, self.entered = input_shape(generator, "latents")[-1], style.synthesis

    def points(self, numbers: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """See `LatentSpace.points`."""
        z = self.distribution.of_normal(tf.constant(numbers, tf.float32))
        labels = None if labels is None else tf.constant(labels, tf.int32)
        return self.style.mapping(feed(self.style.mapping, latents=z, labels=labels), training=False).numpy()

    def images(self, points: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """See `LatentSpace.images`; points may also have a w for each layer, float32 (n, layers, size)."""
        ws = points if len(points.shape) == 3 else self.style.repeated(points)
        return tf.cast(self.style.synthesis(ws, training=False), tf.float32)

    def truncated(self, points: np.ndarray, psi: float) -> np.ndarray:
        """See `StyleSpace.truncated`: 0 is the average w of the training, 1 the point itself."""
        return self.style.truncated(tf.constant(points), psi).numpy()


def space_of(run: Run, name: str | None = None) -> LatentSpace:
    """Return a space of a run's generator.

    Args:
        run: opened with `precision="float32"`, in which walks are smooth.
        name: `z` or `w`; w unless given, if the generator has one.

    Raises:
        UserError: if it has no such space.
    """
    gan, generator = run.gan, run.generator
    if name == "w" or (name is None and StyleSpace.of(generator) is not None):
        space: LatentSpace = WSpace(generator, gan.latents)
    else:
        space = ZSpace(generator, gan.latents, gan.classes or 0)
    space.about = f"{run.name} at step {run.step}"
    return space


def class_labels(run: Run, classes: str | None, count: int) -> np.ndarray | None:
    """Return int32 (count,) labels, of one class for all or a class for each; None if the run's generator takes none.

    The classes are names or numbers with commas between; unless given, the first.

    Raises:
        UserError: for unknown classes, another number of them, or a generator without classes.
    """
    if not run.gan.generator_takes_labels:
        if classes is not None:
            raise UserError(f"--classes {classes}: the generator of {run.directory.path} was trained without classes")
        return None
    names = [] if classes is None else [name.strip() for name in classes.split(",")]
    labels = labels_of(names, run.class_names) if names else np.zeros(1, np.int32)
    if len(labels) not in (1, count):
        raise UserError(f"--classes {classes}: name one class for all, or one for each of {count}")
    return np.resize(labels, count)
