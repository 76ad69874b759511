"""Means of what is logged."""

from collections.abc import Sequence

import tensorflow as tf


class RunningMeans(tf.Module):
    """Means of named scalars since the last reset, in the order of `names`."""

    def __init__(self, names: Sequence[str]):
        super().__init__()
        self.names = tuple(names)
        self.sums = tf.Variable(tf.zeros(len(self.names)), trainable=False)
        self.weight = tf.Variable(0.0, trainable=False)
        self.count = tf.Variable(0, trainable=False, dtype=tf.int64)

    def update(self, values: dict[str, tf.Tensor], weight: float | tf.Tensor = 1.0) -> dict[str, tf.Tensor]:
        """Adds one float32 scalar a name, which counts `weight` times; returns the means."""
        self.count.assign_add(1)
        sums = self.sums.assign_add(weight * tf.stack([values[name] for name in self.names]))
        means = tf.unstack(sums / self.weight.assign_add(weight))
        return dict(zip(self.names, means, strict=True))

    def reset(self) -> None:
        """Forgets everything."""
        self.sums.assign(tf.zeros_like(self.sums))
        self.weight.assign(0.0)
        self.count.assign(0)
