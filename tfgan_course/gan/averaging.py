"""The averaged generator, and statistics of normalizations averaged over replicas."""

import tensorflow as tf
from tensorflow import keras

from tfgan_course.replicas import tf_variable


def copy_of(generator: keras.Model) -> keras.Model:
    """Return a copy of a generator, with the same layers and weights, that becomes the averaged generator."""
    average = keras.models.clone_model(generator)
    average.set_weights(generator.get_weights())
    return average


def move_average(
    strategy: tf.distribute.Strategy, average: keras.Model, generator: keras.Model, decay: float, step: tf.Tensor
) -> None:
    """Move the averaged generator's weights towards the generator's, after `step` (int64 scalar) steps.

    The decay starts lower and rises to `decay`.
    """
    step = tf.cast(step, tf.float32)
    # With a constant decay, early averages would mostly be the initial weights.
    rate = 1.0 - tf.minimum(decay, (1.0 + step) / (10.0 + step))
    for mean, weight in zip(average.weights, generator.weights, strict=True):
        mean, weight = tf_variable(mean), tf_variable(weight)
        if not weight.dtype.is_floating:  # integers are counters, which cannot be averaged
            strategy.extended.update(mean, lambda mean, weight: mean.assign(weight), args=(weight,))
            continue
        strategy.extended.update(
            mean, lambda mean, weight, rate: mean.assign_add(rate * (weight - mean)), args=(weight, rate)
        )


def average_statistics(strategy: tf.distribute.Strategy, networks: list[keras.Model]) -> None:
    """Average BatchNormalization's moving statistics over all replicas.

    Keras 2 averages them whenever it reads them. With Keras 3 the statistics of replicas and workers would drift apart.
    """
    weights = [weight for network in networks for weight in network.non_trainable_weights]
    statistics = [variable for variable in map(tf_variable, weights) if variable.dtype.is_floating]
    values = strategy.run(lambda: [tf.identity(variable) for variable in statistics])
    for variable, value in zip(statistics, values, strict=True):
        variable.assign(strategy.reduce("MEAN", value, axis=None))
