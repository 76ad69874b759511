import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course.errors import UserError
from tfgan_course.objectives.label_noise import LabelNoise
from tfgan_course.objectives.losses import LeastSquares, NonSaturating
from tfgan_course.randomness import Draws


def targets(noise: LabelNoise, count: int = 10_000, step: int = 0, shape=(1,)) -> tuple[np.ndarray, np.ndarray]:
    scores = tf.zeros([count, *shape])
    real, fake = noise.targets(scores, scores, Draws(0, tf.constant(step, tf.int64), "critic_0"))
    return real.numpy(), fake.numpy()


def test_the_truth_unless_told_otherwise():
    real, fake = targets(LabelNoise())
    assert (real == 1).all()
    assert (fake == 0).all()


def test_soft_labels_are_uniform_in_their_ranges_and_independent():
    real, fake = targets(LabelNoise(real=(0.7, 1.2), fake=(0.0, 0.3)))
    for labels, low, high in ((real, 0.7, 1.2), (fake, 0.0, 0.3)):
        assert labels.min() >= low
        assert labels.max() <= high
        shares = np.sort((labels.ravel() - low) / (high - low))
        assert np.abs(shares - np.arange(shares.size) / shares.size).max() < 2.23 / np.sqrt(shares.size)
    assert abs(np.corrcoef(real.ravel(), fake.ravel())[0, 1]) < 5 / np.sqrt(real.size)


@pytest.mark.parametrize(("step", "rate"), [(0, 0.2), (50, 0.1), (100, 0.0), (1000, 0.0)])
def test_the_flipped_share_falls_linearly_to_nothing_at_flip_steps(step, rate):
    noise = LabelNoise(real=(0.9, 0.9), fake=(0.2, 0.2), flip_rate=0.2, flip_steps=100)
    for labels, truth in zip(targets(noise, step=step), (0.9, 0.2), strict=True):
        flipped = np.isclose(labels, 1 - truth)
        assert (flipped | np.isclose(labels, truth)).all()
        assert abs(flipped.mean() - rate) <= 5 * np.sqrt(rate * (1 - rate) / labels.size)


def test_without_flip_steps_the_rate_stays():
    real, _ = targets(LabelNoise(flip_rate=0.2), step=10**9)
    assert abs((real == 0).mean() - 0.2) < 5 * np.sqrt(0.16 / real.size)


def test_labels_belong_to_images_also_where_the_critic_gives_a_map_of_scores():
    real, _ = targets(LabelNoise(real=(0.5, 1.0)), count=10, shape=(4, 3, 1))
    assert real.shape == (10, 4, 3, 1)
    assert (real == real[:, :1, :1]).all()
    assert len(np.unique(real)) == 10
    assert targets(LabelNoise(real=(0.5, 1.0)), count=10, shape=())[0].shape == (10,)


def test_labels_repeat_with_the_step_and_differ_between_steps():
    noise = LabelNoise(real=(0.7, 1.2))
    np.testing.assert_array_equal(targets(noise)[0], targets(noise)[0])
    assert not np.isclose(targets(noise)[0], targets(noise, step=1)[0]).all()


def one_step(critic_rate: float, generator_rate: float, **options):
    optimizers = {"critic_optimizer": keras.optimizers.SGD(critic_rate)}
    optimizers["generator_optimizer"] = keras.optimizers.SGD(generator_rate)
    gan = tiny.gan(**optimizers, **options)
    before = tiny.weights(gan.critic)
    return gan, before, tiny.step(gan)


def test_one_sided_smoothing_is_cross_entropy_with_a_soft_label():
    """Salimans et al. 2016, section 3.4: label 0.9 for real images, 0 for generated ones."""
    gan, _, logs = one_step(0.0, 0.0, loss=NonSaturating(), label_noise=LabelNoise(real=(0.9, 0.9)))
    real = gan.critic(tiny.images(16) / np.float32(127.5) - 1).numpy().astype(np.float64)
    draws = Draws(0, tf.constant(0, tf.int64), "critic_0")
    fake = gan.critic(gan.generate(draws, 16, training=True).images).numpy().astype(np.float64)
    p_real, p_fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    expected = -(0.9 * np.log(p_real) + 0.1 * np.log(1 - p_real)).mean() - np.log(1 - p_fake).mean()
    np.testing.assert_allclose(logs["critic_loss"], expected, rtol=1e-5)


def test_a_smoothed_critic_is_surest_at_the_soft_label():
    score = tf.Variable([[0.0]])
    target = tf.constant([[0.9]])
    with tf.GradientTape() as tape:
        score.assign([[np.log(9.0)]])  # the logit of 0.9
        loss = NonSaturating().critic(score, tf.constant([[-50.0]]), (target, 0 * target))
    np.testing.assert_allclose(tape.gradient(loss, score), [[0.0]], atol=1e-6)


def test_least_squares_with_a_soft_label_pulls_to_the_label_between():
    """t (D - b)^2 / 2 + (1 - t) (D - a)^2 / 2 has the gradient of (D - c)^2 / 2 at c = t b + (1 - t) a."""
    real, fake = tf.constant([[0.3], [2.0]]), tf.constant([[-0.7], [0.1]])
    told = tf.constant([[0.9], [0.75]]), tf.constant([[0.2], [0.0]])
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        loss = LeastSquares("pearson_chi2").critic(real, fake, told)
    for score, label, gradient in zip((real, fake), told, tape.gradient(loss, [real, fake]), strict=True):
        between = label * 1.0 + (1 - label) * -1.0
        np.testing.assert_allclose(gradient, (score - between) / 2, rtol=1e-6)  # means over two images


def test_the_generators_loss_is_never_touched():
    weights = []
    for noise in (None, LabelNoise(real=(0.5, 0.6), fake=(0.1, 0.4), flip_rate=0.5)):
        gan, _, _ = one_step(0.0, 0.1, label_noise=noise)
        weights.append(tiny.weights(gan.generator))
    assert tiny.equal(*weights)


def test_flipping_every_other_label_halves_what_a_critic_learns():
    # With half of the labels flipped, a critic that knows nothing learns from neither half: the sum cancels on average.
    moves = []
    for rate in (0.0, 0.5):
        gan, before, _ = one_step(0.1, 0.0, label_noise=LabelNoise(flip_rate=rate))
        moves.append(sum(np.abs(new - old).sum() for new, old in zip(tiny.weights(gan.critic), before, strict=True)))
    assert moves[1] < moves[0]


@pytest.mark.parametrize(
    ("name", "value", "received"),
    [
        ("real", (0.9, 0.7), "[0.9, 0.7]"),
        ("real", (0.7, 0.9, 1.0), "[0.7, 0.9, 1.0]"),
        ("fake", (0.0, float("nan")), "[0.0, nan]"),
        ("flip_rate", 0.6, "0.6"),
        ("flip_rate", -0.1, "-0.1"),
        ("flip_steps", 0, "0"),
    ],
)
def test_refuses_what_cannot_be(name, value, received):
    with pytest.raises(UserError) as error:
        LabelNoise(**{name: value})
    assert name in error.value.expected
    assert error.value.received == received
