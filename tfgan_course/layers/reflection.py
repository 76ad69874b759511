import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer


@keras.utils.register_keras_serializable(package="tfgan_course")
class ReflectionPadding(Layer):
    """Add a border to maps (batch, height, width, channels) that mirrors them at their outermost pixels.

    Zeros at the edges of an image look like a dark frame to a convolution, and leave artifacts there.

    Args:
        border: width of the border in pixels; smaller than height and width.
    """

    options = ("border",)

    def __init__(self, border: int, **kwargs):
        super().__init__(**kwargs)
        self.border = border

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        edge = [self.border, self.border]
        return tf.pad(inputs, [[0, 0], edge, edge, [0, 0]], "REFLECT")

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (batch, height and height + 2 * self.border, width and width + 2 * self.border, channels)
