"""Gradients of a batch in several parts, for batches that do not fit in memory."""

import operator
from collections.abc import Callable

import tensorflow as tf

from tfgan_course.gan.batches import batch_size
from tfgan_course.objectives.pair import Batch
from tfgan_course.randomness import Draws

Found = tuple[list[tf.Tensor | None], dict[str, tf.Tensor]]


def mean_over_parts(compute: Callable[[Batch, Draws], Found], real: Batch, draws: Draws, parts: int) -> Found:
    """Return the gradients and figures of a batch, computed one part after the other.

    Args:
        compute: a function of a batch and its draws; it returns gradients and figures that are means over the batch.
        real: the whole batch; its size is a multiple of `parts`.
        draws: random numbers for the whole batch.
        parts: the number of parts.
    """
    if parts == 1:
        return compute(real, draws)
    total = None
    for index in range(parts):
        # Without this order, TensorFlow would compute all parts at the same time, and need the memory for all of them.
        before = [tensor for tensor in tf.nest.flatten(total) if tensor is not None]
        with tf.control_dependencies(before):
            size = batch_size(real.images) // parts
            own = real.each(operator.itemgetter(slice(index * size, (index + 1) * size)))
            gradients, logs = compute(own, draws.share(index, parts))
            found = [None if gradient is None else tf.convert_to_tensor(gradient) for gradient in gradients], logs
        total = found if total is None else tf.nest.map_structure(_sum, total, found)
    return tf.nest.map_structure(lambda tensor: None if tensor is None else tensor / parts, total)


def _sum(first: tf.Tensor | None, second: tf.Tensor | None) -> tf.Tensor | None:
    return None if first is None else first + second
