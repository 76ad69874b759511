"""Counts the real images that were shown, for networks that grow and for schedules."""

from typing import Any

import tensorflow as tf


class ImagesShown:
    """The number of real images shown before a step, also if batches differ in size.

    A run's batches are all of one size, but the last batch of arrays given to `fit` may be smaller. The count is not
    part of a checkpoint. A training that continues from one takes the number that a growing layer has saved, which is
    the number before the last step, and adds a batch; without such a layer, each earlier step counts as a batch.

    Args:
        layer: a layer with the variable `images_shown`, or None.
    """

    def __init__(self, layer: Any | None):
        self._layer = layer
        self._count = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._step = tf.Variable(-1, trainable=False, dtype=tf.int64)

    def begin(self, step: tf.Variable, images: int | tf.Tensor) -> None:
        """Find the number of images before a step, which shows `images` over all replicas."""
        images, done = tf.cast(images, tf.int64), tf.cast(tf.convert_to_tensor(step), tf.int64)
        continued = done * images
        if self._layer is not None:
            saved = tf.cast(tf.convert_to_tensor(self._layer.images_shown), tf.int64)
            continued = tf.where(done > 0, saved + images, 0)
        self._count.assign(tf.where(tf.equal(self._step, step), self._count, continued))
        self._step.assign(step)

    def end(self, images: int | tf.Tensor) -> None:
        """Count the images of the step that has ended."""
        self._count.assign_add(tf.cast(images, tf.int64))
        self._step.assign_add(1)

    def before(self, step: tf.Tensor, otherwise: tf.Tensor) -> tf.Tensor:
        """Return the number of images before this step, or `otherwise` if the step has not begun with `begin`."""
        return tf.where(tf.equal(self._step, tf.cast(step, tf.int64)), self._count, otherwise)
