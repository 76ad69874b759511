"""Classification accuracy score: how well a classifier fitted to generated images classifies real ones."""

from typing import NamedTuple

import numpy as np

from tfgan_course.errors import require
from tfgan_course.metrics.arrays import blocks, feature_tables, label_vector, mean_and_covariance


class ClassificationAccuracy(NamedTuple):
    """`accuracy` over all real samples, in [0, 1], and `per_class`, the accuracy for each label."""

    accuracy: float
    per_class: dict[int, float]


def classification_accuracy_score(
    real: np.ndarray, real_labels: np.ndarray, fake: np.ndarray, fake_labels: np.ndarray, penalty: float = 0.01
) -> ClassificationAccuracy:
    """Return the accuracy that a classifier fitted to generated samples has on real samples.

    The paper (Ravuri and Vinyals 2019, arXiv:1905.10887) trains a ResNet-50 on generated images. This function fits a
    linear classifier to *features* of generated images: ridge regression of one-hot labels, in closed form, in seconds
    instead of days. So its figures compare generators that use the same features, but not with the paper. For an upper
    limit, pass real training images as `fake`. `per_class` shows which classes the generator draws badly or without
    variety.

    Args:
        real, real_labels: features (n, d) and integers (n,) of test images, which were not trained on.
        fake, fake_labels: features (m, d) and integers (m,) of at least 2 classes, with which they were generated.
        penalty: ridge penalty relative to the features' variances, which are scaled to 1; above 0.

    Raises:
        UserError: if an argument is not as described.
    """
    real, fake = feature_tables(real, fake)
    real_labels = label_vector(real_labels, len(real), "real labels")
    fake_labels = label_vector(fake_labels, len(fake), "fake labels")
    require(penalty > 0, "a penalty above 0", penalty, "Set penalty to 0.01, for example")
    classes, index = np.unique(fake_labels, return_inverse=True)
    require(len(classes) >= 2, "fake samples of at least 2 classes", f"only class {classes[0]}", "Generate all classes")

    mean, covariance = mean_and_covariance(fake)
    scale = np.sqrt(np.diagonal(covariance))
    scale = np.where(scale > 0, scale, 1.0)
    # X'Y of standardized features and one-hot labels needs only the classes' means.
    counts = np.bincount(index)
    class_means = np.stack([fake[fake_labels == label].mean(axis=0, dtype=np.float64) for label in classes], axis=1)
    targets = counts / (len(fake) - 1) * (class_means - mean[:, None]) / scale[:, None]
    weights = np.linalg.solve(covariance / np.outer(scale, scale) + penalty * np.eye(len(mean)), targets)
    weights /= scale[:, None]

    correct = np.empty(len(real), bool)
    for rows in blocks(len(real)):
        scores = counts / len(fake) + (real[rows] - mean) @ weights
        correct[rows] = classes[scores.argmax(axis=1)] == real_labels[rows]
    per_class = {label: float(correct[real_labels == label].mean()) for label in np.unique(real_labels).tolist()}
    return ClassificationAccuracy(float(correct.mean()), per_class)
