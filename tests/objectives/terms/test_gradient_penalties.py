import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.objectives.pair import Batch, Pair
from tfgan_course.objectives.terms import DRAGAN, R1, R2, GradientPenalty
from tfgan_course.objectives.terms.gradient_penalties import squared_gradient_norms
from tfgan_course.randomness import Draws


def linear_gan(slope: np.ndarray) -> GAN:
    """Return a GAN whose critic's score is slope . image, so its gradient is the slope everywhere."""
    critic = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1, use_bias=False)])
    critic.set_weights([slope.reshape(64, 1)])
    return GAN(tiny.generator(), critic)


def listen(monkeypatch, gan):
    """Return a list to which the images that the critic judges are added."""
    asked, judge = [], gan.judge

    def asked_judge(batch, **how):
        asked.append(batch.images.numpy())
        return judge(batch, **how)

    monkeypatch.setattr(gan, "judge", asked_judge)
    return asked


def pair(gan: GAN) -> Pair:
    rng = np.random.default_rng(1)
    real, fake = (tf.constant(rng.uniform(-1, 1, (6, 8, 8, 1)), tf.float32) for _ in range(2))
    return Pair(gan, Batch(real), Batch(fake), Draws(0, tf.constant(0, tf.int64), "critic_0"))


@pytest.mark.parametrize("norm", [0.25, 1.0, 3.0])
def test_on_a_linear_critic_every_penalty_is_known(norm):
    slope = np.random.default_rng(0).normal(size=64).astype(np.float32)
    gan = linear_gan(slope * norm / np.linalg.norm(slope))
    expected = {
        GradientPenalty(): (norm - 1) ** 2,
        GradientPenalty(one_sided=True): max(0, norm - 1) ** 2,
        DRAGAN(): (norm - 1) ** 2,
        R1(): norm**2 / 2,
        R2(): norm**2 / 2,
    }
    for term, value in expected.items():
        np.testing.assert_allclose(term(pair(gan)), value, rtol=1e-4, atol=1e-6, err_msg=term.name)


def test_norms_equal_finite_differences():
    critic = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 4, 2, activation="tanh"), keras.layers.Flatten(),
         keras.layers.Dense(1)]
    )  # fmt: skip
    gan = GAN(tiny.generator(), critic)
    image = np.random.default_rng(0).uniform(-1, 1, (1, 8, 8, 1)).astype(np.float32)
    bumps = 1e-2 * np.eye(64, dtype=np.float32).reshape(64, 8, 8, 1)
    gradient = (critic(image + bumps) - critic(image - bumps)).numpy() / 2e-2
    shown = Pair(gan, Batch(image), Batch(image), Draws(0, tf.constant(0), "critic_0"))
    norms = squared_gradient_norms(shown, Batch(tf.constant(image)))
    np.testing.assert_allclose(norms[0], (gradient**2).sum(), rtol=1e-3)


@pytest.mark.parametrize("term", [R1(), R2(), GradientPenalty(), DRAGAN()], ids=lambda term: term.name)
def test_gradients_in_the_critics_weights_equal_finite_differences(term):
    """A penalty trains the critic only through second derivatives; other tests would not notice their loss."""
    critic = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 4, 2, activation="tanh"), keras.layers.Flatten(),
         keras.layers.Dense(1)]
    )  # fmt: skip
    gan = GAN(tiny.generator(), critic)
    start = [np.random.default_rng(2).normal(size=weight.shape, scale=0.5) for weight in critic.trainable_weights]
    direction = [np.random.default_rng(3).normal(size=weight.shape) for weight in start]

    def penalty(step: float = 0.0) -> tf.Tensor:
        critic.set_weights([weight + step * along for weight, along in zip(start, direction, strict=True)])
        return term(pair(gan))

    difference = (penalty(1e-3) - penalty(-1e-3)) / 2e-3
    with tf.GradientTape() as tape:
        value = penalty()
    *gradients, last_bias = tape.gradient(value, critic.trainable_variables)
    assert last_bias is None or not np.any(last_bias)  # the score's constant has no slope
    along = sum(float(tf.reduce_sum(gradient * part)) for gradient, part in zip(gradients, direction, strict=False))
    assert abs(along) > 1e-2
    np.testing.assert_allclose(along, difference, rtol=1e-2)


def where_asked(term, monkeypatch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    gan = linear_gan(np.ones(64, np.float32))
    asked = listen(monkeypatch, gan)
    shown = pair(gan)
    term(shown)
    return asked[0], shown.real.images.numpy(), shown.fake.images.numpy()


def test_each_penalty_is_taken_where_its_paper_says(monkeypatch):
    points, real, fake = where_asked(GradientPenalty(), monkeypatch)
    mix = np.sum((points - fake) * (real - fake), axis=(1, 2, 3)) / np.sum((real - fake) ** 2, axis=(1, 2, 3))
    # One mixing number an image, between 0 and 1, differing among images.
    np.testing.assert_allclose(points, fake + mix[:, None, None, None] * (real - fake), atol=1e-5)
    assert mix.min() >= 0
    assert mix.max() <= 1
    assert np.ptp(mix) > 0.1
    np.testing.assert_array_equal(*where_asked(R1(), monkeypatch)[:2])
    points, _, fake = where_asked(R2(), monkeypatch)
    np.testing.assert_array_equal(points, fake)
    points, real, _ = where_asked(DRAGAN(noise=0.5), monkeypatch)
    noise = (points - real) / np.std(real)
    assert np.abs(noise).max() <= 0.25
    assert np.abs(noise.mean()) < 5 * 0.5 / np.sqrt(12 * noise.size)


def test_penalty_of_a_flat_critic_has_a_finite_gradient():
    gan = linear_gan(np.zeros(64, np.float32))
    with tf.GradientTape() as tape:
        penalty = GradientPenalty()(pair(gan))
    assert np.isfinite(tape.gradient(penalty, gan.critic.trainable_variables)[0]).all()


def test_the_mixing_numbers_are_uniform(monkeypatch):
    gan = linear_gan(np.ones(64, np.float32))
    asked = listen(monkeypatch, gan)
    count = 20_000
    ones = tf.ones([count, 8, 8, 1])
    GradientPenalty()(Pair(gan, Batch(ones), Batch(0 * ones), Draws(0, tf.constant(0, tf.int64), "critic_0")))
    mix = np.sort(asked[0][:, 0, 0, 0])
    # Kolmogorov and Smirnov's distance from the uniform distribution, at its 1e-4 level.
    assert np.abs(mix - np.arange(count) / count).max() < 2.23 / np.sqrt(count)
