import numpy as np
import tensorflow as tf
from tensorflow import keras

from tests.derivatives import check_second_derivatives
from tfgan_course.layers import Clip, LayerNormalization


def test_equals_numpy_with_a_gain_and_a_bias_for_each_activation():
    rng = np.random.default_rng(0)
    x = rng.normal(3, 2, (2, 5, 4, 3)).astype(np.float32)
    gamma, beta = rng.normal(size=(2, 5, 4, 3))
    layer = LayerNormalization()
    layer.build(x.shape)
    layer.set_weights([gamma, beta])
    axes = (1, 2, 3)
    normalized = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)
    np.testing.assert_allclose(layer(x), normalized * gamma + beta, rtol=1e-4, atol=1e-5)


def test_second_derivatives_equal_finite_differences():
    """Keras's layer fails this: tf.nn.moments takes the mean for a constant."""
    check_second_derivatives(LayerNormalization(), (1, 3, 3, 2))


def test_round_trip_and_precision():
    layer = LayerNormalization(1e-3, gamma_constraint=Clip(0.5), dtype="mixed_bfloat16")
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.epsilon == 1e-3
    assert again.gamma_constraint.limit == 0.5
    assert layer(tf.zeros([2, 4, 4, 3], tf.bfloat16)).dtype == tf.bfloat16
    assert all(weight.dtype == np.float32 for weight in layer.get_weights())
