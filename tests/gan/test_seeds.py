from statistics import NormalDist

import numpy as np
import pytest
import tensorflow as tf

from tfgan_course.gan.seeds import GAMMA, normal_rows, splitmix64

NORMAL = NormalDist()


def mixed(state: int) -> int:
    """SplitMix64 in Python's own integers."""
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB % 2**64
    return state ^ (state >> 31)


def test_numbers_are_those_of_splitmix64():
    # The first five from the seed 1234567, as its authors' program prints them.
    known = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    states = tf.constant([(1234567 + step * GAMMA) % 2**64 for step in range(1, 6)], tf.uint64)
    np.testing.assert_array_equal(splitmix64(states).numpy(), np.array(known, np.uint64))


@pytest.mark.parametrize("truncation", [0.01, 0.5, 2.0, 10.0])
def test_rows_are_the_truncated_normal_distribution_of_their_bits(truncation):
    seeds = [0, 1, 7, -1, 2**63 - 1, -(2**63)]
    rows = normal_rows(tf.constant(seeds, tf.int64), tf.fill([6], truncation), 9).numpy()
    low, high = NORMAL.cdf(-truncation), NORMAL.cdf(truncation)
    for seed, row in zip(seeds, rows, strict=True):
        start = mixed((seed + GAMMA) % 2**64)
        for column, number in enumerate(row):
            bits = mixed((start + (column + 1) * GAMMA) % 2**64) >> 41
            share = (bits + 0.5) / 2**23
            expected = NORMAL.inv_cdf(low + share * (high - low))
            assert number == pytest.approx(expected, abs=2e-5 * max(1, truncation))


def test_rows_are_independent_and_normal():
    count, size = 4000, 50
    rows = normal_rows(tf.range(count, dtype=tf.int64), tf.fill([count], 10.0), size).numpy()
    assert abs(rows.mean()) < 5 / np.sqrt(rows.size)
    assert abs(rows.std() - 1) < 5 / np.sqrt(2 * rows.size)
    # Between columns, and between the rows of neighbouring seeds.
    correlations = np.corrcoef(rows.T)[~np.eye(size, dtype=bool)]
    assert np.abs(correlations).max() < 5.5 / np.sqrt(count)
    assert abs(np.mean(rows[1:] * rows[:-1])) < 5 / np.sqrt(rows.size)
    # The largest distance between distribution functions, Kolmogorov and Smirnov's: 1.95 at one in a thousand.
    shares = np.sort([NORMAL.cdf(number) for number in rows.ravel()[::20].tolist()])
    distance = np.abs(shares - (np.arange(len(shares)) + 0.5) / len(shares)).max()
    assert distance * np.sqrt(len(shares)) < 1.95


def test_no_seed_gives_infinity_and_no_number_passes_the_truncation():
    count = 50_000
    truncation = tf.cast(tf.linspace(0.001, 10.0, count), tf.float32)
    rows = normal_rows(tf.range(count, dtype=tf.int64), truncation, 20).numpy()
    assert np.isfinite(rows).all()
    assert (np.abs(rows) <= truncation.numpy()[:, None]).all()
    assert np.abs(rows).max() < 5.3
