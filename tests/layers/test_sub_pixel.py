import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers import SubPixel


def test_each_pixel_comes_from_its_own_channel():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 8)).astype(np.float32)
    y = SubPixel()(x).numpy()
    assert y.shape == (2, 6, 8, 2)
    for i in (0, 1):
        for j in (0, 1):
            np.testing.assert_array_equal(y[:, i::2, j::2], x[..., (2 * i + j) * 2 : (2 * i + j) * 2 + 2])


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_model_of_unknown_size_has_gradients_in_each_precision(policy):
    model = keras.Sequential([keras.Input((None, None, 4)), SubPixel(dtype=policy)])
    assert tuple(model.output_shape) == (None, None, None, 1)
    x = tf.ones([1, 2, 3, 4])
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(model(x))
    np.testing.assert_array_equal(tape.gradient(total, x), np.ones([1, 2, 3, 4]))
