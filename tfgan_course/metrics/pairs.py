"""How much an image is like the image that it should be. Each function returns a value for each pair."""

from collections.abc import Callable

import numpy as np

from tfgan_course.errors import require
from tfgan_course.metrics.arrays import blocks, image_table
from tfgan_course.metrics.ms_ssim import PAIRS_AT_ONCE, TAPS, ssim_parts


def psnr(images: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the peak signal-to-noise ratio of each pair in dB, float64 (n,): 10 log10(255^2 / mean squared error).

    Infinity for equal images. Args: see `ssim`; images of any size.
    """
    errors = _by_pair(images, targets, lambda a, b: np.square(a - b).mean((1, 2, 3)))
    with np.errstate(divide="ignore"):
        return 10 * np.log10(255.0**2 / errors)


def l1(images: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the mean absolute difference of each pair, float64 (n,): 0 for equal images, 1 for black and white.

    Args: see `ssim`; images of any size.
    """
    return _by_pair(images, targets, lambda a, b: np.abs(a - b).mean((1, 2, 3)) / 255)


def ssim(images: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the structural similarity of each pair, float64 (n,), -1 to 1 (Wang et al. 2004, eq. 13).

    The window is a Gaussian of 11 x 11 pixels with standard deviation 1.5, which lies within the image; channels are
    compared separately and averaged. This is scikit-image's `structural_similarity` with `gaussian_weights=True`,
    `sigma=1.5` and `use_sample_covariance=False`.

    Args:
        images, targets: uint8 (n, height, width, channels), at least 11 x 11.

    Raises:
        UserError: if the images are too small, or the two arrays differ in shape.
    """
    large = min(np.shape(images)[1:3], default=0) >= len(TAPS)
    require(large, f"images of at least {len(TAPS)} x {len(TAPS)}", np.shape(images), "Use larger images")

    def similarity(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        luminance, structure = ssim_parts(a.transpose(0, 3, 1, 2), b.transpose(0, 3, 1, 2))
        return (luminance * structure).mean((1, 2, 3))

    return _by_pair(images, targets, similarity)


def _by_pair(images: np.ndarray, targets: np.ndarray, of: Callable[..., np.ndarray]) -> np.ndarray:
    """Return the values of pairs, computed from float64 blocks of them."""
    images, targets = (image_table(part, "images", 1, 1) for part in (images, targets))
    expected = "images and targets of one shape"
    require(images.shape == targets.shape, expected, f"{images.shape} and {targets.shape}", "Give pairs")
    parts = [
        [part[rows].astype(np.float64) for part in (images, targets)] for rows in blocks(len(images), PAIRS_AT_ONCE)
    ]
    return np.concatenate([of(*part) for part in parts])
