"""Which training images are nearest to an image."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tfgan_course.metrics.neighbors import nearest_few


class Neighbours(NamedTuple):
    """`index` (n, k) of the nearest images, `distance` (n, k) to them, nearest first; `usual` (m,): the distances of
    held-out images to the nearest."""

    index: np.ndarray
    distance: np.ndarray
    usual: np.ndarray

    @property
    def near(self) -> float:
        """The distance below which 1% of the held-out images have a neighbour."""
        return float(np.quantile(self.usual, 0.01, method="lower"))


def neighbours(
    features: Callable[[np.ndarray], np.ndarray],
    queries: np.ndarray,
    images: np.ndarray,
    held_out: np.ndarray,
    k: int = 5,
) -> Neighbours:
    """The images nearest to each query, by Euclidean distance of features.

    Args:
        features: from images to (n, numbers): `reader(channels(model, "conv8"))`, for example.
        queries: images (n, height, width, channels), generated ones for example.
        images: those that the generator was trained on.
        held_out: real images that it was not trained on: how near is usual.
        k: neighbours of each.
    """
    known = features(images)
    found = nearest_few(features(queries), known, k)
    return Neighbours(*found, nearest_few(features(held_out), known, 1).distance[:, 0])
