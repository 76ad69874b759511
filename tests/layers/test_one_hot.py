import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers import OneHot


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint8])
def test_rows_of_the_unit_matrix(dtype):
    np.testing.assert_array_equal(OneHot(4)(np.array([3, 0, 0, 2], dtype)), np.eye(4)[[3, 0, 0, 2]])


def test_a_label_outside_of_the_classes_gives_zeros():
    np.testing.assert_array_equal(OneHot(3)(np.array([-1, 3])), np.zeros((2, 3)))


def test_precision_shape_and_round_trip():
    labels = keras.Input((), dtype="int32")
    layer = OneHot(1000, dtype="mixed_bfloat16")
    model = keras.Model(labels, layer(labels))
    assert tuple(model.output_shape) == (None, 1000)
    # Labels are counted, not cast to bfloat16, which knows no 999.
    assert int(tf.argmax(model(np.array([999])), -1)[0]) == 999
    assert OneHot.from_config(layer.get_config()).classes == 1000
