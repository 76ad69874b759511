"""Random numbers that depend on (seed, step, stream) alone.

A run resumed from a checkpoint therefore draws what the uninterrupted run would have drawn, and neither XLA nor the
number of replicas changes a number: each draw is made for the global batch, of which every replica takes its slice.
"""

import zlib
from collections.abc import Callable, Sequence

import tensorflow as tf

_fold_in = tf.random.experimental.stateless_fold_in


class Draws:
    """The random numbers of one update: streams, told apart by name, under one key.

    Args:
        seed: the run's seed.
        step: int64 scalar tensor, the number of the training step.
        scope: name of the update within the step.
    """

    def __init__(self, seed: int, step: tf.Tensor, scope: str):
        self._root = _fold_in(tf.constant([seed, zlib.crc32(scope.encode())], tf.int64), step)

    def normal(self, shape: Sequence[int | tf.Tensor], stream: str) -> tf.Tensor:
        """Float32 standard normal numbers; `shape` is this replica's, batch first."""
        return self._slice_of_global_batch(tf.random.stateless_normal, shape, stream)

    def uniform(self, shape: Sequence[int | tf.Tensor], stream: str) -> tf.Tensor:
        """Float32 numbers uniform in [0, 1); `shape` is this replica's, batch first."""
        return self._slice_of_global_batch(tf.random.stateless_uniform, shape, stream)

    def _slice_of_global_batch(self, draw: Callable, shape: Sequence, stream: str) -> tf.Tensor:
        key = _fold_in(self._root, zlib.crc32(stream.encode()))
        replica = tf.distribute.get_replica_context()
        if replica.num_replicas_in_sync == 1:
            return draw(shape, seed=key)
        batch, *rest = shape
        everything = draw([batch * replica.num_replicas_in_sync, *rest], seed=key)
        first = replica.replica_id_in_sync_group * batch
        return everything[first : first + batch]
