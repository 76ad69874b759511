import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="tfgan_course")
class OneHot(keras.layers.Layer):
    """Labels, integers (batch,), as float vectors (batch, classes) with a single 1; shares pass as they are.

    Args:
        classes: how many there are.
    """

    def __init__(self, classes: int, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes

    def call(self, labels: tf.Tensor) -> tf.Tensor:
        """A label outside of the classes gives zeros. See `shares_of` for what may stand in the place of labels."""
        return tf.cast(shares_of(labels, self.classes), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """(batch, classes)."""
        return (input_shape[0], self.classes)

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {**super().get_config(), "classes": self.classes}


def shares_of(labels: tf.Tensor, classes: int) -> tf.Tensor:
    """How much of each class, float32 (batch, classes).

    Args:
        labels: integers (batch,), or the shares themselves: images between classes are of several.
        classes: how many there are.
    """
    if labels.shape.rank == 2:
        return tf.cast(labels, tf.float32)
    return tf.one_hot(tf.cast(labels, tf.int32), classes, dtype=tf.float32)
