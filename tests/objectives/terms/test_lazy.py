import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.models import MappingNetwork, SimpleCritic, SimpleGenerator
from tfgan_course.objectives.pair import Batch, Pair
from tfgan_course.objectives.terms import R1, FeatureMatching, GradientAveraging, GradientPenalty, Lazy, PathLength
from tfgan_course.randomness import Draws

EVERY = 3


def gan(*critic_terms, generator_terms=(), **options) -> GAN:
    generator = SimpleGenerator(width=4, depth=1, mapping=MappingNetwork(1, 6)).build((8, 8, 1), 5)
    critic = SimpleCritic(width=5, depth=1).build((8, 8, 1))
    critic.set_weights([10 * weight for weight in critic.get_weights()])
    return GAN(generator, critic, critic_terms=critic_terms, generator_terms=generator_terms, **options)


def pair(gan: GAN, step: int) -> Pair:
    draws = Draws(0, tf.constant(step, tf.int64), "generator")
    images = tf.constant(tiny.images(6), tf.float32) / 127.5 - 1
    latents = tf.random.stateless_normal((6, 5), (0, 0))
    return Pair(gan, Batch(images), Batch(gan.generator(latents), None, latents), draws)


@pytest.mark.parametrize("term", [R1, PathLength])
def test_gradients_of_lazy_and_eager_schedules_agree_in_expectation(term):
    generator = term is PathLength
    lazy, eager = Lazy(term(weight=1.0), EVERY), term(weight=1.0)
    of = gan(generator_terms=[lazy, eager]) if generator else gan(lazy, eager)
    variables = (of.generator if generator else of.critic).trainable_variables

    @tf.function
    def gradients(which, step):
        with tf.GradientTape() as tape:
            shown = pair(of, step)
            if which is eager:  # the same noise
                shown.draws = Draws(0, tf.constant(0, tf.int64), "generator").part()
            else:
                shown.draws = Draws(0, tf.constant(0, tf.int64), "generator")
                shown.draws.step = tf.constant(step, tf.int64)
            value = which(shown)
        return value, tape.gradient(value, variables)

    exact_value, exact = gradients(eager, 0)
    steps = [gradients(lazy, step) for step in range(EVERY)]
    assert [bool(value > 0) for value, _ in steps] == [True] + [False] * (EVERY - 1)
    np.testing.assert_allclose(np.mean([value for value, _ in steps]), exact_value, rtol=1e-5)
    for index, gradient in enumerate(exact):
        if gradient is None:
            assert steps[0][1][index] is None
            continue
        mean = np.mean([found[index] for _, found in steps], axis=0)
        np.testing.assert_allclose(mean, gradient, rtol=1e-4, atol=1e-6 * np.abs(gradient).max() + 1e-9)


def test_between_nothing_is_computed_and_the_log_holds_the_last_value():
    computed = tf.Variable(0)

    class Counting(GradientPenalty):
        def __call__(self, pair):
            computed.assign_add(1)
            return super().__call__(pair)

    of = gan(Lazy(Counting(), EVERY))
    assert list(of.critic_terms) == ["counting"]
    assert of.critic_terms["counting"].per_image
    batches = iter(tiny.batches(16, 16).repeat())
    logs, step = [], tf.function(of._distributed_step)
    for _ in range(2 * EVERY):
        logs.append(float(step(next(batches))["counting"]))
    assert computed.numpy() == 2
    assert len(set(logs[:EVERY])) == len(set(logs[EVERY:])) == 1
    assert logs[0] != logs[EVERY]
    assert min(logs) > 0


def test_is_the_same_compiled_and_not_and_leaves_other_terms_their_numbers():
    def trained(compiled: bool, *terms) -> list[np.ndarray]:
        tf.keras.utils.set_random_seed(0)
        of = gan(*terms, generator_terms=[Lazy(FeatureMatching(), 2), Lazy(PathLength(), EVERY)])
        step = tf.function(of._distributed_step) if compiled else of._distributed_step
        for batch in tiny.batches(64, 16):
            step(batch)
        return tiny.weights(of.critic) + tiny.weights(of.generator)

    results = [trained(compiled, Lazy(GradientPenalty(), EVERY), GradientPenalty()) for compiled in (True, False)]
    for first, second in zip(*results, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-6)


def test_refuses_what_cannot_be():
    with pytest.raises(UserError, match="every"):
        Lazy(R1(), 0)
    with pytest.raises(UserError, match="GradientAveraging"):
        Lazy(GradientAveraging())
    with pytest.raises(UserError, match="generator"):
        gan(Lazy(PathLength()))
