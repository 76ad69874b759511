"""Precision and recall, density and coverage: separate numbers for fidelity and variety."""

from typing import NamedTuple

import numpy as np

from tfgan_course.errors import require
from tfgan_course.metrics.arrays import feature_tables
from tfgan_course.metrics.neighbors import centered, squared_radii, tiles


class PRDC(NamedTuple):
    """Precision, recall and coverage lie in [0, 1]; density is at least 0, and about 1 for equal distributions."""

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall_density_coverage(real: np.ndarray, fake: np.ndarray, k: int = 5) -> PRDC:
    """Return precision, recall, density and coverage: shares of samples that lie in balls around other samples.

    The radius of a sample's ball is the distance to its k-th nearest neighbor in its own set.

    - precision: fakes within any real ball; recall: reals within any fake ball (Kynkaanniemi et al. 2019,
      arXiv:1904.06991, eq. 1-2, there with k = 3);
    - density: real balls that a fake lies in, mean, over k; coverage: real balls with any fake in them (Naeem et al.
      2020, arXiv:2002.09797, section 3; there with k = 5).

    The distances are computed once, tile by tile, in the features' own type. This needs memory for a centered copy of
    both sets of features, and less than 200 MB more.

    Args:
        real, fake: features (n, d), (m, d). Recall and precision are comparable with each other if n = m.
        k: number of neighbors, from 1 to less than the number of samples. Larger k gives larger balls and figures.

    Raises:
        UserError: if features are not a table of finite numbers, have different widths, or have k or fewer rows.
    """
    real, fake = feature_tables(real, fake)
    received = f"k = {k} with {len(real)} real and {len(fake)} fake"
    expected = "k from 1 to less than the number of samples"
    require(1 <= k < min(len(real), len(fake)), expected, received, "Use more samples, or a smaller k")
    origin = real.mean(axis=0, dtype=np.float64)
    reals, fakes = centered(real, origin), centered(fake, origin)
    real_radii, fake_radii = squared_radii(reals, k), squared_radii(fakes, k)
    precise = np.zeros(len(fake), bool)
    recalled, covered = np.zeros(len(real), bool), np.zeros(len(real), bool)
    inside = 0
    for i, j, tile in tiles(reals, fakes):
        in_real_ball = tile <= real_radii[i, None]
        inside += int(np.count_nonzero(in_real_ball))
        precise[j] |= in_real_ball.any(axis=0)
        covered[i] |= in_real_ball.any(axis=1)
        recalled[i] |= (tile <= fake_radii[j]).any(axis=1)
    density = inside / (k * len(fake))
    return PRDC(float(precise.mean()), float(recalled.mean()), float(density), float(covered.mean()))
