import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfgan_course.errors import UserError
from tfgan_course.objectives.pair import CriticOutput
from tfgan_course.objectives.terms import LeCam


def test_equals_numpy_over_several_updates_gradient_included():
    term = LeCam(decay=0.8)
    gan = tiny.gan(critic_terms=[term])
    rng = np.random.default_rng(0)
    seen, averages = [], np.zeros(2)
    for update in range(1, 11):
        real, fake = (rng.normal(mean, 1, (6, 1)).astype(np.float32) for mean in (2 + update / 5, -1 - update / 3))
        seen.append([real.mean(), fake.mean()])
        # A plain mean until it spans as much as a decay of 0.8 does: five updates.
        averages = np.mean(seen, 0) if update <= 5 else 0.8 * averages + 0.2 * np.array(seen[-1])
        shown = tiny.pair(gan)
        scores = [tf.constant(real), tf.constant(fake)]
        with tf.GradientTape() as tape:
            tape.watch(scores)
            shown.real_output, shown.fake_output = map(CriticOutput, scores)
            value = term(shown)
        # Real scores are held near the average of the generated ones', and the other way round.
        expected = ((real - averages[1]) ** 2).mean() + ((fake - averages[0]) ** 2).mean()
        np.testing.assert_allclose(value, expected, rtol=1e-5)
        gradients = tape.gradient(value, scores)
        np.testing.assert_allclose(gradients[0], 2 * (real - averages[1]) / 6, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(gradients[1], 2 * (fake - averages[0]) / 6, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(term.averages, averages, rtol=1e-5)


def test_a_critic_that_says_the_same_of_everything_costs_nothing():
    term = LeCam()
    gan = tiny.gan(critic_terms=[term])
    for _ in range(3):
        shown = tiny.pair(gan)
        shown.real_output = shown.fake_output = CriticOutput(tf.fill([6, 1], 0.7))
        np.testing.assert_allclose(term(shown), 0.0, atol=1e-10)


def test_it_takes_the_critics_own_scores_in_a_step():
    term = LeCam()
    gan = tiny.gan(critic_terms=[term], critic_updates=2)
    logs = tiny.step(gan)
    assert float(term.updates) == 2
    assert np.isfinite(logs["le_cam"])


@pytest.mark.parametrize("decay", [-0.1, 1.0, float("nan")])
def test_refuses_decays_that_cannot_be(decay):
    with pytest.raises(UserError) as error:
        LeCam(decay=decay)
    assert error.value.received == str(decay)


def test_refuses_the_generator():
    with pytest.raises(UserError) as error:
        tiny.gan(generator_terms=[LeCam()])
    assert error.value.expected == "LeCam among critic_terms"
