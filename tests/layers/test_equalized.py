import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers import EqualizedConv2D, EqualizedDense, PixelNormalization


@pytest.mark.parametrize(
    ("layer", "shape"), [(EqualizedDense(300), (2, 200)), (EqualizedConv2D(64, 3, padding="same"), (2, 8, 8, 32))]
)
def test_effective_weights_have_hes_scale_and_stored_ones_that_of_all_others(layer, shape):
    layer(tf.zeros(shape))
    fan_in = np.prod(layer.kernel.shape[:-1])
    effective, stored = layer.effective_kernel().numpy(), layer.get_weights()[0]
    assert abs(stored.std() - 1) < 5 / np.sqrt(2 * stored.size)
    assert abs(effective.std() - np.sqrt(2 / fan_in)) < 5 * np.sqrt(2 / fan_in) / np.sqrt(2 * stored.size)


@pytest.mark.parametrize(
    ("equalized", "plain", "shape"),
    [
        (EqualizedDense(3, learning_rate=0.1, gain=1.5), keras.layers.Dense(3), (2, 5)),
        (
            EqualizedConv2D(3, 3, strides=2, padding="same", gain=1.5, learning_rate=0.1),
            keras.layers.Conv2D(3, 3, strides=2, padding="same"),
            (2, 6, 6, 4),
        ),
    ],
)
def test_is_keras_layer_with_scaled_weights(equalized, plain, shape):
    x = tf.random.stateless_normal(shape, (0, 0))
    equalized(x), plain(x)
    kernel, bias = equalized.get_weights()
    bias = bias + np.arange(3)
    equalized.set_weights([kernel, bias])
    plain.set_weights([kernel * 0.1 * 1.5 / np.sqrt(np.prod(kernel.shape[:-1])), bias * 0.1])
    np.testing.assert_allclose(equalized(x), plain(x), rtol=1e-4, atol=1e-5)
    # A learning rate of 0.1 starts from weights ten times as large, so that outputs stay as they are.
    assert abs(equalized.get_weights()[0].std() / 10 - 1) < 0.5
    copy = type(equalized).from_config(equalized.get_config())
    copy(x)
    copy.set_weights(equalized.get_weights())
    np.testing.assert_array_equal(copy(x), equalized(x))


def test_pixel_normalization_gives_every_place_a_mean_square_of_one():
    x = np.random.default_rng(0).normal(2, 3, (2, 4, 4, 5)).astype(np.float32)
    y = PixelNormalization()(x).numpy()
    np.testing.assert_allclose(np.square(y).mean(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(y, x / np.sqrt(np.square(x).mean(-1, keepdims=True)), rtol=1e-5)
