import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests.derivatives import check_second_derivatives
from tfgan_course.layers import Attention, Clip, GatedSum, self_attention


def block(channels: int = 16, **options) -> keras.Model:
    x = keras.Input((3, 4, channels))
    y = self_attention(x, lambda width: keras.layers.Conv2D(width, 1, use_bias=False), **options)
    return keras.Model(x, y)


def test_equals_the_papers_equations_place_by_place():
    rng = np.random.default_rng(0)
    model = block()
    f, g, h = (rng.normal(size=(2, 16)) for _ in range(3))  # an eighth of 16 channels
    v, gamma = rng.normal(size=(16, 2)), 0.7
    # In the order in which they are made; the matrices as kernels of 1x1 convolutions.
    model.set_weights([*(matrix.T[None, None] for matrix in (f, g, h, v)), np.float32(gamma)])
    x = rng.normal(size=(2, 3, 4, 16)).astype(np.float32)
    y = model(x).numpy().reshape(2, 12, 16)
    for image in range(2):
        places = x.reshape(2, 12, 16)[image].astype(np.float64)
        for j in range(12):
            s = [(f @ places[i]) @ (g @ places[j]) for i in range(12)]
            beta = np.exp(s) / np.sum(np.exp(s))
            o = v @ sum(beta[i] * (h @ places[i]) for i in range(12))
            np.testing.assert_allclose(y[image, j], gamma * o + places[j], rtol=1e-4, atol=1e-4)


def test_begins_as_the_identity_and_gamma_learns():
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 3, 4, 16)), tf.float32)
    model = block()
    np.testing.assert_array_equal(model(x), x)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(x) ** 3)
    assert tape.gradient(loss, model.trainable_variables)[-1] != 0


def test_second_derivatives_equal_finite_differences():
    # As f, g and h the same tensor: all three ways at once.
    check_second_derivatives(lambda x: Attention()([0.5 * x, x, x]), (1, 2, 2, 3))


def test_fewer_than_eight_channels_keep_one():
    assert block(channels=3).output_shape == (None, 3, 4, 3)


@pytest.mark.parametrize("layer", [Attention, GatedSum])
def test_precision(layer):
    inputs = [tf.ones([2, 3, 3, 4], tf.bfloat16)] * (3 if layer is Attention else 2)
    assert layer(dtype="mixed_bfloat16")(inputs).dtype == tf.bfloat16


def test_round_trip_and_constraint():
    layer = keras.layers.deserialize(keras.layers.serialize(GatedSum(Clip(0.5))))
    assert layer.gamma_constraint.limit == 0.5
    layer.build([(None, 2), (None, 2)])
    assert layer.gamma.constraint.limit == 0.5
