"""Find images that are alike, such as one photo that is stored twice: duplicates hide what is memorized."""

import numpy as np

from tfgan_course.metrics.arrays import blocks
from tfgan_course.metrics.neighbors import centered, nearest, squared_distances

ALIKE = 0.05
"""Two thumbnails are of one image if they are nearer than this share of the usual distance between two images.

An image that was encoded again as a JPEG of quality 75 lies below it: always in the 7,000 packaged Fashion-MNIST images
(at most 0.033), and in 99.86 of 100 of CIFAR-10's 50,000 training images (99 of 100 below 0.032, at most 0.10).
"""


def thumbnails(images: np.ndarray, side: int = 16) -> np.ndarray:
    """Return a small version of each image (n, height, width, channels) as a row of block means, float32 [0, 1].

    A row has at most side x side x channels numbers. It shows the image without noise and texture.
    """
    factor = max(1, -(-min(images.shape[1:3]) // side))
    height, width = (size // factor for size in images.shape[1:3])
    cells = images[:, : height * factor, : width * factor]
    cells = cells.reshape(len(images), height, factor, width, factor, -1)
    return (cells.mean(axis=(2, 4), dtype=np.float32) / 255).reshape(len(images), -1)


def alike_distance(rows: np.ndarray) -> float:
    """Return the distance up to which two thumbnails are of one image, for thumbnails (n, d) of real images."""
    return ALIKE * float(np.sqrt(2 * rows.var(axis=0, dtype=np.float64).sum()))


def distinct(rows: np.ndarray, within: float) -> np.ndarray:
    """Return whether each thumbnail (n, d) is alike to none before it that is kept: bool (n,)."""
    points = centered(rows, rows.mean(axis=0, dtype=np.float64))
    kept = np.ones(len(rows), bool)
    for i in blocks(len(rows)):
        for j in blocks(i.stop):
            tile = squared_distances(points, i, points, j)
            near = tile <= within**2 + _rounding(points.squares[i])[:, None]
            if i.start > j.start:
                kept[i] &= ~near[:, kept[j]].any(axis=1)
                continue
            for row in np.flatnonzero(kept[i] & np.tril(near, -1).any(axis=1)):
                kept[i.start + row] = not (near[row, :row] & kept[i][:row]).any()
    return kept


def held_out_only(train: np.ndarray, held_out: np.ndarray) -> np.ndarray:
    """Return which held-out images are new: alike to no training image, and to no held-out image before them.

    Args:
        train, held_out: images (n, height, width, channels), (m, height, width, channels).

    Returns:
        bool (m,).
    """
    known, new = thumbnails(train), thumbnails(held_out)
    within = alike_distance(known)
    apart = nearest(new, known).distance > within
    apart[apart] = distinct(new[apart], within) if apart.any() else False
    return apart


def _rounding(squares: np.ndarray) -> np.ndarray:
    return 32 * np.finfo(squares.dtype).eps * squares
