"""Checks of the arrays that metrics are given, and blocks to walk through them."""

from collections.abc import Iterator

import numpy as np

from tfgan_course.errors import UserError

FEWEST = 50
"""How many images there must be of a kind for a figure to mean anything."""
BLOCK = 2048
"""Rows worked on at once: a tile of distances is then 16 MB of float32, large enough for a fast matrix product."""


def blocks(count: int, size: int = BLOCK) -> Iterator[slice]:
    """Yield the slices that cut `count` rows into blocks of at most `size`."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def feature_table(features: np.ndarray, name: str, at_least: int = 2) -> np.ndarray:
    """Return features (samples, width) as float32, or float64 where they came as such or as integers.

    Raises `UserError` if they are no table of finite numbers with `at_least` rows.
    """
    table = np.asarray(features)
    if not np.can_cast(table.dtype, np.float64):
        raise UserError(f"{name} must be real numbers; got an array of type {table.dtype}")
    if table.ndim != 2 or table.shape[1] == 0:
        raise UserError(f"{name} must be a table (samples, features); got shape {table.shape}: flatten or pool them")
    if len(table) < at_least:
        raise UserError(f"{name} must have at least {at_least} samples; got {len(table)}")
    for rows in blocks(len(table)):
        if not np.isfinite(table[rows]).all():
            bad = rows.start + int(np.argmin(np.isfinite(table[rows]).all(axis=1)))
            raise UserError(f"{name} must be finite; row {bad} has NaN or an infinite value")
    return table.astype(np.result_type(table.dtype, np.float32), copy=False)


def feature_tables(real: np.ndarray, fake: np.ndarray, at_least: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return both as `feature_table` does, of one type; they must be equally wide."""
    real = feature_table(real, "real features", at_least)
    fake = feature_table(fake, "fake features", at_least)
    same_width(real.shape[1], fake.shape[1])
    dtype = np.result_type(real, fake)
    return real.astype(dtype, copy=False), fake.astype(dtype, copy=False)


def same_width(real: int, fake: int) -> None:
    """Raise `UserError` unless real and fake features are equally wide."""
    if real != fake:
        raise UserError(
            f"real and fake must have equally many features; got {real} and {fake}: take both from one network"
        )


def label_vector(labels: np.ndarray, count: int, name: str) -> np.ndarray:
    """Return integer labels (count,), one a sample; raise `UserError` if they are anything else."""
    labels = np.asarray(labels)
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise UserError(f"{name} must be {count} integers, one a sample; got {labels.dtype} of shape {labels.shape}")
    return labels


def image_table(images: np.ndarray, name: str, at_least: int = 2, side: int = 16) -> np.ndarray:
    """Return uint8 images (n, height, width, channels), `at_least` of them, of `side` pixels; or raise `UserError`."""
    images = np.asarray(images)
    if images.ndim != 4 or images.dtype != np.uint8:
        found = f"type {images.dtype}, shape {images.shape}"
        raise UserError(f"{name} must be uint8 images (n, height, width, channels), 0 to 255; got {found}")
    if len(images) < at_least:
        raise UserError(f"{name} must be at least {at_least}; got {len(images)}")
    if min(images.shape[1:3]) < side:
        raise UserError(f"{name} must be at least {side} x {side} pixels; got {images.shape[1]} x {images.shape[2]}")
    return images


def mean_and_covariance(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the float64 mean (d,) and unbiased covariance (d, d) of features (n, d), n at least 2."""
    mean = features.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((len(mean), len(mean)))
    for rows in blocks(len(features)):
        centered = features[rows] - mean
        covariance += centered.T @ centered
    covariance /= len(features) - 1
    return mean, covariance
