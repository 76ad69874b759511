"""Memorization: whether generated images are nearer to the training images than new real images are."""

from typing import NamedTuple

import numpy as np

from tfgan_course.errors import require
from tfgan_course.metrics.arrays import feature_table, same_width
from tfgan_course.metrics.neighbors import nearest, nearest_few


class Memorization(NamedTuple):
    """`ratio`: median over the fakes; `baseline`: median over held-out images; `copies`: share of probable copies."""

    ratio: float
    baseline: float
    copies: float


def memorization(train: np.ndarray, held_out: np.ndarray, fake: np.ndarray) -> Memorization:
    """Return the ratio of the distances to the nearest training image and to the nearest held-out image.

    Held-out images are real images that the generator was not trained on. Their own ratios, each to the nearest
    training image and the nearest *other* held-out image, are the ratios of a generator that has learned only the
    distribution. This accounts for the sizes of the two sets and for the density of images around each image.

    - `ratio` well below `baseline`: the generator as a whole stays close to its training images.
    - `copies`: share of fakes whose ratio is below that of 99% of the held-out images. Without copying, 0.01 is
      expected. A few memorized images change this figure, but not the median.

    Duplicates do not hide copies: a held-out image that equals a training image is not held out, and held-out images
    that equal each other count once.

    The idea, a three-sample comparison with held-out images, comes from Meehan et al. 2020 (arXiv:2004.05675); our
    statistic is simpler. It compares features only, so a shifted or mirrored copy may look new to it.

    Args:
        train, held_out, fake: features (n, d) of the images: at least 1 training image, 2 held-out images and 1 fake.

    Raises:
        UserError: if features are not a table of finite numbers, have different widths, or have too few rows, or if
            fewer than 2 held-out images remain without duplicates.
    """
    train = feature_table(train, "training features", at_least=1)
    held_out = feature_table(held_out, "held-out features")
    fake = feature_table(fake, "fake features", at_least=1)
    same_width(train.shape[1], fake.shape[1])
    same_width(held_out.shape[1], fake.shape[1])
    held_out = _without_duplicates(held_out, nearest(held_out, train).distance)
    usual = _ratios(nearest(held_out, train).distance, nearest(held_out, held_out, same=True).distance)
    ours = _ratios(nearest(fake, train).distance, nearest(fake, held_out).distance)
    copies = np.mean(ours < np.quantile(usual, 0.01, method="lower"))
    return Memorization(float(np.median(ours)), float(np.median(usual)), float(copies))


def _without_duplicates(held_out: np.ndarray, to_train: np.ndarray) -> np.ndarray:
    """Return held-out features (n, d) without duplicates, and without copies of training images.

    `to_train` (n,) has the distance of each to the nearest training image.
    """
    # The features of equal images differ by rounding if they were computed in different batches.
    same = 1e-5 * np.sqrt(held_out.var(axis=0, dtype=np.float64).sum())
    remaining = held_out[to_train > same]
    require_held_out(len(remaining), len(held_out))
    found = nearest_few(remaining, remaining, min(len(remaining), 8))
    first = np.where(found.distance <= same, found.indices, len(remaining)).min(axis=1)
    unique = remaining[first == np.arange(len(remaining))]
    require_held_out(len(unique), len(held_out))
    return unique


def require_held_out(remaining: int, given: int) -> None:
    """Raise a `UserError` if fewer than 2 of the given held-out images remain without duplicates."""
    expected = "at least 2 held-out images that are not training images as well, and differ from each other"
    remedy = "Remove duplicates from the data, or give other test images"
    require(remaining >= 2, expected, f"{remaining} of {given}", remedy)


def _ratios(train: np.ndarray, held_out: np.ndarray) -> np.ndarray:
    """Return train / held_out: 1 where both are 0, infinite where only held_out is 0."""
    without = np.where(train > 0, np.inf, 1.0)
    return np.divide(train, held_out, out=without, where=held_out > 0)
