import tensorflow as tf
from tensorflow import keras


@keras.utils.register_keras_serializable(package="tfgan_course")
class MinibatchSimilarity(keras.layers.Layer):
    """How close each image of a batch is to the others, in each of several projections.

    The second half of minibatch discrimination (Salimans et al. 2016, arXiv:1606.03498, section 3.2):

        o(x_i)_b = sum_j exp(-||M_ib - M_jb||_1)

    for the matrices M_i, (kernels, size). j runs over the whole batch as in the paper's formula, i itself included,
    which adds 1 to every output; the authors' code leaves it out. The next layer's bias makes them the same.

    Inputs (batch, kernels * size), outputs (batch, kernels), each from 1 (no other image is near) to batch (all are
    equal). Distances and sums are float32 whatever the policy. Under `tf.distribute` a batch is one replica's.

    Args:
        kernels: projections, the paper's B.
        size: numbers of each projection, the paper's C.
    """

    mixes_images = True
    """An image's output depends on the rest of its batch."""

    def __init__(self, kernels: int, size: int, **kwargs):
        super().__init__(**kwargs)
        self.kernels, self.size = kernels, size

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """See the class."""
        rows = tf.reshape(tf.cast(inputs, tf.float32), [-1, self.kernels, self.size])
        distances = tf.reduce_sum(tf.abs(rows[:, None] - rows[None]), axis=-1)
        return tf.cast(tf.reduce_sum(tf.exp(-distances), axis=1), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """(batch, kernels)."""
        return (input_shape[0], self.kernels)

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {**super().get_config(), "kernels": self.kernels, "size": self.size}
