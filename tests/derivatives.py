"""Compare second derivatives with finite differences of the first."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf


def check_second_derivatives(function: Callable, shape: tuple[int, ...], step: float = 1e-2) -> None:
    """Compares the Hessian of a weighted sum of cubes of `function` with what the gradient does along a direction.

    `step`: of the difference; small enough that no kink (of an absolute value, a maximum) lies between.
    """
    rng = np.random.default_rng(0)
    x, direction = rng.normal(size=shape), rng.normal(size=shape)
    weights = tf.constant(rng.normal(size=function(tf.constant(x, tf.float32)).shape), tf.float32)

    def gradient(point):
        point = tf.convert_to_tensor(point, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(point)
            output = tf.reduce_sum(function(point) ** 3 * weights)
        return tape.gradient(output, point)

    # In a graph: Keras 2's nearest upsampling, for one, fails only there.
    @tf.function
    def curvature(point):
        with tf.GradientTape() as tape:
            tape.watch(point)
            along = tf.reduce_sum(gradient(point) * tf.constant(direction, tf.float32))
        return tape.gradient(along, point)

    # The Hessian is symmetric: the gradient of (gradient . direction) is the gradient's change along the direction.
    difference = (gradient(x + step * direction) - gradient(x - step * direction)) / (2 * step)
    scale = np.abs(difference).max()
    assert scale > 0
    np.testing.assert_allclose(curvature(tf.constant(x, tf.float32)), difference, rtol=2e-2, atol=2e-2 * scale)
