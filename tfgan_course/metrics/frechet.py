"""Distance between the Gaussians fitted to real and to generated features.

A covariance C is stored as a factor F with C = F' F. Then tr C is the sum of F's squares, and the trace of the root of
C1 C2 is the sum of the singular values of F1 F2' (its nuclear norm). So no matrix root, no inverse, and no root of a
tiny eigenvalue with large rounding errors is needed, and singular covariances need no special case. If there are fewer
samples than features, the centered samples themselves are the factor, which is then small.
"""

from typing import NamedTuple

import numpy as np

from tfgan_course.errors import require
from tfgan_course.metrics.arrays import feature_table, feature_tables, label_vector, mean_and_covariance, same_width


class Gaussian(NamedTuple):
    """A normal distribution fitted to features: all that the Frechet distance needs.

    Args:
        mean: float64 (d,).
        factor: float64 (r, d), r at most d; the covariance is factor' factor.
    """

    mean: np.ndarray
    factor: np.ndarray

    @classmethod
    def fit(cls, features: np.ndarray, name: str = "features") -> "Gaussian":
        """Return the mean and the unbiased covariance of finite features (n, d), n at least 2."""
        features = feature_table(features, name)
        if len(features) > features.shape[1]:
            return cls.from_covariance(*mean_and_covariance(features))
        mean = features.mean(axis=0, dtype=np.float64)
        return cls(mean, (features - mean) / np.sqrt(len(features) - 1))

    @classmethod
    def from_covariance(cls, mean: np.ndarray, covariance: np.ndarray) -> "Gaussian":
        """Return the Gaussian of a finite mean (d,) and a symmetric covariance (d, d), singular or not."""
        mean, covariance = np.asarray(mean, np.float64), np.asarray(covariance, np.float64)
        valid = mean.ndim == 1 and covariance.shape == 2 * mean.shape
        received = f"{mean.shape} and {covariance.shape}"
        require(valid, "a mean (d,) and a covariance (d, d)", received, "Correct their shapes")
        finite = np.isfinite(mean).all() and np.isfinite(covariance).all()
        require(finite, "finite mean and covariance", "NaN or an infinite value", "Check the features")
        try:
            return cls(mean, np.linalg.cholesky(covariance).T)
        except np.linalg.LinAlgError:
            values, vectors = np.linalg.eigh(covariance)
            # Eigenvalues below the rounding error count as 0: their roots would not be small.
            kept = values > len(values) * np.finfo(np.float64).eps * values[-1]
            return cls(mean, np.sqrt(values[kept, None]) * vectors.T[kept])


def frechet_distance(real: np.ndarray | Gaussian, fake: np.ndarray | Gaussian) -> float:
    """Return the Frechet distance between two Gaussians (Heusel et al. 2017, arXiv:1706.08500, eq. 6).

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)): at least 0, and 0 for equal means and covariances. With Inception
    features it is called FID. Finite samples make it too large, so compare only figures from equally many samples, or
    use `frechet_infinity`.

    Args:
        real, fake: finite features (n, d), n at least 2, of the same width d, or their `Gaussian`; a `UserError`
            otherwise.
    """
    real = real if isinstance(real, Gaussian) else Gaussian.fit(real, "real features")
    fake = fake if isinstance(fake, Gaussian) else Gaussian.fit(fake, "fake features")
    same_width(len(real.mean), len(fake.mean))
    means = np.sum((real.mean - fake.mean) ** 2)
    traces = np.sum(real.factor**2) + np.sum(fake.factor**2)
    root = np.linalg.svd(real.factor @ fake.factor.T, compute_uv=False).sum()
    return max(0.0, float(means + traces - 2 * root))


class FrechetInfinity(NamedTuple):
    """`distance` for infinitely many generated samples, computed from the `distances` at `sizes` samples."""

    distance: float
    sizes: np.ndarray
    distances: np.ndarray


def frechet_infinity(
    real: np.ndarray | Gaussian, fake: np.ndarray, points: int = 15, smallest: int | None = None, seed: int = 0
) -> FrechetInfinity:
    """Return the Frechet distance without the bias of few generated samples (Chong and Forsyth 2020, arXiv:1911.07023).

    The distance is a straight line in 1 / N. It is measured on random subsets of N generated samples, N in even steps
    from `smallest` to all, and extrapolated to 1 / N = 0. The result may be slightly negative. The bias of the finite
    real samples remains.

    Args:
        real: features (m, d), or their `Gaussian`.
        fake: features (n, d), n at least 3.
        points: number of sizes measured, at least 2; each takes as long as `frechet_distance`.
        smallest: N of the smallest subset, 2 to n - 1. Default n / 10, the authors' ratio (5,000 of 50,000). The line
            is straight only if N is well above d.
        seed: seed of the subsets.

    Raises:
        UserError: if an argument is not as described, or there are not `points` different sizes.
    """
    real = real if isinstance(real, Gaussian) else Gaussian.fit(real, "real features")
    fake = feature_table(fake, "fake features", at_least=3)
    smallest = max(2, len(fake) // 10) if smallest is None else smallest
    expected = f"smallest from 2 to below the number of fake samples, {len(fake)}"
    require(2 <= smallest < len(fake), expected, smallest, "Set it to a tenth of the samples, for example")
    most = len(fake) - smallest + 1
    expected = f"points from 2 to the number of sizes from {smallest} to {len(fake)}"
    require(2 <= points <= most, expected, points, "Generate more samples or use fewer points")
    rng = np.random.default_rng(seed)
    sizes = np.linspace(smallest, len(fake), points).astype(int)
    distances = np.array([frechet_distance(real, fake[rng.permutation(len(fake))[:size]]) for size in sizes])
    _, at_infinity = np.polyfit(1 / sizes, distances, 1)
    return FrechetInfinity(float(at_infinity), sizes, distances)


class IntraClassFrechet(NamedTuple):
    """`per_class` has the distance of each label, and `distance` is the mean over the classes."""

    distance: float
    per_class: dict[int, float]


def intra_class_frechet_distance(
    real: np.ndarray, real_labels: np.ndarray, fake: np.ndarray, fake_labels: np.ndarray
) -> IntraClassFrechet:
    """Return the mean over classes of the Frechet distance in each class (Miyato and Koyama 2018, arXiv:1802.05637).

    Unlike `frechet_distance` over all classes, this figure detects a generator that confuses classes or has no variety
    in a class.

    Args:
        real, fake: features (n, d) and (m, d), at least 2 of each class.
        real_labels, fake_labels: integers (n,), (m,); for fakes the labels with which they were generated.

    Raises:
        UserError: if an argument is not as described.
    """
    real, fake = feature_tables(real, fake)
    real_labels = label_vector(real_labels, len(real), "real labels")
    fake_labels = label_vector(fake_labels, len(fake), "fake labels")
    per_class = {}
    for label in np.union1d(real_labels, fake_labels).tolist():
        of_real, of_fake = real[real_labels == label], fake[fake_labels == label]
        enough, received = min(len(of_real), len(of_fake)) >= 2, f"{len(of_real)} and {len(of_fake)} in class {label}"
        require(enough, "at least 2 real and 2 fake samples of each class", received, "Use more samples")
        per_class[label] = frechet_distance(of_real, of_fake)
    return IntraClassFrechet(float(np.mean(list(per_class.values()))), per_class)
