import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="tfgan_course")
class LogSumExp(keras.layers.Layer):
    """log sum exp over the last axis, which is kept: (batch, n) to (batch, 1)."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """In float32, since small differences count."""
        return tf.reduce_logsumexp(tf.cast(inputs, tf.float32), axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape):
        """(batch, 1)."""
        return (*input_shape[:-1], 1)
