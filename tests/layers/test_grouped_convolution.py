import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.derivatives import check_second_derivatives
from tfgan_course.layers import GroupedConv2D
from tfgan_course.layers import grouped_convolution as module


@pytest.fixture(params=[True, False], ids=["one operation", "group by group"])
def native(request, monkeypatch):
    """Both forms, whichever this machine would choose."""
    monkeypatch.setattr(module, "has_gradients", lambda: request.param)
    return request.param


@pytest.mark.parametrize(("groups", "outputs", "padding"), [(2, 6, "same"), (4, 4, "valid")])
def test_each_group_is_a_convolution_of_its_own(native, groups, outputs, padding):
    layer = GroupedConv2D(outputs, 3, groups=groups, padding=padding)
    x = np.random.default_rng(0).normal(size=(2, 5, 4, 4)).astype(np.float32)
    y = layer(x)
    kernel, bias = layer.get_weights()
    assert kernel.shape == (3, 3, 4 // groups, outputs)
    parts = zip(np.split(x, groups, -1), np.split(kernel, groups, -1), strict=True)
    by_hand = np.concatenate([tf.nn.conv2d(a, b, 1, padding.upper()) for a, b in parts], -1) + bias
    np.testing.assert_allclose(y, by_hand, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("groups", "outputs"), [(2, 6), (4, 4)])
def test_second_derivatives(native, groups, outputs):
    layer = GroupedConv2D(outputs, 3, groups=groups, padding="same")
    check_second_derivatives(layer, (1, 3, 4, 4), step=1e-3)


def test_where_tensorflow_has_no_gradient_it_is_not_used():
    """Without oneDNN, as on Apple's processors; TensorFlow reads this variable when it is imported."""
    code = (
        "import tensorflow as tf; from tfgan_course.layers import GroupedConv2D as G;"
        "from tfgan_course.layers.grouped_convolution import has_gradients\n"
        "layer, x = G(4, 3, groups=2), tf.ones([1, 4, 4, 4])\n"
        "with tf.GradientTape() as tape: y = layer(x)\n"
        "tape.gradient(y, layer.trainable_variables)\n"
        "assert not has_gradients()"
    )
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": ""}
    process = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert not process.returncode, process.stderr[-2000:]
