import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.style import StyledLayer


@keras.utils.register_keras_serializable(package="tfgan_course")
class ModulatedConv2D(StyledLayer):
    """A convolution with a separate kernel for each image: scaled by its style, then normalized to norm 1.

    Call it on [x, w]; outputs are (batch, height, width, filters), of the type of x. StyleGAN2's weight demodulation
    (Karras et al. 2020, arXiv:1912.04958, eq. 1 and 3): with styles s = A(w), one for each input channel i, the kernel
    of output channel j is

        w'_ijk = s_i w_ijk,    w''_ijk = w'_ijk / sqrt(sum_ik w'_ijk^2 + 1e-8).

    Both factors can be taken out of the sum: the inputs are multiplied by s, all images go through one ordinary
    convolution, and the outputs are divided by the root. This is exact, and on a CPU much faster than a grouped
    convolution with a kernel for each image. The styles are 1 at first. x keeps its size; there is no bias.

    Args:
        filters: output channels.
        kernel_size: height and width of the kernel in pixels.
        demodulate: whether to divide by the root; the layers that make an image's colors do not divide.
        equalized: as in `StyledLayer`.
    """

    options: tuple[str, ...] = ("filters", "kernel_size", "demodulate")

    def __init__(self, filters: int, kernel_size: int = 3, demodulate: bool = True, equalized: bool = True, **kwargs):
        super().__init__(equalized, **kwargs)
        self.filters, self.kernel_size, self.demodulate = filters, kernel_size, demodulate

    def build(self, input_shape):
        (*_, channels), (*_, w_size) = input_shape
        self.kernel = self.make_kernel("kernel", (self.kernel_size, self.kernel_size, channels, self.filters))
        self.make_style(w_size, channels, "ones")
        super().build(input_shape)

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        x, w = inputs
        kernel, style = self.effective(self.kernel), self.style(w)
        x = x * tf.cast(style[:, tf.newaxis, tf.newaxis], x.dtype)
        outputs = self.convolve(x, tf.cast(kernel, x.dtype))
        if self.demodulate:
            squares = tf.matmul(tf.square(style), tf.reduce_sum(tf.square(kernel), [0, 1]))
            factors = tf.math.rsqrt(squares + 1e-8)
            outputs *= tf.cast(factors[:, tf.newaxis, tf.newaxis], outputs.dtype)
        return outputs

    def convolve(self, x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Return the ordinary convolution of x with one kernel."""
        return tf.nn.conv2d(x, kernel, strides=1, padding="SAME")

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], self.filters)


@keras.utils.register_keras_serializable(package="tfgan_course")
class ModulatedConv2DTranspose(ModulatedConv2D):
    """`ModulatedConv2D` with a transposed convolution of stride 2.

    Args:
        padding: `same` makes 2 n pixels from n. `valid` makes 2 (n - 1) + kernel_size, for StyleGAN2, where a `Blur`
            follows.
        The other arguments are those of `ModulatedConv2D`.
    """

    options: tuple[str, ...] = ("padding",)

    def __init__(self, filters: int, kernel_size: int = 3, padding: str = "valid", **kwargs):
        super().__init__(filters, kernel_size, **kwargs)
        self.padding = padding

    def convolve(self, x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        shape = [tf.shape(x)[0], *self._sizes(x.shape), self.filters]
        return tf.nn.conv2d_transpose(x, tf.transpose(kernel, [0, 1, 3, 2]), shape, 2, self.padding.upper())

    def _sizes(self, shape) -> list[int]:
        return [2 * size if self.padding == "same" else 2 * (size - 1) + self.kernel_size for size in shape[1:3]]

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], *self._sizes(input_shape[0]), self.filters)
