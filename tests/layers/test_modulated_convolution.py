import numpy as np
import pytest
import tensorflow as tf

from tests.derivatives import check_second_derivatives
from tfgan_course.layers import ModulatedConv2D, ModulatedConv2DTranspose


def built(layer, batch: int = 4, channels: int = 6, size: int = 5, w_size: int = 7):
    rng = np.random.default_rng(0)
    x, w = (rng.normal(size=shape).astype(np.float32) for shape in ((batch, size, size, channels), (batch, w_size)))
    layer([x, w])
    return layer, x, w


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("equalized", [True, False])
@pytest.mark.parametrize("layer", [ModulatedConv2D, ModulatedConv2DTranspose])
def test_equals_a_convolution_with_its_own_kernel_for_each_image(layer, equalized, demodulate):
    layer, x, w = built(layer(3, 3, demodulate=demodulate, equalized=equalized))
    kernel, style_kernel, style_bias = layer.get_weights()
    if equalized:
        kernel, style_kernel = kernel / np.sqrt(9 * 6), style_kernel / np.sqrt(7)
    outputs = []
    for image, style in zip(x, w @ style_kernel + style_bias, strict=True):
        own = kernel * style[None, None, :, None]
        if demodulate:
            own = own / np.sqrt(np.square(own).sum((0, 1, 2)) + 1e-8)
        if isinstance(layer, ModulatedConv2DTranspose):
            own = own.transpose(0, 1, 3, 2)
            outputs.append(tf.nn.conv2d_transpose(image[None], own, [1, 11, 11, 3], 2, "VALID")[0])
        else:
            outputs.append(tf.nn.conv2d(image[None], own, 1, "SAME")[0])
    np.testing.assert_allclose(layer([x, w]), outputs, atol=1e-5)


def test_outputs_have_variance_one_for_unit_variance_inputs_whatever_the_style():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(32, 16, 16, 32)).astype(np.float32), rng.normal(size=(32, 8)).astype(np.float32) * 3
    y = ModulatedConv2D(64)([x, w]).numpy()[:, 1:-1, 1:-1]  # zeros beyond the edge have less
    assert abs(y.var() - 1) < 0.03
    assert abs(y.var((0, 1, 2)) - 1).max() < 0.1
    assert abs(y.var((1, 2, 3)) - 1).max() < 0.1


def test_transposed_sizes():
    x, w = tf.zeros([2, 4, 4, 3]), tf.zeros([2, 5])
    for padding, size in (("same", 8), ("valid", 10)):
        layer = ModulatedConv2DTranspose(2, 4, padding)
        assert layer([x, w]).shape == (2, size, size, 2)
        assert layer.compute_output_shape([(None, 4, 4, 3), (None, 5)]) == (None, size, size, 2)


def test_has_second_derivatives_in_image_and_style():
    layer, x, w = built(ModulatedConv2D(3), batch=1)
    check_second_derivatives(lambda x: layer([x, tf.constant(w)]), (1, 5, 5, 6))
    check_second_derivatives(lambda w: layer([tf.constant(x), w]), (1, 7))
