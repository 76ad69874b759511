"""Inception score: whether images are clear and all classes appear."""

from typing import NamedTuple

import numpy as np

from tfgan_course.errors import require
from tfgan_course.metrics.arrays import feature_table


class InceptionScore(NamedTuple):
    """`score`: mean over the splits; `deviation`: their standard deviation."""

    score: float
    deviation: float


def inception_score(probabilities: np.ndarray, splits: int = 10, seed: int = 0) -> InceptionScore:
    """Return exp E[KL(p(y|x) || p(y))] (Salimans et al. 2016, arXiv:1606.03498, section 4).

    The score lies between 1 (all images look the same to the classifier) and the number of classes (each image clearly
    shows one class, all classes equally often). It uses no real images. Always name the classifier with it; the paper's
    is Inception.

    Args:
        probabilities: a classifier's p(y|x) for generated images, (n, classes), rows that sum to 1.
        splits: number of parts in which the score is computed, each with its own p(y). Fewer samples per part score
            lower.
        seed: seed of the order, so that images sorted by class are not split by class.

    Raises:
        UserError: if a row is not a distribution, or there are fewer samples than splits.
    """
    probabilities = feature_table(probabilities, "probabilities", at_least=1).astype(np.float64)
    sums = probabilities.sum(axis=1)
    valid = probabilities.min() >= 0 and np.abs(sums - 1).max() <= 1e-3
    received = f"values from {probabilities.min():.3g}, row sums from {sums.min():.3g} to {sums.max():.3g}"
    require(valid, "probabilities of at least 0 whose rows sum to 1", received, "Take the softmax of logits first")
    count = len(probabilities)
    require(1 <= splits <= count, f"splits from 1 to the number of samples, {count}", splits, "Use more samples")
    probabilities = np.random.default_rng(seed).permutation(probabilities / sums[:, None])
    scores = []
    for part in np.array_split(probabilities, splits):
        marginal = part.mean(axis=0)
        # 0 log 0 is 0; if a class's mean is 0, so are all its probabilities.
        ratio = np.divide(part, marginal, out=np.ones_like(part), where=part > 0)
        scores.append(np.exp(np.mean(np.sum(part * np.log(ratio), axis=1))))
    return InceptionScore(float(np.mean(scores)), float(np.std(scores)))
