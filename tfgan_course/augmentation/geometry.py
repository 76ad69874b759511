"""Moving the pixels of each image of a batch by itself."""

import tensorflow as tf


@tf.custom_gradient
def translate(images: tf.Tensor, down: tf.Tensor, right: tf.Tensor):
    """Each image moved by whole pixels, with zeros where nothing comes in.

    Args:
        images: float32 (batch, height, width, channels).
        down: int32 (batch,): rows by which an image moves, negative: up.
        right: int32 (batch,): columns by which an image moves, negative: to the left.
    """
    height, width, channels = images.shape[1:]
    rows = tf.range(height) - down[:, None]
    columns = tf.range(width) - right[:, None]
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
    sources = width * tf.clip_by_value(rows, 0, height - 1)[:, :, None]
    sources += tf.clip_by_value(columns, 0, width - 1)[:, None, :]
    pixels = tf.gather(
        tf.reshape(images, [-1, height * width, channels]), tf.reshape(sources, [-1, height * width]), batch_dims=1
    )
    moved = tf.where(inside[..., None], tf.reshape(pixels, [-1, height, width, channels]), 0.0)

    def gradient(upstream):
        # Moving back: the exact adjoint, and differentiable again. TensorFlow's own gradient would scatter, which is
        # slower, and on a GPU adds up in no fixed order.
        return translate(upstream, -down, -right), None, None

    return moved, gradient


def translate_reflected(images: tf.Tensor, down: tf.Tensor, right: tf.Tensor, limits: tuple[int, int]) -> tf.Tensor:
    """As `translate`, but with the mirror image, its border pixels not repeated, where nothing comes in.

    Args:
        limits: the most rows and columns by which an image moves, less than the image has.
    """
    rows, columns = limits
    height, width = images.shape[1:3]
    framed = tf.pad(images, [[0, 0], [rows, rows], [columns, columns], [0, 0]], mode="REFLECT")
    return translate(framed, down, right)[:, rows : rows + height, columns : columns + width]


def flip(images: tf.Tensor, which: tf.Tensor) -> tf.Tensor:
    """Left and right exchanged in the images for which `which`, bool (batch, 1, 1, 1), is true."""
    return tf.where(which, tf.reverse(images, axis=[2]), images)


def rotate(images: tf.Tensor, quarters: tf.Tensor) -> tf.Tensor:
    """Square images turned counterclockwise by quarters, 0 to 3, of the circle: int32 (batch, 1, 1, 1)."""
    images = tf.where(quarters % 2 == 1, tf.transpose(images, [0, 2, 1, 3]), images)
    images = tf.where((quarters == 1) | (quarters == 2), tf.reverse(images, axis=[1]), images)
    return flip(images, (quarters == 2) | (quarters == 3))
