"""The augmentations' operations on pixels, with separate numbers for each image of a batch."""

import tensorflow as tf


def gather_pixels(images: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Return images whose pixels come from given places of other images.

    Args:
        images: float32 (batch, height, width, channels).
        rows, columns: int32 (batch, height, width), the source of each pixel.
    """
    height, width, channels = images.shape[1:]
    pixels = tf.reshape(images, [-1, height * width, channels])
    gathered = tf.gather(pixels, tf.reshape(rows * width + columns, [-1, height * width]), batch_dims=1)
    return tf.reshape(gathered, [-1, height, width, channels])


@tf.custom_gradient
def translate(images: tf.Tensor, down: tf.Tensor, right: tf.Tensor):
    """Move each image by whole pixels, and fill with zeros.

    Args:
        images: float32 (batch, height, width, channels).
        down: int32 (batch,): rows by which an image moves; negative: up.
        right: int32 (batch,): columns by which an image moves; negative: to the left.
    """
    height, width, channels = images.shape[1:]
    rows = (tf.range(height) - down[:, None])[:, :, None]
    columns = (tf.range(width) - right[:, None])[:, None, :]
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    # An added last pixel of zeros fills the free places.
    pixels = tf.pad(tf.reshape(images, [-1, height * width, channels]), [[0, 0], [0, 1], [0, 0]])
    sources = tf.where(inside, rows * width + columns, height * width)
    moved = tf.gather(pixels, tf.reshape(sources, [-1, height * width]), batch_dims=1)

    def gradient(upstream):
        # The gradient moves the pixels back, which is the exact adjoint and is itself differentiable. TensorFlow's own
        # gradient is a scatter operation: it is slower, and on a GPU it adds in no fixed order.
        return translate(upstream, -down, -right), None, None

    return tf.reshape(moved, [-1, height, width, channels]), gradient


def recolor(images: tf.Tensor, matrix: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    """Replace each color c by `matrix` c + `shift`.

    Args:
        images: float32 (batch, height, width, channels).
        matrix: float32 (batch, channels, channels).
        shift: float32 (batch, 1, 1): the same for all channels.
    """
    height, width, channels = images.shape[1:]
    colors = tf.reshape(images, [-1, height * width, channels])
    return tf.reshape(tf.matmul(colors, matrix, transpose_b=True) + shift, [-1, height, width, channels])


def without_opacity(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the colors of images, and their fourth channel if there is one, otherwise no channel."""
    colors = 3 if images.shape[-1] == 4 else images.shape[-1]
    return images[..., :colors], images[..., colors:]


def gray_projection(channels: int) -> tf.Tensor:
    """Return the matrix that replaces all channels of a color by their mean."""
    return tf.fill([channels, channels], 1.0 / channels)
