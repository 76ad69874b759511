import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="tfgan_course")
class ConstantInput(keras.layers.Layer):
    """A learned picture, the same for every image of a batch: what a style network starts from instead of latents.

    Karras et al. 2019, arXiv:1812.04948, section 2. Takes anything whose first axis is the batch.

    Args:
        size: pixels each way.
        channels: of the picture, (size, size, channels), which starts from N(0, 1).
    """

    def __init__(self, size: int, channels: int, **kwargs):
        super().__init__(**kwargs)
        self.size, self.channels = size, channels

    def build(self, input_shape):
        """Makes the picture."""
        self.picture = self.add_weight(
            name="picture",
            shape=(self.size, self.size, self.channels),
            initializer=keras.initializers.RandomNormal(0.0, 1.0),
        )
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """(batch, size, size, channels)."""
        picture = tf.cast(tf.convert_to_tensor(self.picture), self.compute_dtype)
        # A sum, not `tf.tile`, whose second derivative XLA does not know inside of a `tf.cond` (Lazy).
        return picture + tf.zeros([tf.shape(inputs)[0], 1, 1, 1], self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """(batch, size, size, channels)."""
        return (input_shape[0], self.size, self.size, self.channels)

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {**super().get_config(), "size": self.size, "channels": self.channels}
