"""Convolutions in groups of channels, on every CPU."""

import functools

import tensorflow as tf
from tensorflow import keras


@functools.cache
def has_gradients() -> bool:
    """Return whether TensorFlow differentiates its own grouped convolution on this machine, by trying it once.

    On a CPU only oneDNN can do this, and TensorFlow for Apple's and other ARM processors may lack oneDNN.
    """
    # `init_scope` leaves a graph that is being traced. No tape records inside it, so the gradient is called itself.
    with tf.init_scope():
        kernel, gradient = tf.ones([3, 3, 2, 4]), tf.ones([1, 4, 4, 4])
        try:
            tf.raw_ops.Conv2DBackpropInput(
                input_sizes=[1, 4, 4, 4], filter=kernel, out_backprop=gradient, strides=[1, 1, 1, 1], padding="SAME"
            )
        except tf.errors.OpError:
            return False
        return True


@keras.utils.register_keras_serializable(package="tfgan_course")
class GroupedConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` with `groups`, whose derivatives of any order exist on every machine.

    Output channel j of group g sees the input channels of group g only, so a kernel is (height, width, inputs / groups,
    outputs). Where TensorFlow has no gradient of its grouped convolution, each group is a convolution of its own; with
    one channel a group, the layer is then a depthwise convolution.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        # Both versions of Keras would compile a grouped convolution with XLA, which is many times slower on a CPU.
        outputs = self.convolution_op(inputs, tf.cast(tf.convert_to_tensor(self.kernel), inputs.dtype))
        if self.use_bias:
            outputs += tf.cast(tf.convert_to_tensor(self.bias), outputs.dtype)
        return self.activation(outputs)

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Return the linear part: `inputs` (batch, height, width, channels) convolved with `kernel`."""
        kernel = tf.convert_to_tensor(kernel)
        if has_gradients():
            return tf.nn.conv2d(inputs, kernel, self.strides, self.padding.upper())
        return self._apart(inputs, kernel)

    def _apart(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        padding = self.padding.upper()
        if kernel.shape[2] == 1 and kernel.shape[3] == self.groups:
            return tf.nn.depthwise_conv2d(inputs, tf.transpose(kernel, [0, 1, 3, 2]), [1, *self.strides, 1], padding)
        groups = zip(tf.split(inputs, self.groups, axis=-1), tf.split(kernel, self.groups, axis=-1), strict=True)
        return tf.concat([tf.nn.conv2d(part, own, self.strides, padding) for part, own in groups], axis=-1)
