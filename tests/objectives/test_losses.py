import numpy as np
import pytest
import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.objectives.losses import Hinge, LeastSquares, Minimax, NonSaturating, RelativisticPaired, Wasserstein

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


@pytest.mark.parametrize("loss", [row[0] for row in BY_HAND])
def test_each_image_is_judged_by_itself_and_the_critics_loss_is_the_mean(loss):
    each = loss.real(tf.constant(REAL)), loss.fake(tf.constant(FAKE))
    assert each[0].shape == each[1].shape == REAL.shape
    alone = [loss.real(tf.constant(REAL[index : index + 1]))[0, 0] for index in range(3)]
    np.testing.assert_allclose(each[0][:, 0], alone)
    np.testing.assert_allclose(
        loss.critic(tf.constant(REAL), tf.constant(FAKE)), np.mean(each[0]) + np.mean(each[1]), rtol=1e-6
    )


@pytest.mark.parametrize("loss", [row[0] for row in BY_HAND])
def test_the_true_targets_change_nothing_and_flipped_ones_exchange_the_players(loss):
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    ones, zeros = tf.ones_like(real), tf.zeros_like(fake)
    np.testing.assert_allclose(loss.critic(real, fake, (ones, zeros)), loss.critic(real, fake), rtol=1e-6)
    np.testing.assert_allclose(loss.critic(real, fake, (zeros, ones)), loss.critic(fake, real), rtol=1e-6)


def test_soft_targets_are_soft_labels_of_binary_cross_entropy():
    targets = np.array([[0.9], [0.7], [1.0]], np.float32), np.array([[0.0], [0.3], [0.1]], np.float32)
    expected = 0.0
    for score, target in zip((REAL, FAKE), targets, strict=True):
        expected -= (target * np.log(sigmoid(score)) + (1 - target) * np.log(1 - sigmoid(score))).mean()
    found = NonSaturating().critic(tf.constant(REAL), tf.constant(FAKE), tuple(map(tf.constant, targets)))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_soft_target_weakens_a_wasserstein_score():
    # t (-D) + (1 - t) D = (1 - 2 t) D
    targets = tf.constant([[0.9], [0.5], [0.0]]), tf.zeros([3, 1])
    expected = ((1 - 2 * targets[0].numpy()) * REAL).mean() + FAKE.mean()
    np.testing.assert_allclose(Wasserstein().critic(tf.constant(REAL), tf.constant(FAKE), targets), expected, rtol=1e-5)


def test_thresholds():
    assert LeastSquares("zero_one").threshold(REAL, FAKE) == 0.5
    assert LeastSquares("pearson_chi2").threshold(REAL, FAKE) == 0.0
    np.testing.assert_allclose(Wasserstein().threshold(REAL, FAKE), (0.6 + 0.9) / 2, rtol=1e-6)


@pytest.mark.parametrize("labels", ["chi", (1.0, 0.0, 1.0), (0.0, 1.0), (0.0, float("nan"), 1.0)])
def test_refuses_labels_that_make_no_sense(labels):
    with pytest.raises(UserError) as error:
        LeastSquares(labels)
    assert "labels" in error.value.expected
    assert error.value.received == repr(labels)


def test_the_paired_loss_is_the_papers_formula_over_pairs():
    """Jolicoeur-Martineau 2019, section 4.1; score i of a real image stands against score i of a generated one."""
    loss, difference = RelativisticPaired(), REAL - FAKE
    np.testing.assert_allclose(
        loss.critic(tf.constant(REAL), tf.constant(FAKE)), -np.log(sigmoid(difference)).mean(), rtol=1e-6
    )
    np.testing.assert_allclose(
        loss.generator(tf.constant(FAKE), tf.constant(REAL)), -np.log(sigmoid(-difference)).mean(), rtol=1e-6
    )
    # Other pairs of the same scores give another number: the mean scores alone do not decide the loss.
    turned = tf.constant(FAKE[::-1].copy())
    assert abs(float(loss.critic(tf.constant(REAL), turned) - loss.critic(tf.constant(REAL), tf.constant(FAKE)))) > 0.1


def test_the_paired_loss_looks_at_differences_alone():
    loss = RelativisticPaired()
    shifted = loss.critic(tf.constant(REAL + 7), tf.constant(FAKE + 7))
    np.testing.assert_allclose(shifted, loss.critic(tf.constant(REAL), tf.constant(FAKE)), rtol=1e-5)
    np.testing.assert_allclose(loss.threshold(tf.constant(REAL), tf.constant(FAKE)), (REAL.mean() + FAKE.mean()) / 2)
