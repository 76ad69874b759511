"""Layers and functions for labels and classes."""

import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer


@keras.utils.register_keras_serializable(package="tfgan_course")
class OneHot(Layer):
    """Labels as float vectors (batch, classes). A label outside the classes gives zeros; for inputs see `shares_of`."""

    options = ("classes",)

    def __init__(self, classes: int, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes

    def call(self, labels: tf.Tensor) -> tf.Tensor:
        return tf.cast(shares_of(labels, self.classes), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.classes)


def shares_of(labels: tf.Tensor, classes: int) -> tf.Tensor:
    """Return the share of each class, float32 (batch, classes), from integer labels (batch,) or from shares themselves.

    An image between classes has shares of several classes.
    """
    if labels.shape.rank == 2:
        return tf.cast(labels, tf.float32)
    return tf.one_hot(tf.cast(labels, tf.int32), classes, dtype=tf.float32)


@keras.utils.register_keras_serializable(package="tfgan_course")
class LogSumExp(Layer):
    """Compute log sum exp over the last axis, (batch, n) to (batch, 1), in float32 because small differences matter."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return tf.reduce_logsumexp(tf.cast(inputs, tf.float32), axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 1)
