"""The order of a pass: a function of (seed, number of the pass) alone, the same on every machine."""

import numpy as np
import tensorflow as tf


def shuffled(count: int, seed: int, number: int | tf.Tensor, batch_size: int) -> tf.Tensor:
    """Indices below `count`, each at most once, int32 (count // batch_size, batch_size)."""
    # Sorting 64 random bits an image; Philox gives the same bits on every machine and kind of processor.
    bits = tf.random.stateless_uniform([count], [seed, number], None, None, tf.int64, alg="philox")
    per_pass = count // batch_size
    return tf.reshape(tf.argsort(bits)[: per_pass * batch_size], [per_pass, batch_size])


def held_out(count: int, fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the images to train and to test on, sorted; at least one each. The count alone decides."""
    held = min(max(1, round(count * fraction)), count - 1)
    # NumPy promises these raw numbers for all time, unlike what Generator.permutation makes of them.
    order = np.argsort(np.random.Philox(key=0).random_raw(count), kind="stable")
    return np.sort(order[held:]), np.sort(order[:held])
