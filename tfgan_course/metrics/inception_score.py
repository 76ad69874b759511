"""Inception score: are the images clear, and are all classes there?"""

from typing import NamedTuple

import numpy as np

from tfgan_course.errors import UserError
from tfgan_course.metrics.arrays import feature_table


class InceptionScore(NamedTuple):
    """`score`: mean over the splits; `deviation`: their standard deviation."""

    score: float
    deviation: float


def inception_score(probabilities: np.ndarray, splits: int = 10, seed: int = 0) -> InceptionScore:
    """Return exp E[KL(p(y|x) || p(y))] (Salimans et al. 2016, arXiv:1606.03498, section 4).

    From 1 (all images are alike to the classifier) to the number of classes (each image clearly of one class, all
    classes equally often). It looks at no real images. Name the classifier with it; only Inception's is the paper's.

    Args:
        probabilities: p(y|x) that a classifier gives generated images, (n, classes), rows that sum to 1.
        splits: parts that the score is computed in, p(y) being each part's own. Fewer samples in a part score lower.
        seed: of the order; images that come class by class must not fall into parts by class.

    Raises:
        UserError: if a row is no distribution, or there are fewer samples than splits.
    """
    probabilities = feature_table(probabilities, "probabilities", at_least=1).astype(np.float64)
    sums = probabilities.sum(axis=1)
    if probabilities.min() < 0 or np.abs(sums - 1).max() > 1e-3:
        found = f"values from {probabilities.min():.3g}, row sums from {sums.min():.3g} to {sums.max():.3g}"
        raise UserError(
            f"probabilities must be 0 or more, rows sum to 1; got {found}: take the softmax of logits first"
        )
    if not 1 <= splits <= len(probabilities):
        raise UserError(f"splits must be from 1 to the number of samples, {len(probabilities)}; got {splits}")
    probabilities = np.random.default_rng(seed).permutation(probabilities / sums[:, None])
    scores = []
    for part in np.array_split(probabilities, splits):
        marginal = part.mean(axis=0)
        # 0 log 0 is 0; where a class's mean is 0, so are all its probabilities.
        ratio = np.divide(part, marginal, out=np.ones_like(part), where=part > 0)
        scores.append(np.exp(np.mean(np.sum(part * np.log(ratio), axis=1))))
    return InceptionScore(float(np.mean(scores)), float(np.std(scores)))
