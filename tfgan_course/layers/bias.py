import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="tfgan_course")
class Bias(keras.layers.Layer):
    """Adds a number for each channel, 0 at first: x (batch, ..., channels) + b.

    A layer of its own where noise or a filter stands between a convolution and its bias.
    """

    def build(self, input_shape):
        """Makes b."""
        self.bias = self.add_weight(name="bias", shape=(input_shape[-1],), initializer="zeros")
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """See the class."""
        return inputs + tf.cast(tf.convert_to_tensor(self.bias), inputs.dtype)

    def compute_output_shape(self, input_shape):
        """The inputs' shape."""
        return input_shape
