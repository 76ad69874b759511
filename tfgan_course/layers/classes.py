"""Labels and classes."""

import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer


@keras.utils.register_keras_serializable(package="tfgan_course")
class OneHot(Layer):
    """Labels, integers (batch,), as float vectors (batch, classes) with a single 1; shares pass as they are."""

    options = ("classes",)

    def __init__(self, classes: int, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes

    def call(self, labels: tf.Tensor) -> tf.Tensor:
        """A label outside of the classes gives zeros. See `shares_of` for what may stand in the place of labels."""
        return tf.cast(shares_of(labels, self.classes), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """(batch, classes)."""
        return (input_shape[0], self.classes)


def shares_of(labels: tf.Tensor, classes: int) -> tf.Tensor:
    """Return how much of each class, float32 (batch, classes), of integers (batch,) or of the shares themselves.

    Images between classes are of several.
    """
    if labels.shape.rank == 2:
        return tf.cast(labels, tf.float32)
    return tf.one_hot(tf.cast(labels, tf.int32), classes, dtype=tf.float32)


@keras.utils.register_keras_serializable(package="tfgan_course")
class LogSumExp(Layer):
    """log sum exp over the last axis, which is kept: (batch, n) to (batch, 1)."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """In float32, since small differences count."""
        return tf.reduce_logsumexp(tf.cast(inputs, tf.float32), axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape):
        """(batch, 1)."""
        return (*input_shape[:-1], 1)
