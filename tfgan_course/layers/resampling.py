"""Layers that change the size of maps by copying pixels or with the filter [1, 3, 3, 1], which also smooths.

The filter prevents aliasing in generators and critics: Zhang 2019, arXiv:1904.11486; Karras et al. 2020,
arXiv:1912.04958, appendix B. It is separable, and each direction is a product with a banded matrix. At 32 to 256 pixels
this costs little compared with the convolutions, libraries do it fast, and every derivative is another product.
"""

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer

FILTER = np.array([1.0, 3.0, 3.0, 1.0])


def banded(size: int, out: int, first: int, up: int = 1, down: int = 1) -> np.ndarray:
    """Return the matrix (out, size) of one direction.

    The inputs are placed `up` places apart, with zeros between them. Output i is the sum over k of filter[k] times the
    number at place (down i + first + k). The filter's sum is `up`, so that the brightness does not change.
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
    """Base class: multiplies the rows and the columns of `size` pixels by the banded matrices of a subclass."""

    def _matrix(self, size: int) -> np.ndarray:
        raise NotImplementedError

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        _, height, width, channels = inputs.shape
        rows, columns = (tf.constant(self._matrix(size), inputs.dtype) for size in (height, width))
        x = tf.matmul(rows[tf.newaxis], tf.reshape(inputs, [-1, height, width * channels]))
        x = tf.matmul(columns[tf.newaxis], tf.reshape(x, [-1, width, channels]))
        return tf.reshape(x, [-1, rows.shape[0], columns.shape[0], channels])

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (batch, len(self._matrix(height)), len(self._matrix(width)), channels)


@keras.utils.register_keras_serializable(package="tfgan_course")
class Blur(_Filter):
    """Smooth (batch, height, width, channels). `padding` zeros at the edges make the size larger by 2 padding - 3.

    Args:
        padding: 1 after a transposed 3x3 convolution of stride 2, which makes 2 n + 1 pixels from n; 2 before a 3x3
            convolution of stride 2 without padding, which makes n / 2 pixels from n + 1.
        gain: factor of the outputs; 4 after a transposed convolution, which leaves gaps.
    """

    options = ("padding", "gain")

    def __init__(self, padding: int, gain: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.padding, self.gain = padding, gain

    def _matrix(self, size: int) -> np.ndarray:
        return banded(size, size + 2 * self.padding - 3, -self.padding) * np.float32(self.gain**0.5)


@keras.utils.register_keras_serializable(package="tfgan_course")
class BlurUpsampling(_Filter):
    """Double height and width: put zeros between the pixels, then apply the filter, whose sum is 4."""

    def _matrix(self, size: int) -> np.ndarray:
        return banded(size, 2 * size, -2, up=2)


@keras.utils.register_keras_serializable(package="tfgan_course")
class BlurDownsampling(_Filter):
    """Halve height and width, which must be even: apply the filter, then take every second pixel."""

    def _matrix(self, size: int) -> np.ndarray:
        return banded(size, size // 2, -1, down=2)


@keras.utils.register_keras_serializable(package="tfgan_course")
class NearestUpsampling(Layer):
    """Double height and width by copying pixels: (batch, h, w, channels) to (batch, 2h, 2w, channels).

    It computes the same as `keras.layers.UpSampling2D(2, interpolation="nearest")`, which has no second derivatives on
    Keras 2.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        channels = inputs.shape[-1]
        # A generator may be applied to images of a size that is not known before.
        height, width = (inputs.shape[axis] or tf.shape(inputs)[axis] for axis in (1, 2))
        # Repeat each pixel, then each row; the copies of a row follow each other in memory.
        wider = tf.reshape(tf.concat([inputs, inputs], axis=-1), [-1, height, 2 * width * channels])
        return tf.reshape(tf.concat([wider, wider], axis=-1), [-1, 2 * height, 2 * width, channels])

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (batch, height and 2 * height, width and 2 * width, channels)


@keras.utils.register_keras_serializable(package="tfgan_course")
class SubPixel(Layer):
    """Double height and width by spreading channels: (batch, h, w, 4 c) to (batch, 2h, 2w, c).

    Shi et al. 2016 (ESPCN), arXiv:1609.05158, eq. 4. The pixel (2y + i, 2x + j) of channel k is the number at place
    (y, x) in channel (2i + j) c + k.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return tf.nn.depth_to_space(inputs, 2)

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (batch, height and 2 * height, width and 2 * width, channels // 4)
