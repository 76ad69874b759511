"""Memorization: are generated images nearer to the training images than new real ones are?"""

from typing import NamedTuple

import numpy as np

from tfgan_course.errors import require
from tfgan_course.metrics.arrays import feature_table, same_width
from tfgan_course.metrics.neighbors import nearest, nearest_few


class Memorization(NamedTuple):
    """`ratio`: the median over the fakes; `baseline`: the median over held-out images; `copies`: share below 1%."""

    ratio: float
    baseline: float
    copies: float


def memorization(train: np.ndarray, held_out: np.ndarray, fake: np.ndarray) -> Memorization:
    """Return the distance to the nearest training image over that to the nearest held-out one.

    Held-out images are real ones that the generator was not trained on. Their own ratios, each to the nearest training
    image and the nearest *other* held-out one, say what a generator that has learnt the distribution and nothing else
    would have: sizes of the two sets are thereby accounted for, and so is how densely the image's region is populated.

    - `ratio` well below `baseline`: the generator as a whole keeps close to its training images.
    - `copies`: share of fakes whose ratio is below that of all but 1% of the held-out images. 0.01 is expected of no
      copying; a few memorized images show here and not in the median.

    Duplicates do not hide copies: a held-out image that equals a training image is not held out, and held-out images
    that equal each other count once.

    The idea, a three-sample comparison with held-out images, is that of Meehan et al. 2020 (arXiv:2004.05675); the
    statistic is simpler and ours. It sees what the features see: a copy that is shifted or mirrored may look new to
    them.

    Args:
        train, held_out, fake: features (n, d), at least 1, 2 and 1 of them.

    Raises:
        UserError: if features are no table of finite numbers, too few, not equally wide, or fewer than 2 held-out
            images remain.
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
    """Return held-out features (n, d) once each; those at distance 0 `to_train` (n,), copies of training images, go."""
    # The features of equal images differ by rounding if they were computed in different batches.
    same = 1e-5 * np.sqrt(held_out.var(axis=0, dtype=np.float64).sum())
    remaining = held_out[to_train > same]
    expected = "at least 2 held-out images that are not training images as well"
    remedy = "Remove duplicates from the data, or give other test images"
    require(len(remaining) >= 2, expected, f"{len(remaining)} of {len(held_out)}", remedy)
    found = nearest_few(remaining, remaining, min(len(remaining), 8))
    first = np.where(found.distance <= same, found.indices, len(remaining)).min(axis=1)
    unique = remaining[first == np.arange(len(remaining))]
    require(len(unique) >= 2, expected, f"{len(unique)} different of {len(held_out)}", remedy)
    return unique


def _ratios(train: np.ndarray, held_out: np.ndarray) -> np.ndarray:
    """Return train / held_out; 1 where both are 0, infinite where the latter alone is."""
    without = np.where(train > 0, np.inf, 1.0)
    return np.divide(train, held_out, out=without, where=held_out > 0)
