import numpy as np
import tensorflow as tf

from tests.derivatives import check_second_derivatives
from tfgan_course.layers import AdaIN


def styled(equalized: bool = True) -> tuple[AdaIN, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x, w = (rng.normal(1, 2, shape).astype(np.float32) for shape in ((3, 6, 5, 4), (3, 7)))
    layer = AdaIN(equalized)
    layer([x, w])
    return layer, x, w


def test_outputs_have_the_styles_mean_and_deviation():
    layer, x, w = styled()
    kernel, bias = layer.get_weights()
    np.testing.assert_array_equal(bias, [1, 1, 1, 1, 0, 0, 0, 0])
    style = w @ kernel / np.sqrt(7) + bias
    y = layer([x, w]).numpy()
    np.testing.assert_allclose(y.std((1, 2)), np.abs(style[:, :4]), rtol=1e-4)
    np.testing.assert_allclose(y.mean((1, 2)), style[:, 4:], atol=1e-5)


def test_is_the_equation():
    layer, x, w = styled(equalized=False)
    kernel, bias = layer.get_weights()
    assert kernel.std() < 0.05
    scale, shift = np.split((w @ kernel + bias)[:, None, None], 2, axis=-1)
    mean, deviation = x.mean((1, 2), keepdims=True), x.std((1, 2), keepdims=True)
    np.testing.assert_allclose(layer([x, w]), scale * (x - mean) / deviation + shift, rtol=1e-4, atol=1e-5)


def test_each_image_is_normalized_by_itself_and_a_flat_one_stays_finite():
    layer, x, w = styled()
    np.testing.assert_allclose(layer([x[1:2], w[1:2]])[0], layer([x, w])[1], atol=1e-5)
    flat = tf.ones([3, 6, 5, 4])
    with tf.GradientTape() as tape:
        tape.watch(flat)
        y = layer([flat, w])
    assert np.isfinite(y).all()
    assert np.isfinite(tape.gradient(y, flat)).all()


def test_has_second_derivatives():
    layer, _, w = styled()
    check_second_derivatives(lambda x: layer([x, tf.constant(w[:1])]), (1, 4, 4, 4))
