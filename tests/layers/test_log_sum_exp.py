import numpy as np
from tensorflow import keras

from tfgan_course.layers import LogSumExp


def test_equals_numpy_and_keeps_the_axis():
    x = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    np.testing.assert_allclose(LogSumExp()(x), np.log(np.exp(x).sum(-1, keepdims=True)), rtol=1e-6)
    inputs = keras.Input((7,))
    assert tuple(keras.Model(inputs, LogSumExp()(inputs)).output_shape) == (None, 1)


def test_huge_logits_stay_finite():
    x = np.array([[1000.0, 1000.0], [-1000.0, -1001.0]], np.float32)
    np.testing.assert_allclose(LogSumExp()(x)[:, 0], [1000 + np.log(2), -1000 + np.log1p(np.exp(-1))], rtol=1e-6)


def test_is_computed_in_float32_in_a_bfloat16_network():
    # 8 + log(2) is 8.693 in float32; bfloat16 has steps of 1/16 there.
    x = np.full((1, 2), 8.0, np.float32)
    np.testing.assert_allclose(LogSumExp(dtype="mixed_bfloat16")(x), [[8 + np.log(2)]], rtol=1e-6)
