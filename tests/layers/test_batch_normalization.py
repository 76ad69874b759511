import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers import BatchNormalization


def test_training_equals_numpy_and_moves_the_statistics():
    x = np.random.default_rng(0).normal(3, 2, (4, 5, 4, 3)).astype(np.float32)
    layer = BatchNormalization(momentum=0.9, epsilon=1e-3)
    layer.build(x.shape)
    gamma, beta = np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.5, 1.0])
    layer.set_weights([gamma, beta, np.ones(3), np.full(3, 2.0)])
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    expected = (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    np.testing.assert_allclose(layer(x, training=True), expected, rtol=1e-4, atol=1e-5)
    unbiased = variance * 80 / 79
    np.testing.assert_allclose(layer.get_weights()[2], 0.9 + 0.1 * mean, rtol=1e-5)
    np.testing.assert_allclose(layer.get_weights()[3], 1.8 + 0.1 * unbiased, rtol=1e-5)


def test_inference_equals_keras():
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 3)).astype(np.float32)
    ours, keras_layer = BatchNormalization(), keras.layers.BatchNormalization()
    ours(x, training=True)
    keras_layer.build(x.shape)
    keras_layer.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(x, training=False), keras_layer(x, training=False), rtol=1e-5, atol=1e-6)


def test_second_derivatives_equal_finite_differences_of_the_first():
    """Keras 3's layer fails this: tf.nn.moments takes the mean for a constant."""
    rng = np.random.default_rng(0)
    x, direction, weights = (rng.normal(size=(2, 3, 3, 2)) for _ in range(3))
    layer = BatchNormalization()
    layer.build(x.shape)

    def gradient(point):
        point = tf.constant(point, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(point)
            output = tf.reduce_sum(layer(point, training=True) ** 3 * tf.constant(weights, tf.float32))
        return tape.gradient(output, point)

    point = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(point)
        along = tf.reduce_sum(gradient(point) * tf.constant(direction, tf.float32))
    difference = (gradient(x + 1e-2 * direction) - gradient(x - 1e-2 * direction)) / 2e-2
    np.testing.assert_allclose(tape.gradient(along, point), difference, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("options", [{"center": False}, {"scale": False}])
def test_without_gain_or_bias(options):
    x = np.random.default_rng(0).normal(size=(8, 2, 2, 3)).astype(np.float32)
    y = BatchNormalization(**options)(x, training=True).numpy()
    np.testing.assert_allclose(y.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(y.std((0, 1, 2)), 1, atol=2e-2)


def test_frozen_it_uses_what_it_knows():
    layer = BatchNormalization(trainable=False)
    x = tf.constant(np.random.default_rng(0).normal(size=(8, 2, 2, 3)), tf.float32)
    np.testing.assert_allclose(layer(x, training=True), x, rtol=1e-3, atol=1e-3)


def test_precision_and_round_trip():
    layer = BatchNormalization(momentum=0.5, dtype="mixed_bfloat16")
    assert layer(tf.random.normal([2, 4, 4, 3], dtype=tf.bfloat16), training=True).dtype == tf.bfloat16
    assert all(weight.dtype == np.float32 for weight in layer.get_weights())
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert isinstance(again, BatchNormalization)
    assert again.momentum == 0.5
