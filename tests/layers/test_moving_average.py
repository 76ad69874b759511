import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers import MovingAverage


def test_moves_by_the_batch_mean_in_training_alone_and_changes_nothing():
    layer = MovingAverage(decay=0.75)
    x = tf.constant([[1.0, 2.0], [3.0, 6.0]])
    np.testing.assert_array_equal(layer(x, training=False), x)
    np.testing.assert_array_equal(layer.average, [0, 0])
    np.testing.assert_array_equal(layer(x, training=True), x)
    np.testing.assert_allclose(layer.average, [0.5, 1.0])  # a quarter of (2, 4)
    layer(2 * x, training=True)
    np.testing.assert_allclose(layer.average, [0.75 * 0.5 + 0.25 * 4, 0.75 * 1 + 0.25 * 8])
    assert not layer.trainable_weights


def test_is_float32_whatever_the_policy():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    layer = MovingAverage()
    assert layer(tf.ones([2, 3], tf.bfloat16), training=True).dtype == tf.float32
    assert layer.weights[0].dtype == "float32"
