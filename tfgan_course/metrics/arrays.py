"""Check the arrays of the metrics, divide them into blocks, and draw from them."""

from collections.abc import Iterator

import numpy as np

from tfgan_course.errors import require

FEWEST = 50
"""The smallest number of images of each kind for a meaningful figure."""
BLOCK = 2048
"""Rows processed at once. A tile of distances is then 16 MB of float32, large enough for a fast matrix product."""


def blocks(count: int, size: int = BLOCK) -> Iterator[slice]:
    """Yield the slices that cut `count` rows into blocks of at most `size`."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def stratified(count: int, most: int, labels: np.ndarray | None, seed: int) -> np.ndarray:
    """Return the sorted indices of at most `most` random images among `count`.

    With labels, int (count,), each class keeps its share of the images. The seed decides the draw.
    """
    order = np.random.default_rng(seed).permutation(count)
    places = np.zeros(count) if labels is None else np.empty(count)
    for label in () if labels is None else np.unique(labels):
        members = order[labels[order] == label]
        places[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.sort(order[np.argsort(places[order], kind="stable")[:most]])


def feature_table(features: np.ndarray, name: str, at_least: int = 2) -> np.ndarray:
    """Return features (samples, width) as float32, or as float64 if they are float64 or integers.

    Raises:
        UserError: unless they are a table of finite numbers with `at_least` rows.
    """
    table = np.asarray(features)
    real = np.can_cast(table.dtype, np.float64)
    require(real, f"{name} of real numbers", f"an array of type {table.dtype}", "Convert them to float32")
    shaped = table.ndim == 2 and table.shape[1] > 0
    require(shaped, f"{name} as a table (samples, features)", f"shape {table.shape}", "Flatten or pool them")
    require(len(table) >= at_least, f"{name} of at least {at_least} samples", len(table), "Use more samples")
    for rows in blocks(len(table)):
        finite = np.isfinite(table[rows]).all(axis=1)
        bad = f"NaN or an infinite value in row {rows.start + int(np.argmin(finite))}"
        require(finite.all(), f"finite {name}", bad, "Remove such rows, or find out why they contain it")
    return table.astype(np.result_type(table.dtype, np.float32), copy=False)


def feature_tables(real: np.ndarray, fake: np.ndarray, at_least: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return both tables as `feature_table` does, with one type. They must have the same width."""
    real = feature_table(real, "real features", at_least)
    fake = feature_table(fake, "fake features", at_least)
    same_width(real.shape[1], fake.shape[1])
    dtype = np.result_type(real, fake)
    return real.astype(dtype, copy=False), fake.astype(dtype, copy=False)


def same_width(real: int, fake: int) -> None:
    """Raise a `UserError` unless real and fake features have the same width."""
    expected = "real and fake samples with equally many features"
    require(real == fake, expected, f"{real} and {fake}", "Compute both with one network")


def label_vector(labels: np.ndarray, count: int, name: str) -> np.ndarray:
    """Return integer labels (count,), one for each sample; raise a `UserError` if they are anything else."""
    labels = np.asarray(labels)
    valid = labels.shape == (count,) and labels.dtype.kind in "iu"
    received = f"{labels.dtype} of shape {labels.shape}"
    require(valid, f"{name} that are {count} integers, one for each sample", received, "Pass a label for each sample")
    return labels


def integer_labels(labels: np.ndarray, count: int, classes: int | None = None) -> np.ndarray:
    """Return the labels of `count` images, a user's array, as int32 (count,).

    Args:
        labels: whole numbers (count,) or (count, 1), or one-hot (count, classes): one 1 in each row, 0 elsewhere. Whole
            numbers may be of a floating-point type.
        count: the number of images.
        classes: the number of classes, if it is known.

    Raises:
        UserError: for all other labels.
    """
    given = np.asarray(labels)
    found = given[:, 0] if given.shape == (count, 1) else given
    numeric = found.dtype.kind in "biuf"
    if numeric and found.ndim == 2 and classes in (None, found.shape[1]):
        one_hot = np.isin(found, (0, 1)).all() and (found.sum(axis=1) == 1).all()
        found = found.argmax(axis=1) if one_hot else found
    valid = numeric and found.shape == (count,) and bool(np.all(found == np.floor(found)) and np.isfinite(found).all())
    valid = valid and bool(((found >= -(2**31)) & (found < 2**31)).all())
    require(
        valid,
        f"labels ({count},) or ({count}, 1) that are whole numbers, or one-hot ({count}, {classes or 'classes'})",
        f"{given.dtype.name} labels of shape {given.shape}, such as {given.ravel()[:8].tolist()}",
        "Give the number of its class for each image, from 0",
    )
    return found.astype(np.int32)


def image_table(images: np.ndarray, name: str, at_least: int = 2, side: int = 16) -> np.ndarray:
    """Return uint8 images (n, height, width, channels), at least `at_least` images of at least `side` pixels.

    Raises:
        UserError: if they are anything else.
    """
    images = np.asarray(images)
    expected = f"{name}, uint8 (n, height, width, channels) from 0 to 255"
    valid = images.ndim == 4 and images.dtype == np.uint8
    require(valid, expected, f"type {images.dtype}, shape {images.shape}", "Convert them, see docs/guides/data.md")
    require(len(images) >= at_least, f"at least {at_least} {name}", len(images), "Use more images")
    received = f"{images.shape[1]} x {images.shape[2]}"
    require(min(images.shape[1:3]) >= side, f"{name} of at least {side} x {side} pixels", received, "Use larger images")
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
