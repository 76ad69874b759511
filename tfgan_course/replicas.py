"""What the replicas of a strategy work out together."""

import tensorflow as tf


def replicas() -> int:
    """How many train together."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def mean_over_replicas(value: tf.Tensor) -> tf.Tensor:
    """Mean of what each replica passes: of means over their parts of a batch, the mean over the whole batch.

    Its gradient is of the same kind, so derivatives of any order pass between the replicas.
    """
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return value
    return replica.all_reduce(tf.distribute.ReduceOp.MEAN, value)
