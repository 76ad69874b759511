import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.models import MappingNetwork, SimpleGenerator
from tfgan_course.objectives.pair import Batch, Pair
from tfgan_course.objectives.terms import PathLength
from tfgan_course.randomness import Draws


def term_and_gan(**options) -> tuple[PathLength, GAN]:
    generator = SimpleGenerator(width=4, depth=1, mapping=MappingNetwork(1, 6)).build((8, 8, 1), 5)
    term = PathLength(**options)
    return term, GAN(generator, tiny.critic(), generator_terms=[term])


def pair(gan: GAN, count: int = 4) -> Pair:
    latents = tf.random.stateless_normal((count, 5), (1, 0))
    return Pair(gan, Batch(None), Batch(None, None, latents), Draws(0, tf.constant(0, tf.int64), "generator"))


def noise(count: int) -> np.ndarray:
    return Draws(0, tf.constant(0, tf.int64), "generator").normal([count, 8, 8, 1], "path_length").numpy() / 8


def test_lengths_equal_finite_differences():
    term, gan = term_and_gan()
    shown = pair(gan)
    lengths = term.lengths(shown).numpy()
    assert lengths.shape == (2,)  # half of the batch
    space = term._space
    for index, length in enumerate(lengths):
        w = space.mapping(shown.fake.latents)[index].numpy()
        bumps = 1e-2 * np.eye(6, dtype=np.float32)
        images = [space.synthesis((w + sign * bumps)[:, None]).numpy() for sign in (1, -1)]
        jacobian = (images[0] - images[1]).reshape(6, -1) / 2e-2  # (w, pixels)
        np.testing.assert_allclose(length, np.linalg.norm(jacobian @ noise(2)[index].ravel()), rtol=1e-3)


def test_gradients_equal_finite_differences():
    term, gan = term_and_gan(share=1)
    term.average.assign(0.05)
    variables = gan.generator.trainable_variables
    with tf.GradientTape() as tape:
        value = term(pair(gan))
    gradients = [np.array(gradient) if gradient is not None else None for gradient in tape.gradient(value, variables)]
    rng = np.random.default_rng(0)
    for variable, gradient in zip(variables, gradients, strict=True):
        if gradient is None:  # the last bias, which the Jacobian has no part of
            continue
        direction = rng.normal(size=variable.shape).astype(np.float32)
        direction /= np.linalg.norm(direction)
        start, values = np.array(variable), []
        for sign in (1, -1):
            variable.assign(start + sign * 1e-2 * direction)
            values.append(float(term(pair(gan))))
        variable.assign(start)
        np.testing.assert_allclose(
            np.sum(gradient * direction),
            (values[0] - values[1]) / 2e-2,
            rtol=3e-2,
            atol=1e-3 * np.linalg.norm(gradient),
        )


def test_a_linear_synthesis_of_equal_lengths_costs_only_what_the_average_is_off():
    term, gan = term_and_gan(decay=0.5, share=1)
    mean = float(tf.reduce_mean(term.lengths(pair(gan))))
    square = float(tf.reduce_mean(term.lengths(pair(gan)) ** 2))
    np.testing.assert_allclose(term(pair(gan)), square, rtol=1e-5)
    assert float(term.average) == 0
    term.after_update(gan, [])
    np.testing.assert_allclose(term.average, mean / 2, rtol=1e-5)
    np.testing.assert_allclose(term(pair(gan)), square - mean * mean + mean * mean / 4, rtol=1e-4)


def test_refuses_generators_without_w():
    with pytest.raises(UserError, match="mapping"):
        tiny.gan(generator_terms=[PathLength()])
    with pytest.raises(UserError, match="generator"):
        tiny.gan(critic_terms=[PathLength()])
    with pytest.raises(UserError, match="decay"):
        PathLength(decay=0.0)
