import numpy as np
import pytest
import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.losses import Hinge, LeastSquares, Minimax, NonSaturating, Wasserstein

REAL = np.array([[2.0], [-0.5], [0.3]], np.float32)
FAKE = np.array([[-1.0], [0.7], [3.0]], np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x.astype(np.float64)))


# Each row written down from its paper's formula, in NumPy.
BY_HAND = [
    (
        NonSaturating(),
        -np.log(sigmoid(REAL)).mean() - np.log(1 - sigmoid(FAKE)).mean(),
        -np.log(sigmoid(FAKE)).mean(),
    ),
    (
        Minimax(),
        -np.log(sigmoid(REAL)).mean() - np.log(1 - sigmoid(FAKE)).mean(),
        np.log(1 - sigmoid(FAKE)).mean(),
    ),
    (LeastSquares(), ((REAL - 1) ** 2).mean() / 2 + (FAKE**2).mean() / 2, ((FAKE - 1) ** 2).mean() / 2),
    (
        LeastSquares("pearson_chi2"),
        ((REAL - 1) ** 2).mean() / 2 + ((FAKE + 1) ** 2).mean() / 2,
        (FAKE**2).mean() / 2,
    ),
    (
        LeastSquares((0.1, 0.9, 0.7)),
        ((REAL - 0.9) ** 2).mean() / 2 + ((FAKE - 0.1) ** 2).mean() / 2,
        ((FAKE - 0.7) ** 2).mean() / 2,
    ),
    (Wasserstein(), FAKE.mean() - REAL.mean(), -FAKE.mean()),
    (Hinge(), np.maximum(0, 1 - REAL).mean() + np.maximum(0, 1 + FAKE).mean(), -FAKE.mean()),
]


@pytest.mark.parametrize(("loss", "critic", "generator"), BY_HAND)
def test_equals_the_papers_formula(loss, critic, generator):
    np.testing.assert_allclose(loss.critic(tf.constant(REAL), tf.constant(FAKE)), critic, rtol=1e-6)
    np.testing.assert_allclose(loss.generator(tf.constant(FAKE)), generator, rtol=1e-6)


def test_saturating_generator_gradient_vanishes_where_the_critic_is_sure():
    fake = tf.constant([-20.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(fake)
        saturating, flipped = Minimax().generator(fake), NonSaturating().generator(fake)
    assert abs(tape.gradient(saturating, fake)[0]) < 1e-6
    np.testing.assert_allclose(tape.gradient(flipped, fake), [-1.0], atol=1e-6)


@pytest.mark.parametrize("loss", [NonSaturating(), Minimax(), LeastSquares(), Hinge()])
def test_stays_finite_for_huge_scores(loss):
    huge = tf.constant([1e4, -1e4])
    assert np.isfinite(loss.critic(huge, huge))
    assert np.isfinite(loss.generator(huge))


def test_thresholds():
    assert LeastSquares("zero_one").threshold(REAL, FAKE) == 0.5
    assert LeastSquares("pearson_chi2").threshold(REAL, FAKE) == 0.0
    np.testing.assert_allclose(Wasserstein().threshold(REAL, FAKE), (0.6 + 0.9) / 2, rtol=1e-6)


@pytest.mark.parametrize("labels", ["chi", (1.0, 0.0, 1.0)])
def test_refuses_labels_that_make_no_sense(labels):
    with pytest.raises(UserError, match="labels"):
        LeastSquares(labels)
