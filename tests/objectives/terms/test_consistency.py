import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.objectives.pair import Batch, Pair
from tfgan_course.objectives.terms import ConsistencyRegularization
from tfgan_course.randomness import Draws


def shown_to(gan: GAN, count: int = 40) -> Pair:
    """Images whose outermost pixels are 0, so that a shift by one loses nothing."""
    real = np.zeros((count, 8, 8, 1), np.float32)
    real[:, 1:-1, 1:-1] = np.random.default_rng(0).uniform(-1, 1, (count, 6, 6, 1))
    real = tf.constant(real)
    return Pair(gan, Batch(real), Batch(real), Draws(0, tf.constant(0, tf.int64), "critic_0"))


def critic(*layers: keras.layers.Layer) -> keras.Model:
    return keras.Sequential([keras.Input((8, 8, 1)), *layers, keras.layers.Dense(1)])


def test_a_critic_that_flips_and_shifts_cannot_change_costs_nothing():
    gan = GAN(tiny.generator(), critic(keras.layers.GlobalAveragePooling2D()))
    np.testing.assert_allclose(ConsistencyRegularization()(shown_to(gan)), 0.0, atol=1e-10)


def test_is_the_mean_squared_change_of_the_score_under_a_flip_and_a_shift_for_each_image(monkeypatch):
    gan = GAN(tiny.generator(), critic(keras.layers.Flatten()))
    shown, asked, judge = shown_to(gan), [], gan.judge
    monkeypatch.setattr(gan, "judge", lambda batch, **how: asked.append(batch.images) or judge(batch, **how))
    value = ConsistencyRegularization()(shown)
    (changed,) = [images.numpy() for images in asked if images is not shown.real.images]
    scores = gan.critic(shown.real.images).numpy(), gan.critic(changed).numpy()
    np.testing.assert_allclose(value, np.mean((scores[0] - scores[1]) ** 2), rtol=1e-5)
    assert value > 1e-3
    ways = set()
    for image, other in zip(shown.real.images.numpy(), changed, strict=True):
        matching = [
            (flipped, down, right)
            for flipped in (False, True)
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
            if np.allclose(np.roll(image[:, ::-1] if flipped else image, (down, right), (0, 1)), other, atol=1e-6)
        ]
        assert len(matching) == 1
        ways.add(matching[0])
    assert {way[0] for way in ways} == {False, True}
    assert {way[1] for way in ways} == {way[2] for way in ways} == {-1, 0, 1}


def test_both_scores_learn():
    gan = GAN(tiny.generator(), critic(keras.layers.Flatten()))
    shown = shown_to(gan)
    kernel = gan.critic.trainable_variables[0]
    with tf.GradientTape() as tape:
        value = ConsistencyRegularization()(shown)
    gradient = tape.gradient(value, kernel)
    # On a linear critic the term is quadratic in the kernel: Euler's theorem.
    np.testing.assert_allclose(tf.reduce_sum(gradient * kernel), 2 * value, rtol=1e-4)


def test_the_paper_s_weight_and_player():
    assert ConsistencyRegularization().weight == 10
    with pytest.raises(UserError) as error:
        tiny.gan(generator_terms=[ConsistencyRegularization()])
    assert error.value.expected == "ConsistencyRegularization among critic_terms"
