import numpy as np
from tensorflow import keras

from tfgan_course.layers import ReflectionPadding


def test_mirrors_the_image_as_numpy_does():
    x = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype(np.float32)
    np.testing.assert_array_equal(ReflectionPadding(3)(x), np.pad(x, [(0, 0), (3, 3), (3, 3), (0, 0)], "reflect"))


def test_keeps_its_border_and_knows_its_shape():
    layer = keras.layers.deserialize(keras.layers.serialize(ReflectionPadding(2)))
    assert layer.border == 2
    assert tuple(keras.Sequential([keras.Input((5, None, 1)), layer]).output_shape) == (None, 9, None, 1)
