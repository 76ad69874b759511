import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import Dropout
from tfgan_course.randomness import Draws, drawn_by_layers


def dropped(step: int, layers: int = 1, rate: float = 0.3) -> list[np.ndarray]:
    x = 2 * tf.ones([8, 10, 10, 5])
    with drawn_by_layers(Draws(0, tf.constant(step, tf.int64), "critic_0")):
        return [Dropout(rate)(x, training=True).numpy() for _ in range(layers)]


def test_drops_at_the_rate_and_keeps_the_mean():
    (y,) = dropped(0)
    np.testing.assert_allclose(np.unique(y), [0, 2 / 0.7], rtol=1e-6)
    assert abs((y == 0).mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / y.size)
    # Each activation by itself: no image, place or channel is dropped as a whole.
    for axes in ((1, 2, 3), (0, 3), (0, 1, 2)):
        assert np.ptp((y == 0).mean(axes)) < 0.6
        assert (y == 0).mean(axes).min() > 0


def test_the_mask_is_a_function_of_the_step_and_the_call():
    first, second = dropped(7, layers=2)
    again, _ = dropped(7, layers=2)
    (other_step,) = dropped(8)
    np.testing.assert_array_equal(first, again)
    for other in (second, other_step):
        # Independent masks agree in 0.3^2 + 0.7^2 of all places.
        assert abs(((first == 0) == (other == 0)).mean() - 0.58) < 5 * np.sqrt(0.58 * 0.42 / first.size)


def test_inference_changes_nothing_and_the_gradient_goes_where_the_mask_lets_it():
    x = tf.constant(np.random.default_rng(0).normal(size=(4, 50)), tf.float32)
    np.testing.assert_array_equal(Dropout(0.5)(x), x)
    np.testing.assert_array_equal(Dropout(0.5)(x, training=False), x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = Dropout(0.5)(x, training=True)
    np.testing.assert_array_equal(tape.gradient(y, x), np.where(y.numpy() == 0, 0, 2))


def test_always_drops_in_inference_too_from_the_draws_of_the_caller():
    x = 2 * tf.ones([8, 10, 10, 5])

    def inference(step: int) -> np.ndarray:
        with drawn_by_layers(Draws(0, tf.constant(step, tf.int64), "critic_0")):
            return Dropout(0.3, always=True)(x, training=False).numpy()

    np.testing.assert_array_equal(inference(0), dropped(0)[0])
    np.testing.assert_array_equal(inference(0), inference(0))
    assert (inference(0) != inference(1)).any()
    assert keras.layers.deserialize(keras.layers.serialize(Dropout(0.3, always=True))).always


def test_in_a_model_within_a_function_of_unknown_batch_size():
    model = keras.Sequential([keras.Input((6,)), Dropout(0.5)])
    step = tf.function(lambda x: model(x, training=True), input_signature=[tf.TensorSpec([None, 6])])
    y = step(tf.ones([100, 6])).numpy()
    assert set(y.ravel()) == {0, 2}


def test_precision_and_round_trip():
    layer = Dropout(0.25, dtype="mixed_bfloat16")
    assert layer(tf.ones([2, 4], tf.bfloat16), training=True).dtype == tf.bfloat16
    assert keras.layers.deserialize(keras.layers.serialize(layer)).rate == 0.25


@pytest.mark.parametrize("rate", [1.0, -0.1, True, "half"])
def test_refuses_a_rate_that_cannot_be(rate):
    with pytest.raises(UserError) as error:
        Dropout(rate)
    assert error.value.received == repr(rate)
