import numpy as np
import pytest

from tfgan_course.errors import UserError
from tfgan_course.metrics import inception_score


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def naive(probabilities):
    marginal = probabilities.mean(0)
    divergences = [sum(p * np.log(p / q) for p, q in zip(row, marginal, strict=True)) for row in probabilities]
    return np.exp(np.mean(divergences))


def test_equals_the_formula():
    probabilities = softmax(3 * np.random.default_rng(0).normal(size=(60, 5)))
    np.testing.assert_allclose(inception_score(probabilities, splits=1), [naive(probabilities), 0], rtol=1e-10)
    parts = np.split(np.random.default_rng(7).permutation(probabilities), 3)
    scores = [naive(part) for part in parts]
    np.testing.assert_allclose(inception_score(probabilities, 3, seed=7), [np.mean(scores), np.std(scores)], rtol=1e-10)


def test_extremes():
    sure = np.tile(np.eye(4, dtype=np.float32), (50, 1))
    np.testing.assert_allclose(inception_score(sure, splits=1).score, 4, rtol=1e-6)
    assert inception_score(np.full((20, 4), 0.25)).score == pytest.approx(1)
    assert inception_score(np.tile([1.0, 0, 0, 0], (20, 1))).score == pytest.approx(1)


def test_noise_and_dropped_modes_lower_it_and_duplicates_leave_it():
    rng = np.random.default_rng(0)
    logits = 8 * np.eye(5)[rng.integers(5, size=500)] + rng.normal(size=(500, 5))
    clear = inception_score(softmax(logits), splits=1).score
    unsure = [inception_score(softmax(logits / temperature), splits=1).score for temperature in (2, 4)]
    assert clear > unsure[0] > unsure[1]
    kept = softmax(logits[logits.argmax(1) < 3])
    assert inception_score(kept, splits=1).score < 3.1 < clear
    np.testing.assert_allclose(inception_score(softmax(np.tile(logits, (2, 1))), splits=1).score, clear, rtol=1e-9)


def test_images_that_come_class_by_class_are_mixed_before_splitting():
    in_order = np.repeat(np.eye(5), 100, axis=0)
    assert inception_score(in_order, splits=5).score > 4.5


@pytest.mark.parametrize(
    ("probabilities", "splits", "received"),
    [
        (np.array([[2.0, -1.0]]), 1, "values from -1"),
        (np.array([[0.2, 0.2]]), 1, "sums from 0.4 to 0.4"),
        (np.full((3, 2), 0.5), 4, "4"),
        (np.full((3, 2), 0.5), 0, "0"),
        (np.full(3, 0.5), 1, "shape (3,)"),
    ],
)
def test_refuses(probabilities, splits, received):
    with pytest.raises(UserError) as error:
        inception_score(probabilities, splits)
    assert received in error.value.received
