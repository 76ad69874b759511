"""The averaged generator, and statistics of normalizations averaged over replicas."""

import math

import tensorflow as tf
from tensorflow import keras

from tfgan_course.gan.freezing import frozen_weights
from tfgan_course.replicas import tf_variable


def copy_of(generator: keras.Model) -> keras.Model:
    """Return a copy of a generator, with the same layers and weights, that becomes the averaged generator."""
    average = keras.models.clone_model(generator)
    average.set_weights(generator.get_weights())
    return average


def move_average(
    strategy: tf.distribute.Strategy, average: keras.Model, generator: keras.Model, rate: float | tf.Tensor
) -> None:
    """Move each weight of the averaged generator by `rate`, in [0, 1], of the way to the generator's weight."""
    for mean, weight in zip(average.weights, generator.weights, strict=True):
        mean, weight = tf_variable(mean), tf_variable(weight)
        if not weight.dtype.is_floating:  # integers are counters, which cannot be averaged
            strategy.extended.update(mean, lambda mean, weight: mean.assign(weight), args=(weight,))
            continue
        strategy.extended.update(
            mean, lambda mean, weight, rate: mean.assign_add(rate * (weight - mean)), args=(weight, rate)
        )


def moving_rate(
    half_life: float | tf.Tensor, ramp: float | None, images_shown: tf.Tensor, images: int | tf.Tensor
) -> tf.Tensor:
    """Return the rate of `move_average` in a step, 1 - 0.5^(images / half_life_now), a float32 scalar.

    half_life_now = min(half_life, ramp x images_shown), as in Karras et al. 2020 (StyleGAN2-ADA, arXiv:2006.06676), in
    the authors' code: without the ramp, early averages would mostly be the initial weights. So the first step makes the
    average equal to the generator.

    Args:
        half_life: images after which a weight's share in the average is halved; at least 0.
        ramp: above 0; None keeps `half_life` from the beginning.
        images_shown: real images shown to the critic before this step, an int64 scalar.
        images: real images of this step.
    """
    now = tf.cast(half_life, tf.float32)
    if ramp is not None:
        now = tf.minimum(now, ramp * tf.cast(images_shown, tf.float32))
    # In float32, 1 - 0.5^x of a small x would have few right digits. The bound keeps 0 / 0 out.
    return -tf.math.expm1(-math.log(2.0) * tf.cast(images, tf.float32) / tf.maximum(now, 1e-3))


def average_statistics(strategy: tf.distribute.Strategy, networks: list[keras.Model]) -> None:
    """Average BatchNormalization's moving statistics over all replicas; those of frozen layers stay as they are.

    Keras 2 averages them whenever it reads them. With Keras 3 the statistics of replicas and workers would drift apart.
    """
    frozen = {id(weight) for network in networks for weight in frozen_weights(network)}  # a mean may round
    weights = [weight for network in networks for weight in network.non_trainable_weights if id(weight) not in frozen]
    statistics = [variable for variable in map(tf_variable, weights) if variable.dtype.is_floating]
    values = strategy.run(lambda: [tf.identity(variable) for variable in statistics])
    for variable, value in zip(statistics, values, strict=True):
        variable.assign(strategy.reduce("MEAN", value, axis=None))
