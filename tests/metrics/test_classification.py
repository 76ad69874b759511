import numpy as np
import pytest

from tfgan_course.errors import UserError
from tfgan_course.metrics import classification_accuracy_score

CENTERS = 1.5 * np.random.default_rng(1).normal(size=(4, 6))


def sample(rng, n, noise=1.0, classes=4):
    labels = rng.integers(classes, size=n)
    return CENTERS[labels] + noise * rng.normal(size=(n, 6)), labels


def test_equals_ridge_regression_written_out():
    """Least squares with a row more for each feature: sqrt(penalty) times its weight is to be 0."""
    rng = np.random.default_rng(0)
    (real, real_labels), (fake, fake_labels) = sample(rng, 300), sample(rng, 200)
    mean, scale = fake.mean(0), fake.std(0, ddof=1)
    x = np.concatenate([(fake - mean) / scale, np.sqrt(199 * 0.3) * np.eye(6)])
    hot = np.eye(4)[fake_labels]
    y = np.concatenate([hot - hot.mean(0), np.zeros((6, 4))])
    weights = np.linalg.lstsq(x, y, rcond=None)[0]
    predicted = (hot.mean(0) + (real - mean) / scale @ weights).argmax(1)
    found = classification_accuracy_score(real, 10 * real_labels, fake, 10 * fake_labels, penalty=0.3)
    assert found.accuracy == np.mean(predicted == real_labels)
    assert list(found.per_class) == [0, 10, 20, 30]
    for label in range(4):
        assert found.per_class[10 * label] == np.mean(predicted[real_labels == label] == label)


def test_noise_mixed_labels_and_dropped_classes_lower_it_and_duplicates_leave_it():
    rng = np.random.default_rng(0)
    real, fake = sample(rng, 2000), sample(rng, 1000)
    good = classification_accuracy_score(*real, *fake)
    assert good.accuracy > 0.8
    twice = classification_accuracy_score(*real, np.tile(fake[0], (2, 1)), np.tile(fake[1], 2))
    assert abs(twice.accuracy - good.accuracy) < 0.005
    noisy = [classification_accuracy_score(*real, *sample(rng, 1000, noise)).accuracy for noise in (5, 20)]
    assert good.accuracy > noisy[0] + 0.02 > noisy[1] + 0.1
    mixed = classification_accuracy_score(*real, fake[0], rng.permutation(fake[1]))
    assert mixed.accuracy < 0.6
    dropped = classification_accuracy_score(*real, *sample(rng, 1000, classes=3))
    assert dropped.per_class[3] == 0
    assert dropped.accuracy < good.accuracy


def test_dead_features_and_few_samples_do_no_harm():
    rng = np.random.default_rng(0)
    real, fake = sample(rng, 500), sample(rng, 20)

    def widened(x):
        return np.concatenate([x, np.ones((len(x), 30))], axis=1)

    expected = classification_accuracy_score(*real, *fake)
    assert classification_accuracy_score(widened(real[0]), real[1], widened(fake[0]), fake[1]) == expected


def test_refuses():
    x, labels = np.zeros((4, 2)), np.array([0, 0, 1, 1])
    with pytest.raises(UserError) as error:
        classification_accuracy_score(x, labels, x, np.ones(4, int))
    assert error.value.received == "only class 1"
    with pytest.raises(UserError) as error:
        classification_accuracy_score(x, labels * 1.0, x, labels)
    assert "float64" in error.value.received
    with pytest.raises(UserError) as error:
        classification_accuracy_score(x, labels, x, labels, penalty=0)
    assert "penalty" in error.value.expected
