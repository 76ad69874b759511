"""Layers with an equalized learning rate (Karras et al. 2018, arXiv:1710.10196, section 4.1).

A kernel starts from N(0, 1) and is multiplied in each pass by He's constant, gain / sqrt(inputs of a unit). Usually the
initial kernel has that constant as its deviation. The layer computes the same, but Adam, whose steps all have one size,
now changes all kernels by the same fraction.
"""

import math

import tensorflow as tf
from tensorflow import keras


class _Equalized(keras.layers.Layer):
    """The common part of the two classes; in the list of base classes it stands before Keras's class."""

    def __init__(self, *args, gain: float = math.sqrt(2.0), learning_rate: float = 1.0, **kwargs):
        self.gain, self.learning_rate = gain, learning_rate
        start = keras.initializers.RandomNormal(0.0, 1.0 / learning_rate)
        super().__init__(*args, **{"kernel_initializer": start, **kwargs})

    def effective_kernel(self) -> tf.Tensor:
        """Return the kernel with which the layer multiplies: the weight times He's constant."""
        kernel = tf.convert_to_tensor(self.kernel)
        return kernel * (self.learning_rate * self.gain / math.sqrt(math.prod(kernel.shape[:-1])))

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        inputs = tf.cast(inputs, self.compute_dtype)
        outputs = self._linear(inputs, tf.cast(self.effective_kernel(), inputs.dtype))
        if self.use_bias:
            outputs += tf.cast(self.bias, outputs.dtype) * self.learning_rate
        return self.activation(outputs)

    def get_config(self) -> dict:
        return {**super().get_config(), "gain": self.gain, "learning_rate": self.learning_rate}


@keras.utils.register_keras_serializable(package="tfgan_course")
class EqualizedDense(_Equalized, keras.layers.Dense):
    """`keras.layers.Dense` with an equalized learning rate, explained at the top of this file.

    Args:
        *args: Keras's arguments.
        gain: square root of the variance of the outputs over that of the inputs; 2^0.5 before a (leaky) ReLU.
        learning_rate: factor of this layer's learning rate; StyleGAN's mapping network has 0.01.
        **kwargs: Keras's arguments. The bias starts from `bias_initializer` times `learning_rate`.
    """

    def _linear(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return tf.matmul(inputs, kernel)


@keras.utils.register_keras_serializable(package="tfgan_course")
class EqualizedConv2D(_Equalized, keras.layers.Conv2D):
    """`keras.layers.Conv2D` with an equalized learning rate; for the arguments see `EqualizedDense`."""

    def _linear(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return self.convolution_op(inputs, kernel)
