"""Diversity as the mean structural similarity of random pairs of images. It needs no network."""

from typing import NamedTuple

import numpy as np

from tfgan_course.errors import require, require_at_least
from tfgan_course.metrics.arrays import blocks, image_table, label_vector
from tfgan_course.metrics.filters import along_both, halve, window

# Wang, Simoncelli and Bovik 2003, section 3.2: the weight of each scale, full size first.
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
# Wang et al. 2004 (SSIM), section III: an 11 pixel wide Gaussian of standard deviation 1.5, constants K1 and K2.
TAPS = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
TAPS /= TAPS.sum()
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
PAIRS_AT_ONCE = 64


class Similarity(NamedTuple):
    """`similarity`: mean over all pairs; `error`: its standard error; `per_class`: mean for each label."""

    similarity: float
    error: float
    per_class: dict[int, float]


def ms_ssim_diversity(
    images: np.ndarray, labels: np.ndarray | None = None, pairs: int = 100, seed: int = 0
) -> Similarity:
    """Return the mean MS-SSIM of random pairs of images of a class (Odena et al. 2017, arXiv:1610.09585, section 4.2).

    1 means that all images of a class are equal; low values mean variety. Compare it with the figure of real images: a
    larger figure means that the generator lacks variety. It does not measure quality; noise is very diverse.

    Args:
        images: uint8 (n, height, width, channels), at least 16 x 16, at least 2 of each class.
        labels: integers (n,). With labels both images of a pair have one class.
        pairs: random pairs of each class; Odena's 100.
        seed: seed of the pairs.

    Raises:
        UserError: if an argument is not as described.
    """
    images = image_table(images, "images")
    require_at_least(2, pairs=pairs)
    rng = np.random.default_rng(seed)
    if labels is None:
        values = _random_pairs(images, pairs, rng)
        return Similarity(float(values.mean()), float(values.std(ddof=1) / np.sqrt(pairs)), {})
    labels = label_vector(labels, len(images), "labels")
    by_class = {}
    for label in np.unique(labels).tolist():
        members = images[labels == label]
        received = f"{len(members)} in class {label}"
        require(len(members) >= 2, "at least 2 images of each class, for a pair", received, "Use more images")
        by_class[label] = _random_pairs(members, pairs, rng)
    # The error is computed within each class, because differences between classes are not errors.
    error = np.sqrt(sum(values.var(ddof=1) / pairs for values in by_class.values())) / len(by_class)
    means = {label: float(values.mean()) for label, values in by_class.items()}
    return Similarity(float(np.mean(list(means.values()))), float(error), means)


def _random_pairs(images: np.ndarray, pairs: int, rng: np.random.Generator) -> np.ndarray:
    """Return the MS-SSIM of random pairs of different images: (pairs,)."""
    first = rng.integers(len(images), size=pairs)
    second = (first + rng.integers(1, len(images), size=pairs)) % len(images)
    return np.concatenate([ms_ssim(images[first[rows]], images[second[rows]]) for rows in blocks(pairs, PAIRS_AT_ONCE)])


def ms_ssim(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the structural similarity of images in pairs, (n,), 0 to 1 (Wang, Simoncelli and Bovik 2003, eq. 7).

    It is the product over all scales of contrast and structure, and of luminance at the smallest scale, each to the
    power of the scale's weight. With five scales, images need 11 x 2^4 = 176 pixels so that the window of 11 fits the
    smallest scale. Smaller images have as many scales as fit (4 from 88 pixels, 3 from 44, 2 from 22, else 1), with
    weights divided by their sum, so figures with different numbers of scales cannot be compared. Channels are compared
    separately and averaged; negative factors count as 0.

    Args:
        a, b: uint8 (n, height, width, channels), at least 11 x 11.
    """
    scales = sum(min(a.shape[1:3]) >= len(TAPS) * 2**i for i in range(len(WEIGHTS)))
    a, b = (x.transpose(0, 3, 1, 2).astype(np.float32, order="C") for x in (a, b))
    weights = np.array(WEIGHTS[:scales]) / sum(WEIGHTS[:scales])
    similarity = np.ones(a.shape[:2])
    for scale, weight in enumerate(weights):
        if scale:
            a, b = (along_both(x, halve(x.shape[2]), halve(x.shape[3])) for x in (a, b))
        luminance, structure = ssim_parts(a, b)
        factor = structure * luminance if scale == scales - 1 else structure
        similarity *= np.maximum(factor.mean(axis=(2, 3)), 0) ** weight
    return similarity.mean(axis=1)


def ssim_parts(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return luminance, and contrast times structure, at every pixel of (n, channels, height, width) 0-255, floats."""
    rows, columns = window(a.shape[2], TAPS, a.dtype), window(a.shape[3], TAPS, a.dtype)
    mean_a, mean_b = along_both(a, rows, columns), along_both(b, rows, columns)
    product, squares = mean_a * mean_b, mean_a**2 + mean_b**2
    covariance = along_both(a * b, rows, columns) - product
    variances = along_both(a**2 + b**2, rows, columns) - squares
    return (2 * product + C1) / (squares + C1), (2 * covariance + C2) / (variances + C2)
