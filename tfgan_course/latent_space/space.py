"""Spaces in which a point gives an image: a generator's latents, z, and the outputs of its mapping network, w."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.data.classes import labels_of, listed
from tfgan_course.errors import require
from tfgan_course.figures.grids import to_uint8
from tfgan_course.gan.latents import LatentDistribution, Normal, Uniform
from tfgan_course.gan.sampling import check_no_condition, numbers_of_seeds
from tfgan_course.latent_space.blending import blending
from tfgan_course.models.inputs import feed, input_shape, takes
from tfgan_course.models.style_space import StyleSpace
from tfgan_course.runs.open import Run


class LatentSpace(ABC):
    """Base of both spaces.

    Attributes:
        name: `z` or `w`.
        size: numbers in a point.
        latent_size: numbers in the latents from which a point is computed.
        straight: whether points on the straight line between two points occur in training; on a sphere they do not.
        classes: how many classes `images` distinguishes by labels; 0 if none.
        entered: the first network that takes points.
        style: the mapping and the synthesis network; None in z.
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
            labels: for a conditional generator: int32 (n,), or shares of classes, float32 (n, classes). In w they
                change nothing, since a point of w contains its class.
        """

    def made(self, points: np.ndarray, labels: np.ndarray | None = None, batch_size: int = 64) -> np.ndarray:
        """Return the float32 [-1, 1] images of any number of points, `batch_size` at a time; see `images`."""

        def images(part: slice) -> np.ndarray:
            return self.images(tf.constant(points[part]), None if labels is None else tf.constant(labels[part])).numpy()

        return np.concatenate([images(slice(at, at + batch_size)) for at in range(0, len(points), batch_size)])

    def drawn(self, points: np.ndarray, labels: np.ndarray | None = None, batch_size: int = 64) -> np.ndarray:
        """Return the images of `made` as uint8."""
        return to_uint8(self.made(points, labels, batch_size))


class ZSpace(LatentSpace):
    """The latents.

    Args:
        generator: Keras model from latents (batch, size), and labels if it is conditional, to images in [-1, 1].
        distribution: the distribution of the latents in training; `Normal()` unless given.
        classes: the number of classes, for a generator that takes labels.
    """

    name = "z"

    def __init__(self, generator: keras.Model, distribution: LatentDistribution | None = None, classes: int = 0):
        check_no_condition(generator)
        self.generator, self.distribution = generator, distribution or Normal()
        self.size = self.latent_size = input_shape(generator, "latents")[-1]
        self.classes = classes if takes(generator, "labels") else 0
        style = StyleSpace.of(generator)
        self.entered = generator if style is None else style.mapping
        self.straight = isinstance(self.distribution, Uniform)

    def points(self, numbers: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        return self.distribution.of_normal(tf.constant(numbers, tf.float32)).numpy()

    def images(self, points: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        shares = self.classes and labels.dtype.is_floating
        model = self._between_classes if shares else self.generator
        return tf.cast(model(feed(model, latents=points, labels=labels, shares=labels), training=False), tf.float32)

    @cached_property
    def _between_classes(self) -> keras.Model:
        return blending(self.generator, self.classes)


class WSpace(LatentSpace):
    """The outputs of the mapping network, which contain the class, if there are classes.

    Args:
        generator: Keras model with a mapping network, see `StyleSpace`.
        distribution: the distribution of the latents in training; `Normal()` unless given.

    Raises:
        UserError: if the generator has no mapping network.
    """

    name, straight, classes = "w", True, 0

    def __init__(self, generator: keras.Model, distribution: LatentDistribution | None = None):
        style = StyleSpace.of(generator)
        advice = "Use the space z, or train the variant dcgan_mapping"
        require(style is not None, "for w a generator with a mapping network", "one without", advice)
        self.style, self.size, self.distribution = style, style.w_size, distribution or Normal()
        self.latent_size, self.entered = input_shape(generator, "latents")[-1], style.synthesis

    def points(self, numbers: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        z = self.distribution.of_normal(tf.constant(numbers, tf.float32))
        labels = None if labels is None else tf.constant(labels, tf.int32)
        return self.style.mapping(feed(self.style.mapping, latents=z, labels=labels), training=False).numpy()

    def images(self, points: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """Return images; points may also have a w for each layer, float32 (n, layers, size)."""
        ws = points if len(points.shape) == 3 else self.style.repeated(points)
        return tf.cast(self.style.synthesis(ws, training=False), tf.float32)

    def truncated(self, points: np.ndarray, psi: float) -> np.ndarray:
        """See `StyleSpace.truncated`: 0 is the average w of the training, 1 the point itself."""
        return self.style.truncated(tf.constant(points), psi).numpy()


def space_of(run: Run, name: str | None = None) -> LatentSpace:
    """Return a space of a run's generator.

    Args:
        run: a run opened with `precision="float32"`, with which walks are smooth.
        name: `z` or `w`; None for w if the generator has one, else z.

    Raises:
        UserError: if the generator has no such space.
    """
    gan, generator = run.gan, run.generator
    if name == "w" or (name is None and StyleSpace.of(generator) is not None):
        space: LatentSpace = WSpace(generator, gan.latents)
    else:
        space = ZSpace(generator, gan.latents, gan.classes or 0)
    space.about = f"{run.name} at step {run.step}"
    return space


def class_labels(run: Run, classes: str | None, count: int) -> np.ndarray | None:
    """Return int32 (count,) labels; None if the run's generator takes none.

    The classes are names or numbers with commas between them: one class for all labels, or one for each; None for the
    first class.

    Raises:
        UserError: for unknown classes, another number of classes, or a generator without classes.
    """
    if not run.gan.generator_takes_labels:
        without = f"no classes for {run.directory.path}, whose generator takes none"
        require(classes is None, without, classes, "Leave the classes out")
        return None
    names = [] if classes is None else listed(classes)
    labels = labels_of(names, run.class_names) if names else np.zeros(1, np.int32)
    require(len(labels) in (1, count), f"one class for all, or one for each of {count}", classes, "Name as many")
    return np.resize(labels, count)
