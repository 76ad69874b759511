import numpy as np
import pytest
import tensorflow as tf

from tests.derivatives import check_second_derivatives
from tfgan_course.layers import Blur, BlurDownsampling, BlurUpsampling

PLANE = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64


def impulse(size: int, row: int, column: int) -> np.ndarray:
    x = np.zeros((1, size, size, 2), np.float32)
    x[0, row, column, 1] = 1
    return x


def test_an_impulse_answers_with_the_outer_product():
    y = Blur(padding=2)(impulse(9, 4, 3)).numpy()
    assert y.shape == (1, 10, 10, 2)
    expected = np.zeros((10, 10))
    expected[3:7, 2:6] = PLANE
    np.testing.assert_allclose(y[0, :, :, 1], expected, atol=1e-7)
    np.testing.assert_array_equal(y[0, :, :, 0], 0)
    y = BlurUpsampling()(impulse(6, 3, 2)).numpy()
    expected = np.zeros((12, 12))
    expected[5:9, 3:7] = 4 * PLANE
    np.testing.assert_allclose(y[0, :, :, 1], expected, atol=1e-7)


@pytest.mark.parametrize("size", [(8, 8), (4, 6)])
def test_all_three_are_the_filter_written_out(size):
    x = np.random.default_rng(0).normal(size=(2, *size, 3)).astype(np.float32)

    def filtered(x: np.ndarray, before: int, after: int) -> np.ndarray:
        padded = np.pad(x, [(0, 0), (before, after), (before, after), (0, 0)])
        height, width = padded.shape[1] - 3, padded.shape[2] - 3
        return sum(
            PLANE[i, j] * padded[:, i : i + height, j : j + width] for i in range(4) for j in range(4)
        )  # symmetric, so no flip

    np.testing.assert_allclose(Blur(1, gain=4)(x), 4 * filtered(x, 1, 1), atol=1e-5)
    np.testing.assert_allclose(BlurDownsampling()(x), filtered(x, 1, 1)[:, ::2, ::2], atol=1e-5)
    zeros = np.zeros((2, 2 * size[0], 2 * size[1], 3), np.float32)
    zeros[:, ::2, ::2] = x
    np.testing.assert_allclose(BlurUpsampling()(x), 4 * filtered(zeros, 2, 1), atol=1e-5)


def test_brightness_stays_inside():
    x = np.full((1, 8, 8, 1), 0.7, np.float32)
    for layer in (Blur(2), BlurUpsampling(), BlurDownsampling()):
        np.testing.assert_allclose(layer(x).numpy()[0, 2:-2, 2:-2], 0.7, rtol=1e-6)


@pytest.mark.parametrize("layer", [Blur(1), BlurUpsampling(), BlurDownsampling()])
def test_has_second_derivatives(layer):
    check_second_derivatives(layer, (1, 4, 4, 2))
    assert layer.compute_output_shape((None, 4, 4, 2))[1:] == layer(tf.zeros([1, 4, 4, 2])).shape[1:]
