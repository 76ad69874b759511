"""What the augmentations do to pixels, each image of a batch by numbers of its own."""

import tensorflow as tf


def gather_pixels(images: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Images put together from pixels of others.

    Args:
        images: float32 (batch, height, width, channels).
        rows: int32 (batch, height, width): where each pixel comes from.
        columns: likewise.
    """
    height, width, channels = images.shape[1:]
    pixels = tf.reshape(images, [-1, height * width, channels])
    gathered = tf.gather(pixels, tf.reshape(rows * width + columns, [-1, height * width]), batch_dims=1)
    return tf.reshape(gathered, [-1, height, width, channels])


@tf.custom_gradient
def translate(images: tf.Tensor, down: tf.Tensor, right: tf.Tensor):
    """Each image moved by whole pixels, with zeros where nothing comes in.

    Args:
        images: float32 (batch, height, width, channels).
        down: int32 (batch,): rows by which an image moves; negative: up.
        right: int32 (batch,): columns by which an image moves; negative: to the left.
    """
    height, width, channels = images.shape[1:]
    rows = (tf.range(height) - down[:, None])[:, :, None]
    columns = (tf.range(width) - right[:, None])[:, None, :]
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    # One black pixel behind the others is what comes in.
    pixels = tf.pad(tf.reshape(images, [-1, height * width, channels]), [[0, 0], [0, 1], [0, 0]])
    sources = tf.where(inside, rows * width + columns, height * width)
    moved = tf.gather(pixels, tf.reshape(sources, [-1, height * width]), batch_dims=1)

    def gradient(upstream):
        # Moving back is the exact adjoint, and differentiable again. TensorFlow's own gradient would scatter, which is
        # slower, and on a GPU adds up in no fixed order.
        return translate(upstream, -down, -right), None, None

    return tf.reshape(moved, [-1, height, width, channels]), gradient


def recolor(images: tf.Tensor, matrix: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    """Colors c become `matrix` c + `shift`.

    Args:
        images: float32 (batch, height, width, channels).
        matrix: float32 (batch, channels, channels).
        shift: float32 (batch, 1, 1): the same for all channels.
    """
    height, width, channels = images.shape[1:]
    colors = tf.reshape(images, [-1, height * width, channels])
    return tf.reshape(tf.matmul(colors, matrix, transpose_b=True) + shift, [-1, height, width, channels])


def gray_projection(channels: int) -> tf.Tensor:
    """The matrix that gives a color's mean to all its channels."""
    return tf.fill([channels, channels], 1.0 / channels)
