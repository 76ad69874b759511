"""Images from a trained generator.

Latents come from a seed in two ways. `sample` gives each image its own seed, and so do the commands, `Run.sample` and
served models. `latents` draws a whole batch from one seed, for sample grids, metrics and the health monitor.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import psutil
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError, require
from tfgan_course.figures.grids import to_uint8
from tfgan_course.gan.batches import images_of
from tfgan_course.gan.latents import LatentDistribution
from tfgan_course.gan.model import GAN
from tfgan_course.gan.seeds import LARGEST_TRUNCATION, normal_rows
from tfgan_course.models.inputs import feed, input_shape, takes
from tfgan_course.models.style_space import StyleSpace


def sample(
    gan: GAN,
    count: int,
    seed: int = 0,
    labels: np.ndarray | None = None,
    truncation: float = LARGEST_TRUNCATION,
    *,
    average: bool = True,
    batch_size: int = 64,
) -> np.ndarray:
    """Return generated images, uint8 (count, height, width, channels); image i comes from the seed `seed` + i.

    Args:
        gan: the GAN.
        count: at least 1.
        seed: seed of the first image, 0 or more.
        labels: int32 (count,), for a conditional generator.
        truncation: above 0 to `LARGEST_TRUNCATION`; see `images_of_seeds`.
        average: whether to use the averaged generator, if there is one.
        batch_size: number of images made at once.

    Raises:
        UserError: for a seed or a truncation out of range, or more images than memory has room for.
    """
    expected = f"a truncation above 0 and at most {LARGEST_TRUNCATION:g}"
    right = 0 < truncation <= LARGEST_TRUNCATION
    require(right, expected, truncation, f"Write {LARGEST_TRUNCATION:g}, which truncates nothing, or less")
    check_seeds([seed, seed + count - 1])
    check_memory(gan, count)
    generator, seeds = generator_of(gan, average), seed + np.arange(count)

    def make(part: slice) -> tf.Tensor:
        part_labels = None if labels is None else tf.constant(labels[part], tf.int32)
        part_seeds = tf.constant(seeds[part], tf.int64)
        truncations = tf.fill(part_seeds.shape, float(truncation))
        return images_of_seeds(generator, gan.latents, part_seeds, truncations, part_labels)

    return _in_batches(make, count, batch_size)


def check_memory(gan: GAN, count: int) -> None:
    """Raise a `UserError` if memory has no room for this number of generated images and their latents."""
    needed = count * (math.prod(gan.generator.output_shape[1:]) + 4 * (gan.latent_size or 0))
    free = psutil.virtual_memory().available
    expected, received = f"{needed / 1e9:.1f} GB of free memory for {count} images", f"{free / 1e9:.1f} GB"
    require(needed <= free, expected, received, "Generate fewer images")


def _in_batches(make: Callable[[slice], tf.Tensor], count: int, batch_size: int) -> np.ndarray:
    parts = [slice(first, first + batch_size) for first in range(0, count, batch_size)]
    return np.concatenate([to_uint8(make(part).numpy()) for part in parts])


def images_of_seeds(
    generator: keras.Model,
    distribution: LatentDistribution,
    seeds: tf.Tensor,
    truncation: tf.Tensor,
    labels: tf.Tensor | None = None,
) -> tf.Tensor:
    """Return float32 [-1, 1] images; image i depends only on row i of the arguments.

    The commands call this eagerly; a served model contains it as a graph.

    Args:
        generator: Keras model from latents (batch, size), and labels if it is conditional, to images in [-1, 1].
        distribution: the distribution of latents that the generator was trained with.
        seeds: int64 (n,).
        truncation: float32 (n,), above 0. Without a w space it cuts the normal distribution that latents are made from,
            see `normal_rows`. With a w space it moves w towards the average w, see `truncated_ws`.
        labels: int32 (n,), for a conditional generator.
    """
    check_no_condition(generator)
    style, size = StyleSpace.of(generator), input_shape(generator, "latents")[-1]
    if style is None:
        latents = distribution.of_normal(normal_rows(seeds, truncation, size))
        images = generator(feed(generator, latents=latents, labels=labels), training=False)
    else:
        latents = distribution.of_normal(normal_rows(seeds, tf.fill(tf.shape(seeds), LARGEST_TRUNCATION), size))
        images = style.synthesis(truncated_ws(style, latents, truncation, labels), training=False)
    return tf.cast(images, tf.float32)


def truncated_ws(
    style: StyleSpace, latents: tf.Tensor, truncation: tf.Tensor, labels: tf.Tensor | None = None
) -> tf.Tensor:
    """Return a w for each layer, float32 (n, layers, w size): average + truncation (w - average).

    With a truncation (n,) of 1 or more this is exactly the w of the latents (n, size).
    """
    w = style.w_of(latents, labels)
    share = truncation[:, tf.newaxis]
    return style.repeated(tf.where(share < 1.0, style.truncated(w, share), w))


def check_no_condition(generator: keras.Model) -> None:
    """Raise a `UserError` for a generator that takes a condition, since a seed does not determine its images."""
    expected, received = "a generator of latents, or of latents and labels", "a generator that takes a condition"
    remedy = "Use `translate`, which makes images from photos"
    require(not takes(generator, "condition"), expected, received, remedy)


def check_seeds(seeds: Sequence[int]) -> None:
    """Raise a `UserError` for a seed that is negative or does not fit in int64."""
    for seed in seeds:
        require(0 <= seed < 2**63, "seeds of at least 0 and below 2^63", seed, "Use 1, for example")


def numbers_of_seeds(seeds: Sequence[int], size: int, truncation: float = LARGEST_TRUNCATION) -> np.ndarray:
    """Return the normal numbers from which images of these seeds are made, float32 (seeds, size); see `normal_rows`."""
    check_seeds(seeds)
    return normal_rows(tf.constant(seeds, tf.int64), tf.fill([len(seeds)], float(truncation)), size).numpy()


def generator_of(gan: GAN, average: bool = True) -> keras.Model:
    """Return the averaged generator, or the generator itself if there is no average or `average` is False."""
    require(isinstance(average, bool | np.bool_), "for average True or False", repr(average), "Write True or False")
    return gan.ema_generator if average and gan.ema_generator is not None else gan.generator


def latents(seed: int, count: int, gan: GAN) -> np.ndarray | None:
    """Return latents, float32 (count, latent_size); row i depends only on the seed and on i.

    Metrics, health monitor and sample grids use these latents, so a run's history.csv depends on them. Return None for
    a generator without latents.
    """
    check_memory(gan, count)
    if not gan.takes_latents:
        return None
    return gan.latents.of_normal(tf.constant(normal_numbers(seed, count, gan.latent_size))).numpy()


def normal_numbers(seed: int, count: int, size: int) -> np.ndarray:
    """Return the standard normal numbers from which `latents` are made, float32 (count, size)."""
    rows = [np.random.default_rng([seed, row]).standard_normal(size) for row in range(count)]
    return np.array(rows, np.float32)


def class_columns(count: int, classes: int) -> np.ndarray:
    """Return int32 labels for a grid with a column for each class: at most `count` images, at least one row."""
    columns = min(classes, count)
    return np.arange(max(count // columns, 1) * columns, dtype=np.int32) % columns


def generate(
    gan: GAN,
    latents: np.ndarray | None,
    labels: np.ndarray | None = None,
    batch_size: int = 64,
    average: bool = True,
    condition: np.ndarray | None = None,
) -> np.ndarray:
    """Return uint8 images from the inputs that the generator takes.

    Args:
        gan: the GAN.
        latents: float32 (n, latent_size).
        labels: int32 (n,).
        batch_size: number of images made at once.
        average: whether to use the averaged generator, if there is one.
        condition: uint8 (n, height, width, channels), the images that the generator is given.
    """
    generator = generator_of(gan, average)
    if condition is None:
        check_no_condition(generator)
    fields = {"latents": latents, "labels": labels, "condition": condition}
    given = {name: value for name, value in fields.items() if value is not None}

    def make(part: slice) -> tf.Tensor:
        inputs = {name: tf.constant(value[part]) for name, value in given.items()}
        if condition is not None:
            inputs["condition"] = images_of(inputs["condition"])
        return generator(feed(generator, **inputs), training=False)

    return _in_batches(make, len(next(iter(given.values()))), batch_size)


class Pairs(Protocol):
    """Images with their conditions, in memory: `data.Images`."""

    @property
    def images(self) -> np.ndarray: ...
    @property
    def labels(self) -> np.ndarray | None: ...
    @property
    def condition(self) -> np.ndarray | None: ...
    @property
    def paired(self) -> bool: ...


class Drawn(NamedTuple):
    """Images to measure, uint8 (n, height, width, channels), and their classes, int32 (n,) or None.

    `targets` are the images, in the same form, that belong to the conditions; None without pairs.
    """

    images: np.ndarray
    labels: np.ndarray | None = None
    targets: np.ndarray | None = None


def draw(gan: GAN, count: int, seed: int, average: bool = True, given: Pairs | None = None) -> Drawn:
    """Return images to measure.

    The images come from `latents`; the classes of a conditional generator are equally frequent, as far as possible. A
    generator that takes a condition gets the first `count` conditions, or all, and the labels of `given`.

    Args:
        gan: the GAN.
        count: the number of images.
        seed: the seed of the latents.
        average: whether to use the averaged generator, if there is one.
        given: images with conditions, for a generator that takes one.
    """
    if gan.takes_condition:
        return _outputs(gan, count, seed, average, given)
    labels = np.arange(count, dtype=np.int32) % gan.classes if gan.generator_takes_labels else None
    return Drawn(generate(gan, latents(seed, count, gan), labels, average=average), labels)


def _outputs(gan: GAN, count: int, seed: int, average: bool, given: Pairs | None) -> Drawn:
    """Return the generator's outputs for conditions."""
    expected = "images with a condition, which the generator takes"
    remedy = "Name it by data.condition, as in training; for arrays in Python: data.images_from(images, condition=...)"
    if given is None or given.condition is None:
        raise UserError(expected=expected, received="images without one" if given else "no images", remedy=remedy)
    condition = given.condition[:count]
    labels = given.labels[:count] if gan.generator_takes_labels else None
    images = generate(gan, latents(seed, len(condition), gan), labels, average=average, condition=condition)
    return Drawn(images, labels, given.images[:count] if given.paired else None)
