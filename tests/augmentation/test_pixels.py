import numpy as np
import tensorflow as tf

from tests.augmentation.test_augmentation import images
from tfgan_course.augmentation.pixels import gather_pixels, recolor


def test_recolor_multiplies_each_color_by_its_image_s_matrix():
    x, matrix = images((4, 3, 5, 3)), images((4, 3, 3))
    shift = np.array([0.0, 1.0, -2.0, 0.5], np.float32)
    expected = [[[matrix[n] @ x[n, i, j] + shift[n] for j in range(5)] for i in range(3)] for n in range(4)]
    np.testing.assert_allclose(recolor(x, matrix, shift[:, None, None]), expected, rtol=1e-5, atol=1e-5)


def test_gather_takes_rows_and_columns_of_the_same_image():
    x = images((2, 3, 5, 1))
    rows, columns = (np.random.default_rng(seed).integers(0, size, (2, 3, 5)) for seed, size in ((0, 3), (1, 5)))
    expected = [[[x[n, rows[n, i, j], columns[n, i, j]] for j in range(5)] for i in range(3)] for n in range(2)]
    np.testing.assert_array_equal(
        gather_pixels(tf.constant(x), tf.constant(rows, tf.int32), tf.constant(columns, tf.int32)), expected
    )
