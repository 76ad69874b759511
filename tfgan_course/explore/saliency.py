"""Which pixels a number hangs on."""

import numpy as np
import tensorflow as tf

from tfgan_course.explore.outputs import Output, floats, traced


def saliency(output: Output, images: np.ndarray, units: np.ndarray, batch_size: int = 128) -> np.ndarray:
    """How much each pixel matters to a number: the gradient's size, its largest over the colors.

    Simonyan, Vedaldi and Zisserman 2014 (arXiv:1312.6034), section 3.

    Args:
        output: from images to numbers: `class_logits(model)`, `score(model)` or `channels(model, layer)`.
        images: uint8 or float [-1, 1] (n, height, width, channels).
        units: which of the numbers, for each image: integers (n,).
        batch_size: images at once.

    Returns:
        float32 (n, height, width), 0 or more.
    """

    def gradient(images: tf.Tensor, units: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            values = tf.gather(output(images), units, batch_dims=1)
        return tf.reduce_max(tf.abs(tape.gradient(values, images)), axis=-1)

    images, units = floats(images), np.asarray(units, np.int32)
    look = traced(gradient, tf.TensorSpec([None, *images.shape[1:]]), tf.TensorSpec([None], tf.int32))
    parts = [slice(first, first + batch_size) for first in range(0, len(images), batch_size)]
    maps = [look(tf.constant(images[part]), tf.constant(units[part])).numpy() for part in parts]
    return np.concatenate(maps)
