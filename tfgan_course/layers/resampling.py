"""Twice the size by copying pixels; smoothing with the filter [1, 3, 3, 1], and twice or half the size with it.

What aliasing does to generators and critics, and that this filter mends it: Zhang 2019, arXiv:1904.11486; Karras et al.
2020, arXiv:1912.04958, appendix B. The filter is separable, and each of its directions is a product with a banded
matrix: at 32 to 256 pixels this is little beside the convolutions, it is one operation that a library has fast, and
every derivative of it is another product.
"""

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer

FILTER = np.array([1.0, 3.0, 3.0, 1.0])


def banded(size: int, out: int, first: int, up: int = 1, down: int = 1) -> np.ndarray:
    """The matrix (out, size) of one direction.

    Inputs stand `up` apart with zeros between; output i is the sum of filter[k] times what stands at
    down i + first + k. The filter's sum is `up`, so that brightness stays.
    """
    weights = FILTER * up / FILTER.sum()
    matrix = np.zeros((out, size), np.float32)
    for row in range(out):
        for tap, weight in enumerate(weights):
            place = down * row + first + tap
            if place % up == 0 and 0 <= place // up < size:
                matrix[row, place // up] += weight
    return matrix


class _Filter(Layer):
    """Products with two banded matrices. A subclass says which."""

    def _matrix(self, size: int) -> np.ndarray:
        raise NotImplementedError

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """See the class."""
        _, height, width, channels = inputs.shape
        rows, columns = (tf.constant(self._matrix(size), inputs.dtype) for size in (height, width))
        x = tf.matmul(rows[tf.newaxis], tf.reshape(inputs, [-1, height, width * channels]))
        x = tf.matmul(columns[tf.newaxis], tf.reshape(x, [-1, width, channels]))
        return tf.reshape(x, [-1, rows.shape[0], columns.shape[0], channels])

    def compute_output_shape(self, input_shape):
        """(batch, height, width, channels)."""
        batch, height, width, channels = input_shape
        return (batch, len(self._matrix(height)), len(self._matrix(width)), channels)


@keras.utils.register_keras_serializable(package="tfgan_course")
class Blur(_Filter):
    """Smooths (batch, height, width, channels), edges padded with `padding` zeros: to sizes larger by 2 padding - 3.

    Args:
        padding: 1 behind a transposed 3x3 convolution of stride 2, which makes 2 n + 1 of n; 2 in front of a 3x3
            convolution of stride 2 without padding, which makes n / 2 of n + 1.
        gain: factor of the outputs; 4 behind a transposed convolution, which leaves gaps.
    """

    options = ("padding", "gain")

    def __init__(self, padding: int, gain: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.padding, self.gain = padding, gain

    def _matrix(self, size: int) -> np.ndarray:
        return banded(size, size + 2 * self.padding - 3, -self.padding) * np.float32(self.gain**0.5)


@keras.utils.register_keras_serializable(package="tfgan_course")
class BlurUpsampling(_Filter):
    """Twice the height and width: zeros between the pixels, then the filter, of sum 4."""

    def _matrix(self, size: int) -> np.ndarray:
        return banded(size, 2 * size, -2, up=2)


@keras.utils.register_keras_serializable(package="tfgan_course")
class BlurDownsampling(_Filter):
    """Half the height and width, which are even: the filter, then every second pixel."""

    def _matrix(self, size: int) -> np.ndarray:
        return banded(size, size // 2, -1, down=2)


@keras.utils.register_keras_serializable(package="tfgan_course")
class NearestUpsampling(Layer):
    """Twice the height and width: every pixel becomes four, (batch, h, w, channels) to (batch, 2h, 2w, channels).

    As `keras.layers.UpSampling2D(2, interpolation="nearest")`, which has no second derivatives on Keras 2.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """See the class."""
        _, height, width, channels = inputs.shape
        # A pixel beside itself, then a row beside itself: in memory the second copy follows the first.
        wider = tf.reshape(tf.concat([inputs, inputs], axis=-1), [-1, height, 2 * width * channels])
        return tf.reshape(tf.concat([wider, wider], axis=-1), [-1, 2 * height, 2 * width, channels])

    def compute_output_shape(self, input_shape):
        """(batch, 2h, 2w, channels)."""
        batch, height, width, channels = input_shape
        return (batch, 2 * height, 2 * width, channels)
