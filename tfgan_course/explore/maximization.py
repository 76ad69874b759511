"""Images that make one class or one channel of a network as large as possible."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tqdm import tqdm

from tfgan_course.errors import require, require_at_least
from tfgan_course.explore.outputs import Output, channels, class_logits, floats, traced


class Maximized(NamedTuple):
    """`images`: float32 [-1, 1] (n, height, width, channels). `values`: float32 (steps + 1, n), the maximized numbers
    before the first step and after each step."""

    images: np.ndarray
    values: np.ndarray


def maximize(
    output: Output,
    units: Sequence[int],
    start: np.ndarray,
    *,
    steps: int = 200,
    rate: float = 0.1,
    decay: float = 0.001,
    jitter: int = 0,
    total_variation: float = 0.0,
    seed: int = 0,
) -> Maximized:
    """Return an image for each unit of an output, by gradient ascent on all images as one batch.

    The rule of course report IE 534, part 2: X <- X + rate d unit / dX - decay X |X|, then cut to [-1, 1]. For a linear
    unit w.X the image ends at sign(w) min(1, sqrt(rate |w| / decay)).

    Args:
        output: a function from images to numbers, see outputs.py.
        units: the indices of the numbers to maximize; there is one image for each.
        start: the first images, float [-1, 1] or uint8: one for all units, (height, width, channels), or one for each
            unit.
        steps: 0 or more.
        rate: factor of the gradient.
        decay: factor of X |X|, which pulls strong pixels back.
        jitter: before each step the images are rolled by up to `jitter` pixels in both directions, so that details do
            not depend on their place (Mordvintsev, Olah and Tyka 2015, Inceptionism).
        total_variation: weight of the sum of absolute differences of neighbouring pixels, which is subtracted from the
            unit (Mahendran and Vedaldi 2015, arXiv:1412.0035): images become smoother.
        seed: the seed of the jitter.

    Raises:
        UserError: for numbers out of range, or a start that does not fit.
    """
    require_at_least(0, steps=steps, decay=decay, jitter=jitter, total_variation=total_variation)
    require(rate > 0, "a rate above 0", rate, "Choose a larger rate")
    units = tf.constant(np.asarray(units, np.int32))
    x = tf.constant(np.broadcast_to(floats(start), [len(units), *np.shape(start)[-3:]]))

    def values_at(images: tf.Tensor) -> tf.Tensor:
        return tf.gather(output(images), units, batch_dims=1)

    def shifted(images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        if not jitter:
            return images
        key = tf.stack([tf.constant(seed, tf.int64), tf.cast(step, tf.int64)])
        places = tf.random.stateless_uniform([2], key, -jitter, jitter + 1, tf.int32)
        return tf.roll(images, places, axis=[1, 2])

    def climb(x: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            values = values_at(shifted(x, step))
            goal = tf.reduce_sum(values)
            if total_variation:
                goal -= total_variation * tf.reduce_sum(tf.image.total_variation(x))
        x += rate * tape.gradient(goal, x) - decay * x * tf.abs(x)
        return tf.clip_by_value(x, -1.0, 1.0), values

    values = []
    climb_once, values_of = traced(climb, x, tf.TensorSpec([], tf.int32)), traced(values_at, x)
    # disable=None: no progress bar in a file.
    for step in tqdm(range(steps), desc=f"{len(units)} images", unit="step", leave=False, disable=None):
        x, reached = climb_once(x, tf.constant(step))
        values.append(reached.numpy()[None])
    values.append(values_of(x).numpy()[None])
    return Maximized(x.numpy(), np.concatenate(values))


def maximize_class(model: keras.Model, start: np.ndarray, classes: Sequence[int] | None = None, **options) -> Maximized:
    """Return the image with the largest logit of each class. The values are logits.

    The model must have class logits, see `class_logits`. `classes` are their numbers, None for all. The other arguments
    are those of `maximize`.
    """
    return _maximize_units(class_logits(model), classes, start, "class", options)


def maximize_feature(
    model: keras.Model, layer: str, start: np.ndarray, units: Sequence[int] | None = None, *, label: int = 0, **options
) -> Maximized:
    """Return the image with the largest activation of each channel of a layer. The values are these maxima.

    For the layer's name and the label see `channels`. `units` are the channels' numbers, None for all. The other
    arguments are those of `maximize`.
    """
    return _maximize_units(channels(model, layer, label), units, start, f"channel of {layer}", options)


def _maximize_units(
    output: Output, units: Sequence[int] | None, start: np.ndarray, name: str, options: dict
) -> Maximized:
    """Maximize some or all numbers of an output; errors call a number `name`."""
    known = traced(output, tf.TensorSpec([None, *np.shape(start)[-3:]])).structured_outputs.shape[-1]
    units = range(known) if units is None else units
    wrong = [unit for unit in units if not 0 <= unit < known]
    require(not wrong, f"a {name} from 0 to {known - 1}", wrong[:1], "Choose one of these")
    return maximize(output, units, start, **options)
