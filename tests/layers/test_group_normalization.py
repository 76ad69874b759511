import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers import Clip, GroupNormalization


@pytest.mark.parametrize(("per_channel", "axes"), [(False, (1, 2, 3)), (True, (1, 2))])
def test_equals_numpy(per_channel, axes):
    x = np.random.default_rng(0).normal(3, 2, (2, 5, 4, 3)).astype(np.float32)
    layer = GroupNormalization(per_channel)
    layer.build(x.shape)
    layer.set_weights([np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.5, 1.0])])
    normalized = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)
    np.testing.assert_allclose(layer(x), normalized * [1, 2, 3] + [0, 0.5, 1], rtol=1e-4, atol=1e-5)


def test_without_gains_and_biases_it_only_normalizes():
    x = np.random.default_rng(0).normal(3, 2, (2, 5, 4, 3)).astype(np.float32)
    layer = GroupNormalization(per_channel=True, affine=False)
    expected = (x - x.mean((1, 2), keepdims=True)) / np.sqrt(x.var((1, 2), keepdims=True) + 1e-5)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-5)
    assert layer.weights == []
    assert not keras.layers.deserialize(keras.layers.serialize(layer)).affine


@pytest.mark.parametrize("per_channel", [False, True])
def test_second_derivatives_equal_finite_differences_of_the_first(per_channel):
    """Keras's layer fails this: tf.nn.moments takes the mean for a constant."""
    rng = np.random.default_rng(0)
    x, direction, weights = (rng.normal(size=(1, 3, 3, 2)) for _ in range(3))
    layer = GroupNormalization(per_channel)
    layer.build(x.shape)

    def gradient(point):
        point = tf.constant(point, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(point)
            output = tf.reduce_sum(layer(point) ** 3 * tf.constant(weights, tf.float32))
        return tape.gradient(output, point)

    point = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(point)
        along = tf.reduce_sum(gradient(point) * tf.constant(direction, tf.float32))
    # The Hessian is symmetric: the gradient of (gradient . direction) is the gradient's change along the direction.
    difference = (gradient(x + 1e-2 * direction) - gradient(x - 1e-2 * direction)) / 2e-2
    np.testing.assert_allclose(tape.gradient(along, point), difference, rtol=2e-2, atol=2e-2)


def test_round_trip_and_precision():
    layer = GroupNormalization(True, 1e-3, gamma_constraint=Clip(0.5), dtype="mixed_bfloat16")
    again = GroupNormalization.from_config(layer.get_config())
    assert again.per_channel
    assert again.epsilon == 1e-3
    assert again.gamma_constraint.limit == 0.5
    assert layer(tf.zeros([2, 4, 4, 3], tf.bfloat16)).dtype == tf.bfloat16
    assert all(weight.dtype == np.float32 for weight in layer.get_weights())
    assert keras.layers.deserialize(keras.layers.serialize(layer)).per_channel
