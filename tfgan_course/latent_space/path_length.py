"""Perceptual path length, which measures how evenly images change in a space."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from tfgan_course.errors import require
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.gan.latents import slerp
from tfgan_course.latent_space.space import LatentSpace


def distance_features(source: str, shape: tuple[int, ...]) -> tuple[str, Callable[[tf.Tensor], tf.Tensor]]:
    """Return the name of the features by which images are compared, and the function that computes them.

    The function takes float32 [-1, 1] images and returns (n, numbers). `source` is a feature extractor, see
    `extractor_of`, or `pixels`; `shape` is the shape of an image.

    Raises:
        UserError: if there are no such features, or they do not take such images.
    """
    if source == "pixels":
        return source, lambda images: tf.reshape(images, [tf.shape(images)[0], -1])
    features = extractor_of(source)
    require(features is not None, "features for a distance", source, "Name a classifier's run, or pixels")
    features.check_shape(shape)
    return features.label, features.embeddings


class PathLength(NamedTuple):
    """The `mean` without the lowest and highest 1%, its standard `error`, and all `lengths` (n,)."""

    mean: float
    error: float
    lengths: np.ndarray


def path_length(
    space: LatentSpace,
    features: Callable[[tf.Tensor], tf.Tensor],
    first: np.ndarray,
    second: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    places: Literal["full", "end"] = "full",
    epsilon: float = 1e-4,
    seed: int = 0,
    batch_size: int = 32,
) -> PathLength:
    """Return how much images change on a small step of a walk: E[d(G(p(t)), G(p(t + epsilon))) / epsilon^2].

    Perceptual path length (Karras et al. 2019, arXiv:1812.04948, section 4.1): d is the squared distance of features,
    and t is uniform in [0, 1]. The walk p is straight in w and on the sphere in z. The lowest and the highest 1% are
    left out, as in the authors' code. The path length is small in a space where features change evenly, and large where
    images jump.

    Args:
        space: z or w.
        features: a function from float32 [-1, 1] images to float32 (n, numbers).
        first: standard normal numbers, float32 (n, latent_size), of the walks' beginnings.
        second: standard normal numbers of the walks' ends.
        labels: int32 (n,), the class of both ends, for a conditional generator.
        places: where t is drawn: `full`, anywhere on the walk, or `end`, at the walk's beginning, which is an ordinary
            sample's point.
        epsilon: the step, above 0.
        seed: the seed of the places.
        batch_size: number of walks computed at once.

    Raises:
        UserError: if there are fewer than two walks, or epsilon is not above 0.
    """
    found_ends = f"{len(first)} beginnings and {len(second)} ends"
    require(len(first) == len(second) > 1, "at least two walks with two ends each", found_ends, "Ask for more walks")
    require(epsilon > 0, "an epsilon above 0", epsilon, "Choose a larger epsilon")
    between = (lambda start, end, share: start + share * (end - start)) if space.straight else slerp

    @tf.function(reduce_retracing=True)
    def lengths(start: tf.Tensor, end: tf.Tensor, share: tf.Tensor, told: tf.Tensor | None) -> tf.Tensor:
        points = tf.concat([between(start, end, share), between(start, end, share + epsilon)], axis=0)
        made = features(space.images(points, None if told is None else tf.tile(told, [2])))
        one, other = tf.split(tf.reshape(tf.cast(made, tf.float64), [tf.shape(points)[0], -1]), 2)
        return tf.reduce_sum((one - other) ** 2, axis=1) / epsilon**2

    shares = np.random.default_rng(seed).random((len(first), 1)).astype(np.float32) * (places == "full")
    starts, ends = space.points(first, labels), space.points(second, labels)
    found = []
    for at in tqdm(range(0, len(first), batch_size), desc="path length", unit="batch", leave=False, disable=None):
        part = slice(at, at + batch_size)
        told = None if labels is None else tf.constant(labels[part])
        found.append(lengths(*(tf.constant(rows[part]) for rows in (starts, ends, shares)), told).numpy())
    every = np.concatenate(found)
    low, high = np.percentile(every, 1, method="lower"), np.percentile(every, 99, method="higher")
    counted = every[(every >= low) & (every <= high)]
    return PathLength(float(counted.mean()), float(counted.std(ddof=1) / np.sqrt(len(counted))), every)
