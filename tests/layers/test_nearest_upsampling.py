import numpy as np
import tensorflow as tf

from tests.derivatives import check_second_derivatives
from tfgan_course.layers import NearestUpsampling


def test_every_pixel_becomes_four():
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 4)).astype(np.float32)
    np.testing.assert_array_equal(NearestUpsampling()(x), x.repeat(2, axis=1).repeat(2, axis=2))
    assert NearestUpsampling().compute_output_shape((None, 3, 5, 4)) == (None, 6, 10, 4)


def test_second_derivatives_equal_finite_differences():
    """Keras 2's UpSampling2D has none."""
    check_second_derivatives(NearestUpsampling(), (1, 2, 3, 2))


def test_precision():
    layer = NearestUpsampling(dtype="mixed_bfloat16")
    assert layer(tf.ones([1, 2, 2, 1], tf.bfloat16)).dtype == tf.bfloat16
