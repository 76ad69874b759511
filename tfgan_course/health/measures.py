"""Measures that compare generated images with real ones without a network. Images are uint8 arrays."""

import math

import numpy as np

from tfgan_course.metrics.alike import alike_distance, distinct
from tfgan_course.metrics.frechet import frechet_distance
from tfgan_course.metrics.neighbors import nearest

END = 2
"""A value within this distance of 0 or 255 counts as saturated. A saturated tanh gives exactly 0 or 255."""


def diversity(fake: np.ndarray, real: np.ndarray) -> float:
    """Return the median distance of a generated image to its nearest neighbor, over the same of real images.

    0: images are copies of each other; 1: they are as far apart as real images. This also detects a generator with a
    few modes: its variance may equal that of real images, but each of its images has a near copy.

    Duplicates of real images count once. If all real images are alike, the result is 1.

    Args:
        fake, real: thumbnails (n, d), (m, d), at least 2 of each; the first min(n, m) of each are used.
    """
    real = real[distinct(real, alike_distance(real))]
    count = min(len(fake), len(real))
    if count < 2:
        return 1.0
    apart = [float(np.median(nearest(rows[:count], rows[:count], same=True).distance)) for rows in (fake, real)]
    return apart[0] / apart[1] if apart[1] else 1.0


def spread(fake: np.ndarray, real: np.ndarray) -> float:
    """Return the variance of generated thumbnails (n, d) over the variance of real ones (m, d); 0 if all are equal."""
    total = float(real.var(axis=0).sum())
    return float(fake.var(axis=0).sum()) / total if total else 1.0


def copies(fake: np.ndarray, train: np.ndarray) -> float:
    """Return the share of generated images that are near copies of a training image.

    A copy is less than half as far from its nearest training image as this image is from its nearest other training
    image. For a new real image both distances are about equal. Duplicates of the training image do not count as others.

    Args:
        fake, train: thumbnails (n, d), (m, d), m at least 2.
    """
    found = nearest(fake, train)
    own, place = np.unique(found.indices, return_inverse=True)
    others = nearest_other(own, train)[place]
    # Without another image there is nothing to compare with but the image itself.
    alike = alike_distance(train)
    return float(np.mean(np.where(np.isfinite(others), found.distance < others / 2, found.distance <= alike)))


def nearest_other(index: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Return the distance of each training row in `index` to the nearest row that is no duplicate of it, or infinity.

    A row itself counts as its duplicate.
    """
    squares = np.einsum("nd,nd->n", train, train)
    tile = squares[index, None] + squares - 2 * train[index] @ train.T
    rounding = 32 * np.finfo(squares.dtype).eps * squares[index, None]
    tile[tile <= alike_distance(train) ** 2 + rounding] = np.inf
    tile[np.arange(len(index)), index] = np.inf
    return np.sqrt(np.maximum(tile.min(axis=1), 0))


def saturation(fake: np.ndarray, real: np.ndarray) -> float:
    """Return how much larger the share of values at 0 or 255 is than in real images (n, h, w, c): -1 to 1."""
    dark = np.mean(fake <= END) - np.mean(real <= END)
    return float(max(dark, np.mean(fake >= 255 - END) - np.mean(real >= 255 - END)))


def white_patches(fake: np.ndarray, real: np.ndarray) -> float:
    """Return how much larger the share of white squares, 1/7 of an image wide, is than in real images: -1 to 1."""
    shares = []
    for images in (fake, real):
        white = np.all(images >= 255 - END, axis=-1)
        size = max(2, images.shape[1] // 7)
        windows = np.lib.stride_tricks.sliding_window_view(white, (size, size), axis=(1, 2))
        shares.append(float(windows.all(axis=(3, 4)).mean()))
    return shares[0] - shares[1]


def _spectrum(images: np.ndarray) -> np.ndarray:
    """Return the energy at each frequency, (size / 2 + 1,), over rows and columns; size is cut to a multiple of 4."""
    size = min(images.shape[1:3]) // 4 * 4
    pixels = images[:, :size, :size].astype(np.float32)
    pixels -= pixels.mean(axis=(1, 2), keepdims=True)
    down, across = (np.abs(np.fft.rfft(pixels, axis=axis)) ** 2 for axis in (1, 2))
    return (down.mean(axis=(0, 2, 3)) + across.mean(axis=(0, 1, 3))) / 2


def checkerboard(fake: np.ndarray, real: np.ndarray) -> float:
    """Return the excess energy of generated images at the frequencies of up-sampling, over the energy of real images.

    A layer that doubles the size leaves a pattern with a period of 2 pixels, the layer before it one of 4 (Odena,
    Dumoulin and Olah 2016, https://distill.pub/2016/deconv-checkerboard). About 0: no pattern; 1: as much energy as
    real images have there, which is easy to see.

    Args:
        fake, real: images (n, h, w, c), at least 16 pixels wide.
    """
    of_fake, of_real = _spectrum(fake), _spectrum(real)
    last = len(of_fake) - 1
    rounding = 2 * last / 12  # the energy of rounding to whole numbers; a weaker pattern cannot be seen
    excess = []
    for place, beside in ((last, (-2, -1)), (last // 2, (-2, -1, 1, 2))):
        around = np.mean([of_fake[place + offset] for offset in beside])
        excess.append((of_fake[place] - around) / max(of_real[place], rounding))
    return float(max(excess))


def distance(fake: np.ndarray, real: np.ndarray) -> float:
    """Return the Frechet distance of thumbnails over twice the variance of real ones: 0 if alike, 1 if unrelated.

    A single image gives NaN.
    """
    if min(len(fake), len(real)) < 2:
        return math.nan
    total = float(real.var(axis=0, ddof=1).sum())
    return frechet_distance(real, fake) / (2 * total) if total else 0.0


def separation(first: np.ndarray, second: np.ndarray) -> float:
    """Return P(a score of `first` is above a score of `second`) minus P(it is below): -1 to 1."""
    return float(np.mean(np.sign(first[:, None] - second)))


def step_length(initial: list[np.ndarray], now: list[np.ndarray], updates: int) -> float:
    """Return how far an update moves a network on average, relative to the length of its initial weights.

    The result is the distance divided by the root of the number of updates, as for a random walk. The last update alone
    is not used: after huge first steps an optimizer may make small steps for a long time.
    """
    moved = sum(np.sum(np.square(b - a), dtype=np.float64) for a, b in zip(initial, now, strict=True))
    began = sum(np.sum(np.square(a), dtype=np.float64) for a in initial)
    return float(np.sqrt(moved / began / updates)) if began and updates else math.nan
