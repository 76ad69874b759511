"""What the replicas of a strategy share: their number, means over them, and the variables they hold."""

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


def tf_variable(variable) -> tf.Variable:
    """The TensorFlow variable that Keras 3 wraps and Keras 2 hands out as it is."""
    return variable if isinstance(variable, tf.Variable) else variable.value


def replica_variable(value) -> tf.Variable:
    """State that every replica updates in its own part of the step, and to the same value."""
    return tf.Variable(
        value,
        trainable=False,
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
    )
