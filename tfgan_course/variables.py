"""The two kinds of variables that Keras and TensorFlow hand out."""

import tensorflow as tf


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
