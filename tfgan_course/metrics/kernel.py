"""Kernel distance: how far apart two sets of features are under a cubic polynomial kernel."""

from typing import NamedTuple

import numpy as np

from tfgan_course.errors import require
from tfgan_course.metrics.arrays import blocks, feature_tables


class KernelDistance(NamedTuple):
    """`distance`, and its standard `error`."""

    distance: float
    error: float


def kernel_distance(real: np.ndarray, fake: np.ndarray, subsets: int = 10, seed: int = 0) -> KernelDistance:
    """Return the squared maximum mean discrepancy (Binkowski et al. 2018, arXiv:1801.01401, eq. 4).

    mean k(x, x') + mean k(y, y') - 2 mean k(x, y) over all pairs of different samples, k(a, b) = (a.b / d + 1)^3. With
    Inception features it is called KID. It is unbiased: right on average even with few samples, and sometimes negative
    if the sets are alike.

    The paper averages over random subsets. All pairs at once have the same expectation and vary less. The error is the
    standard error of the mean over disjoint subsets. It is right if the distance is clearly above 0; near 0 it is up to
    sqrt(subsets) times too large, since the estimate from all pairs is that much better there.

    Args:
        real, fake: features (n, d), (m, d), at least 2 for each subset.
        subsets: number of disjoint parts of each set for the error, at least 2.
        seed: seed of the division into subsets.

    Raises:
        UserError: if features are not a table of finite numbers, have different widths, or are too few for the subsets.
    """
    real, fake = feature_tables(real, fake)
    received = f"{subsets} for {len(real)} real and {len(fake)} fake samples"
    expected = "at least 2 subsets, with at least 2 samples of each set in every one"
    require(2 <= subsets <= min(len(real), len(fake)) // 2, expected, received, "Use more samples")
    rng = np.random.default_rng(seed)
    parts = (np.array_split(x[rng.permutation(len(x))], subsets) for x in (real, fake))
    estimates = [_discrepancy(*pair) for pair in zip(*parts, strict=True)]
    return KernelDistance(_discrepancy(real, fake), float(np.std(estimates, ddof=1) / np.sqrt(subsets)))


def _discrepancy(real: np.ndarray, fake: np.ndarray) -> float:
    """Return the unbiased squared discrepancy of all pairs of rows (the paper's eq. 4)."""
    across = sum(_kernel(real[i], fake[j]).sum(dtype=np.float64) for i in blocks(len(real)) for j in blocks(len(fake)))
    return float(_mean_within(real) + _mean_within(fake) - 2 * across / (len(real) * len(fake)))


def _mean_within(features: np.ndarray) -> float:
    """Return the mean kernel of all pairs of different rows, each pair computed once."""
    total = 0.0
    for i in blocks(len(features)):
        for j in blocks(len(features)):
            if j.start >= i.start:
                tile = _kernel(features[i], features[j])
                found = tile.sum(dtype=np.float64)
                total += found - tile.trace(dtype=np.float64) if i == j else 2 * found
    return total / (len(features) * (len(features) - 1))


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return (a.b / d + 1)^3 of all rows of a (n, d) and b (m, d): (n, m)."""
    base = a @ b.T
    base /= a.shape[1]
    base += 1
    cube = base * base
    cube *= base
    return cube
