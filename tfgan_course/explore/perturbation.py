"""Images changed so little that a person does not see it, but a network predicts another class."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tqdm import tqdm

from tfgan_course.errors import require, require_at_least
from tfgan_course.explore.outputs import class_logits, floats, read, reader
from tfgan_course.models.inputs import input_shape

LEVEL = 1 / 127.5
"""The distance between two neighbouring gray levels (of 256) for images in [-1, 1]."""


class Perturbed(NamedTuple):
    """`images`: the changed images, float32 [-1, 1]; `gradients`: the loss's gradients at the unchanged images."""

    images: np.ndarray
    gradients: np.ndarray


def alternative_classes(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the class after each label, (label + 1) mod classes, which is the target in the IE 534 report."""
    return ((np.asarray(labels) + 1) % classes).astype(np.int32)


def scaled(gradients: np.ndarray) -> np.ndarray:
    """Return gradients as a picture: 0 is the smallest, 1 the largest number of the whole batch."""
    low, high = gradients.min(), gradients.max()
    return (gradients - low) / max(high - low, np.finfo(np.float32).tiny)


def perturb(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    gain: float = 8.0,
    *,
    targeted: bool = True,
    steps: int = 1,
    batch_size: int = 128,
) -> Perturbed:
    """Return images changed by at most `gain` gray levels in every pixel, so that the model predicts another class.

    One step is the fast gradient sign method (Goodfellow, Shlens and Szegedy 2015, arXiv:1412.6572, section 4): `gain`
    gray levels against the gradient's sign, which makes the target class's loss small. Several steps are projected
    gradient descent (Madry et al. 2018, arXiv:1706.06083, eq. 1, starting from the image itself as Kurakin, Goodfellow
    and Bengio 2017, arXiv:1607.02533): sign steps of 2.5 gain / steps, each cut back to `gain` levels around the image
    and to [-1, 1].

    Args:
        model: a network with class logits, see `class_logits`.
        images: uint8 or float [-1, 1] (n, height, width, channels).
        labels: the true classes, integers (n,).
        gain: the largest change in gray levels (of 256), 0 or more; a level is 1 / 127.5.
        targeted: whether to move towards the next class, see `alternative_classes`, or away from the true class.
        steps: the number of steps, 1 or more.
        batch_size: images computed at once.

    Raises:
        UserError: for a model without classes, labels that it does not know, gain or steps out of range.
    """
    return _perturber(model, targeted, steps, batch_size)(images, labels, gain)


def _perturber(
    model: keras.Model, targeted: bool, steps: int, batch_size: int = 128
) -> Callable[[np.ndarray, np.ndarray, float], Perturbed]:
    """Return `perturb` as a function of images, labels and gain, which is traced once for any number of gains."""
    require_at_least(1, steps=steps)
    logits = class_logits(model)
    classes = logits(tf.zeros([1, *input_shape(model, "images")])).shape[-1]
    sign = 1.0 if targeted else -1.0  # a step towards a class lowers the loss, a step away from a class raises it

    @tf.function(reduce_retracing=True)
    def gradient(images: tf.Tensor, aims: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=aims, logits=logits(images))
        return tape.gradient(losses, images)

    @tf.function(reduce_retracing=True)
    def walk(real: tf.Tensor, aims: tf.Tensor, reach: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        step = sign * (reach if steps == 1 else 2.5 * reach / steps)

        def cut(x: tf.Tensor) -> tf.Tensor:
            return tf.clip_by_value(tf.clip_by_value(x, real - reach, real + reach), -1.0, 1.0)

        first = gradient(real, aims)
        x = cut(real - step * tf.sign(first))
        for _ in tf.range(steps - 1):
            x = cut(x - step * tf.sign(gradient(x, aims)))
        return x, first

    def perturb_all(images: np.ndarray, labels: np.ndarray, gain: float) -> Perturbed:
        real, labels = floats(images), np.asarray(labels)
        require_at_least(0, gain=gain)
        fitting = len(labels) == len(real) > 0 and 0 <= labels.min() <= labels.max() < classes
        wanted = f"a label from 0 to {classes - 1} for each of {len(real)} images"
        require(fitting, wanted, f"{len(labels)} labels {labels}", "Correct the labels")
        aims = tf.constant(alternative_classes(labels, classes) if targeted else labels, tf.int32)
        batches = (slice(first, first + batch_size) for first in range(0, len(real), batch_size))
        parts = [walk(tf.constant(real[part]), aims[part], tf.constant(gain * LEVEL, tf.float32)) for part in batches]
        return Perturbed(*(np.concatenate(tensors) for tensors in zip(*parts, strict=True)))

    return perturb_all


def predictions(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the class that a model predicts for each image: integers (n,)."""
    return read(class_logits(model), images).argmax(axis=1)


def accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images whose class is predicted correctly, from 0 to 1."""
    return float(np.mean(predictions(model, images) == labels))


def accuracy_by_gain(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    gains: Sequence[float],
    targeted: bool = True,
    steps: int = 1,
) -> list[float]:
    """Return the accuracy on images perturbed by each gain; see `perturb`."""
    look, attack, left = reader(class_logits(model)), _perturber(model, targeted, steps), []
    for gain in tqdm(gains, desc=f"{steps} steps, gain", leave=False, disable=None):
        left.append(float(np.mean(look(attack(images, labels, gain).images).argmax(axis=1) == labels)))
    return left
