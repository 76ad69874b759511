"""The replicas of a strategy: their number, means over them, and the variables that they hold."""

import tensorflow as tf


def replicas() -> int:
    """Return how many replicas train together."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def mean_over_replicas(value: tf.Tensor) -> tf.Tensor:
    """Return the mean of `value` over all replicas. Replicas have equal parts of a batch, so this is the mean over the
    whole batch. The gradient is a mean over replicas too, so derivatives of any order pass between the replicas.
    """
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return value
    return replica.all_reduce(tf.distribute.ReduceOp.MEAN, value)


def all_of_replicas(values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | int]:
    """Return the vectors `values` of all replicas joined in their order, and where this replica's own begin. Replicas
    have equal parts of a batch. No gradient passes.
    """
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return values, 0
    place, count, size = replica.replica_id_in_sync_group, replica.num_replicas_in_sync, tf.shape(values)[0]
    # A sum of zeros and own values works with every strategy.
    row = tf.one_hot(place, count)[:, tf.newaxis] * tf.stop_gradient(values)
    return tf.reshape(replica.all_reduce(tf.distribute.ReduceOp.SUM, row), [count * size]), place * size


def tf_variable(variable) -> tf.Variable:
    """Return the TensorFlow variable itself. Keras 3 wraps it, Keras 2 does not."""
    return variable if isinstance(variable, tf.Variable) else variable.value


def replica_variable(value) -> tf.Variable:
    """Return a new variable that every replica updates by itself within the step; all compute the same value."""
    return tf.Variable(
        value,
        trainable=False,
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
    )
