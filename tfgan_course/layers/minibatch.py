import tensorflow as tf
from tensorflow import keras

from tfgan_course.layers.layer import Layer


@keras.utils.register_keras_serializable(package="tfgan_course")
class MinibatchSimilarity(Layer):
    """Measure how close each image of a batch is to the others, in each of several projections.

    The second half of minibatch discrimination (Salimans et al. 2016, arXiv:1606.03498, section 3.2):

        o(x_i)_b = sum_j exp(-||M_ib - M_jb||_1)

    for the matrices M_i, (kernels, size). As in the paper's formula, j runs over the whole batch with i itself, which
    adds 1 to every output. The authors' code leaves i out; the next layer's bias can undo the difference.

    Inputs are (batch, kernels * size), outputs (batch, kernels), each from 1 (no other image is near) to batch (all are
    equal). Distances and sums are float32 under every policy. Under `tf.distribute` the batch is one replica's part.

    Args:
        kernels: number of projections, the paper's B.
        size: numbers of each projection, the paper's C.
    """

    mixes_images = True
    """An image's output depends on the rest of its batch."""

    options = ("kernels", "size")

    def __init__(self, kernels: int, size: int, **kwargs):
        super().__init__(**kwargs)
        self.kernels, self.size = kernels, size

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        rows = tf.reshape(tf.cast(inputs, tf.float32), [-1, self.kernels, self.size])
        distances = tf.reduce_sum(tf.abs(rows[:, None] - rows[None]), axis=-1)
        return tf.cast(tf.reduce_sum(tf.exp(-distances), axis=1), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.kernels)


@keras.utils.register_keras_serializable(package="tfgan_course")
class MinibatchStandardDeviation(Layer):
    """Append one number that says how much the images of a group differ (Karras et al. 2018, arXiv:1710.10196).

    Section 3 of the paper: the standard deviation over the group of each activation at each place, averaged over
    activations and places. Every image of the group gets this number: a map as one more channel with the same value
    everywhere, a vector as one more entry. The statistic is float32 under every policy.

    A batch of n images is divided into max(1, n // group_size) groups: image i belongs to group i modulo that number.
    If group_size divides n, these are the authors' groups; otherwise some groups have more images, up to 2 group_size -
    1. A single image gets 1e-4: 1e-8 is added to variances, as in the authors' code, since the root's gradient is
    infinite at 0. Under `tf.distribute` the batch is one replica's part.

    Inputs are (batch, height, width, channels) or (batch, n); outputs have one channel or entry more.
    """

    mixes_images = True
    """An image's output depends on the rest of its batch."""

    options = ("group_size",)

    def __init__(self, group_size: int = 4, **kwargs):
        super().__init__(**kwargs)
        self.group_size = group_size

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        x = tf.cast(inputs, tf.float32)
        count = tf.shape(x)[0]
        x = tf.reshape(x, [count, -1])
        groups = tf.maximum(1, count // self.group_size)
        # Products with a matrix of memberships, (batch, groups), work for all sizes and have derivatives of every
        # order.
        member = tf.one_hot(tf.range(count) % groups, groups)
        share = member / tf.reduce_sum(member, axis=0)
        centered = x - tf.matmul(member, tf.matmul(share, x, transpose_a=True))
        variance = tf.matmul(share, tf.square(centered), transpose_a=True)
        statistic = tf.reduce_mean(tf.sqrt(variance + 1e-8), axis=1, keepdims=True)
        statistic = tf.cast(tf.matmul(member, statistic), inputs.dtype)
        statistic = tf.reshape(statistic, [-1] + [1] * (inputs.shape.rank - 1))
        # A product replaces `tf.tile`, because XLA has no second derivative of `tf.tile` inside a `tf.cond` (see the
        # term `Lazy`).
        statistic *= tf.ones_like(inputs[..., :1])
        return tf.concat([inputs, statistic], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 1)
