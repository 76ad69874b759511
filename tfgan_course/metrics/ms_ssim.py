"""Diversity as the mean structural similarity of random pairs of images. Needs no network."""

from typing import NamedTuple

import numpy as np

from tfgan_course.errors import UserError
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
    """`similarity`: mean over all pairs; `error`: its standard error; `per_class`: mean of each label, {} without."""

    similarity: float
    error: float
    per_class: dict[int, float]


def ms_ssim_diversity(
    images: np.ndarray, labels: np.ndarray | None = None, pairs: int = 100, seed: int = 0
) -> Similarity:
    """Return the mean MS-SSIM of random pairs of images of a class (Odena et al. 2017, arXiv:1610.09585, section 4.2).

    1: all images of a class are one; low: they differ. Compare with the figure of real images, which is not 0: above it
    the generator lacks variety. It knows nothing of quality, noise being very diverse.

    Args:
        images: uint8 (n, height, width, channels), at least 16 x 16, 2 or more of each class.
        labels: integers (n,). Pairs are then of one class; without, of any two images.
        pairs: random pairs of each class; Odena's 100.
        seed: of the pairs.

    Raises:
        UserError: if images are no uint8 images, too small, or fewer than 2 of a class.
    """
    images = image_table(images, "images")
    if pairs < 2:
        raise UserError(f"pairs must be at least 2; got {pairs}")
    rng = np.random.default_rng(seed)
    if labels is None:
        values = _random_pairs(images, pairs, rng)
        return Similarity(float(values.mean()), float(values.std(ddof=1) / np.sqrt(pairs)), {})
    labels = label_vector(labels, len(images), "labels")
    by_class = {}
    for label in np.unique(labels).tolist():
        members = images[labels == label]
        if len(members) < 2:
            raise UserError(f"each class needs at least 2 images to make a pair; class {label} has {len(members)}")
        by_class[label] = _random_pairs(members, pairs, rng)
    # Of each class by itself: that classes differ from each other is no error.
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

    The product over the scales of contrast and structure, and at the smallest of luminance too, each to the power of
    the scale's weight. Five scales need 11 x 2^4 = 176 pixels for the window of 11 to fit the smallest. Smaller images
    have as many as fit (4 from 88 pixels, 3 from 44, 2 from 22, else 1), the weights divided by their sum; figures of
    sizes with different numbers of scales are therefore not comparable. Channels are compared each by itself and
    averaged; negative factors count as 0.

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
        luminance, structure = _ssim_parts(a, b)
        factor = structure * luminance if scale == scales - 1 else structure
        similarity *= np.maximum(factor.mean(axis=(2, 3)), 0) ** weight
    return similarity.mean(axis=1)


def _ssim_parts(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return luminance, and contrast times structure, everywhere in float32 (n, channels, height, width), 0 to 255."""
    rows, columns = window(a.shape[2], TAPS), window(a.shape[3], TAPS)
    mean_a, mean_b = along_both(a, rows, columns), along_both(b, rows, columns)
    product, squares = mean_a * mean_b, mean_a**2 + mean_b**2
    covariance = along_both(a * b, rows, columns) - product
    variances = along_both(a**2 + b**2, rows, columns) - squares
    return (2 * product + C1) / (squares + C1), (2 * covariance + C2) / (variances + C2)
