import numpy as np
import tensorflow as tf

from tfgan_course.randomness import Draws, drawn_by_layers, layers_draws


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


def test_each_part_has_numbers_of_its_own_and_the_same_at_each_run_of_the_step():
    def run(step=0):
        whole = draws(step=step)
        first, second = whole.part(), whole.part()
        parts = [whole, first, second, first.part()]
        return np.array([part.normal([100], "noise") for part in parts]), [int(part.step) for part in parts]

    numbers, steps = run(3)
    assert steps == [3] * 4
    np.testing.assert_array_equal(numbers, run(3)[0])
    assert len(np.unique(numbers)) == numbers.size
    assert not np.isclose(numbers, run(4)[0]).any()


def test_taking_a_part_changes_no_number_of_the_whole():
    whole = draws()
    whole.part()
    np.testing.assert_array_equal(whole.normal([5], "noise"), draws().normal([5], "noise"))


def test_layers_draw_other_numbers_at_each_call_and_the_same_at_each_run_of_the_step():
    def run(step: tf.Tensor) -> tf.Tensor:
        with drawn_by_layers(Draws(0, step, "critic_0")):
            return tf.stack([layers_draws().uniform([50], "dropout") for _ in range(3)])

    first = run(tf.constant(0, tf.int64)).numpy()
    assert len(np.unique(first)) == first.size
    np.testing.assert_array_equal(first, run(tf.constant(0, tf.int64)))
    compiled = tf.function(run)
    # Once traced, the numbers still follow the step.
    np.testing.assert_array_equal(first, compiled(tf.constant(0, tf.int64)))
    np.testing.assert_array_equal(run(tf.constant(1, tf.int64)), compiled(tf.constant(1, tf.int64)))
    assert not np.isclose(first, compiled(tf.constant(1, tf.int64))).any()


def test_what_layers_draw_ends_with_the_block_also_after_an_error():
    outer, inner = draws(), draws(scope="critic_1")
    with drawn_by_layers(outer):
        try:
            with drawn_by_layers(inner):
                raise RuntimeError
        except RuntimeError:
            pass
        np.testing.assert_array_equal(layers_draws().normal([3], "n"), draws().part().normal([3], "n"))
    # Outside of a step they are random.
    assert not np.isclose(layers_draws().normal([3], "n"), layers_draws().normal([3], "n")).any()
