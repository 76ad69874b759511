"""Latents from seeds, eagerly or in a graph: one seed gives the same image everywhere."""

import tensorflow as tf

GAMMA = 0x9E3779B97F4A7C15
LARGEST_TRUNCATION = 10.0
"""No number from `normal_rows` is larger than 5.3, so this value truncates nothing."""


def splitmix64(state: tf.Tensor) -> tf.Tensor:
    """Return SplitMix64's output for each state (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).

    The generator's first number from a seed is the output for the state seed + GAMMA, the next one the output for
    seed + 2 GAMMA, and so on.

    Args:
        state: uint64, any shape.
    """
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = _xor_shifted(state, shift) * tf.constant(factor, tf.uint64)
    return _xor_shifted(state, 31)


def _xor_shifted(bits: tf.Tensor, shift: int) -> tf.Tensor:
    return tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, tf.constant(shift, tf.uint64)))


def normal_rows(seed: tf.Tensor, truncation: tf.Tensor, size: int) -> tf.Tensor:
    """Return normal numbers; row i depends only on seed[i] and truncation[i].

    TensorFlow's stateless random functions take one seed for a whole tensor, and a loop over the rows takes as long as
    a small generator needs for all its images. So all numbers are made from SplitMix64 at once.

    Args:
        seed: int64 (n,).
        truncation: float32 (n,), above 0. The normal distribution is cut to [-truncation, truncation] and rescaled, as
            if numbers outside were drawn again (Brock et al. 2019, arXiv:1809.11096, section 3.1). For one seed, a
            small change of the truncation changes the row a little.
        size: the length of a row.

    Returns:
        float32 (n, size), between -5.3 and 5.3.
    """
    gamma = tf.constant(GAMMA, tf.uint64)
    # The seeds are mixed first. Otherwise two seeds that differ by GAMMA would give the same row, shifted by one
    # number.
    start = splitmix64(tf.bitcast(seed, tf.uint64) + gamma)
    bits = splitmix64(start[:, None] + tf.cast(tf.range(1, size + 1), tf.uint64) * gamma)
    highest = tf.cast(tf.cast(tf.bitwise.right_shift(bits, tf.constant(64 - 23, tf.uint64)), tf.int32), tf.float32)
    # The odd multiples of 2^-23 between -1 and 1 are float32 numbers, and never -1 or 1, which erfinv maps to infinity.
    uniform = highest * 2.0**-22 - 1.0 + 2.0**-23
    truncation = truncation[:, None]
    numbers = 2**0.5 * tf.math.erfinv(uniform * tf.math.erf(truncation / 2**0.5))
    return tf.clip_by_value(numbers, -truncation, truncation)  # erfinv may round to a number outside the range
