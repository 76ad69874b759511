import numpy as np
import tensorflow as tf

from tfgan_course.randomness import Draws


def draws(seed=0, step=0, scope="critic_0"):
    return Draws(seed, tf.constant(step, tf.int64), scope)


def test_equal_keys_draw_equal_numbers_and_any_other_key_others():
    numbers = draws().normal([4, 3], "latents").numpy()
    np.testing.assert_array_equal(numbers, draws().normal([4, 3], "latents"))
    for other in (draws(seed=1), draws(step=1), draws(scope="critic_1")):
        assert not np.isclose(numbers, other.normal([4, 3], "latents")).any()
    assert not np.isclose(numbers, draws().normal([4, 3], "noise")).any()


def test_moments():
    normal = draws().normal([100_000], "n").numpy()
    uniform = draws().uniform([100_000], "u").numpy()
    # Five standard errors.
    assert abs(normal.mean()) < 5 / np.sqrt(1e5)
    assert abs(normal.std() - 1) < 5 / np.sqrt(2e5)
    assert abs(uniform.mean() - 0.5) < 5 * np.sqrt(1 / 12 / 1e5)
    assert uniform.min() >= 0
    assert uniform.max() < 1
