import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfgan_course.gan.latents import Normal, Spherical, Uniform, slerp
from tfgan_course.randomness import Draws


def normal(count, size) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, size)).astype(np.float32)


def test_spherical_latents_have_length_root_n_and_keep_their_direction():
    numbers = normal(1000, 7)
    latents = Spherical().of_normal(tf.constant(numbers)).numpy()
    np.testing.assert_allclose(np.linalg.norm(latents, axis=-1), np.sqrt(7), rtol=1e-6)
    lengths = np.linalg.norm(numbers, axis=-1, keepdims=True)
    np.testing.assert_allclose(latents / np.sqrt(7), numbers / lengths, rtol=1e-5, atol=1e-6)


def test_uniform_latents_are_uniform_in_minus_one_to_one():
    latents = np.sort(Uniform().of_normal(tf.constant(normal(5000, 4))).numpy().ravel())
    assert latents[0] >= -1
    assert latents[-1] <= 1
    # The variance within five standard errors: that of the square of a uniform number is 4 / 45.
    assert abs(latents.var() - 1 / 3) < 5 * np.sqrt(4 / 45 / latents.size)
    # Kolmogorov and Smirnov's distance from the uniform distribution, at its 1e-4 level.
    assert np.abs((latents + 1) / 2 - np.arange(latents.size) / latents.size).max() < 2.23 / np.sqrt(latents.size)


def test_normal_latents_are_the_numbers_themselves():
    numbers = normal(3, 4)
    np.testing.assert_array_equal(Normal().of_normal(tf.constant(numbers)), numbers)


def test_a_gan_trains_on_the_latents_it_is_given():
    gan = tiny.gan(latents=Spherical())
    latents = gan.generate(Draws(0, tf.constant(0, tf.int64), "critic_0"), 16, training=True).latents
    np.testing.assert_allclose(np.linalg.norm(latents, axis=-1), 2.0, rtol=1e-6)


# sin((1 - t) a) / sin(a) start + sin(t a) / sin(a) end, a the angle between them.
@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_slerp_equals_the_papers_formula_for_equal_lengths(share):
    start, end = (
        3.0 * points / np.linalg.norm(points, axis=-1, keepdims=True) for points in np.split(normal(12, 5), 2)
    )
    angle = np.arccos((start * end).sum(-1, keepdims=True) / 9.0)
    expected = np.sin((1 - share) * angle) / np.sin(angle) * start + np.sin(share * angle) / np.sin(angle) * end
    found = slerp(start, end, share).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 3.0, rtol=1e-5)
    # Equal shares of the way are equal angles, which a straight line's points are not.
    walked = np.arccos(np.clip((start * found).sum(-1, keepdims=True) / 9.0, -1, 1))
    np.testing.assert_allclose(walked, share * angle, rtol=1e-3, atol=2e-3)


def test_slerp_goes_from_start_to_end_its_length_changing_evenly():
    start, end = np.array([[2.0, 0.0], [0.0, 1.0]], np.float32), np.array([[0.0, 6.0], [3.0, 0.0]], np.float32)
    np.testing.assert_allclose(slerp(start, end, 0.0), start, atol=1e-6)
    np.testing.assert_allclose(slerp(start, end, 1.0), end, atol=1e-6)
    # A right angle's half, at length 4 and 2.
    np.testing.assert_allclose(slerp(start, end, 0.5), np.array([[4, 4], [2, 2]]) / np.sqrt(2), rtol=1e-6)
    each = slerp(start, end, np.array([[0.0], [1.0]], np.float32))
    np.testing.assert_allclose(each, [start[0], end[1]], atol=1e-6)


@pytest.mark.parametrize("factor", [1.0, 2.0, 1.0 + 1e-7])
def test_slerp_between_parallel_vectors_is_linear(factor):
    start = normal(4, 5)
    found = slerp(start, factor * start, 0.25)
    np.testing.assert_allclose(found, (0.75 + 0.25 * factor) * start, rtol=1e-5)


def test_slerp_between_opposite_vectors_is_finite_and_ends_where_it_should():
    start = normal(4, 5)
    for share, end in ((0.0, start), (1.0, -start)):
        np.testing.assert_allclose(slerp(start, -start, share), end, rtol=1e-4, atol=1e-5)
    assert np.isfinite(slerp(start, -start, 0.5)).all()
