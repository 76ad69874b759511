"""Distributions of latents."""

from abc import ABC, abstractmethod

import tensorflow as tf


class LatentDistribution(ABC):
    """Base class of the distributions of latents. A new one is a subclass with `of_normal`."""

    @abstractmethod
    def of_normal(self, numbers: tf.Tensor) -> tf.Tensor:
        """Return latents (batch, size) of this distribution, made from standard normal numbers of the same shape."""


class Normal(LatentDistribution):
    """Independent standard normal numbers."""

    def of_normal(self, numbers: tf.Tensor) -> tf.Tensor:
        return numbers


class Spherical(LatentDistribution):
    """Uniform on the sphere of radius sqrt(size), near which most of a normal distribution lies.

    Chintala et al. 2016 (ganhacks), "use a spherical z"; White 2016, arXiv:1609.04468.
    """

    def of_normal(self, numbers: tf.Tensor) -> tf.Tensor:
        return tf.math.l2_normalize(numbers, axis=-1, epsilon=0.0) * float(numbers.shape[-1]) ** 0.5


class Uniform(LatentDistribution):
    """Independent and uniform in [-1, 1], as in DCGAN (Radford et al. 2016, arXiv:1511.06434, section 4)."""

    def of_normal(self, numbers: tf.Tensor) -> tf.Tensor:
        # The normal distribution function maps each number to a uniform one.
        return tf.math.erf(numbers / 2**0.5)


def slerp(start: tf.Tensor, end: tf.Tensor, share: tf.Tensor | float) -> tf.Tensor:
    """Interpolate along the great circle (White 2016, arXiv:1609.04468), while the length changes linearly.

    Args:
        start: (..., size).
        end: (..., size).
        share: position between start (0) and end (1); a scalar or (..., 1).

    Returns:
        (..., size). Between parallel vectors the interpolation is linear.
    """
    start, end = tf.convert_to_tensor(start), tf.convert_to_tensor(end)
    lengths = [tf.norm(point, axis=-1, keepdims=True) for point in (start, end)]
    cosine = tf.reduce_sum(start * end, -1, keepdims=True) / (lengths[0] * lengths[1])
    angle = tf.acos(tf.clip_by_value(cosine, -1.0, 1.0))
    sine = tf.sin(angle)
    curved = sine > 1e-4
    sine = tf.where(curved, sine, 1.0)
    first = tf.where(curved, tf.sin((1.0 - share) * angle) / sine, 1.0 - share)
    second = tf.where(curved, tf.sin(share * angle) / sine, share + 0.0 * sine)
    direction = first * start / lengths[0] + second * end / lengths[1]
    return direction * (lengths[0] + share * (lengths[1] - lengths[0]))
