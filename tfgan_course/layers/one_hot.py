import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="tfgan_course")
class OneHot(keras.layers.Layer):
    """Labels, integers (batch,), as float vectors (batch, classes) with a single 1.

    Args:
        classes: how many there are.
    """

    def __init__(self, classes: int, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes

    def call(self, labels: tf.Tensor) -> tf.Tensor:
        """A label outside of the classes gives zeros."""
        return tf.one_hot(tf.cast(labels, tf.int32), self.classes, dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """(batch, classes)."""
        return (*input_shape, self.classes)

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {**super().get_config(), "classes": self.classes}
