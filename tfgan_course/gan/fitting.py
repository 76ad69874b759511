"""What `GAN.fit` checks of its data before the first step."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.models.inputs import input_shape


def checked_data(gan, x, y, options: dict) -> tuple:
    """Return `fit`'s data and options, checked.

    Args:
        gan: the GAN.
        x: arrays, or a `tf.data.Dataset`.
        y: labels, or None.
        options: the others of `fit`.

    Raises:
        UserError: if the images or labels are not what this GAN can be trained on, or the dataset never ends.
    """
    if isinstance(x, tf.data.Dataset):
        check_images_and_labels(gan, next(iter(x.take(1))))
        if options.get("steps_per_epoch") is None and x.cardinality() == tf.data.INFINITE_CARDINALITY:
            options = {**options, "steps_per_epoch": _steps_per_pass(x)}
    elif isinstance(x, np.ndarray | tf.Tensor):
        check_images_and_labels(gan, x if y is None else (x, y))
        left_out = len(x) % (options.get("batch_size") or 32)
        if left_out < gan.critic_updates and len(x) > left_out:
            x, y = x[: len(x) - left_out], None if y is None else y[: len(y) - left_out]
    return x, y, options


def _steps_per_pass(dataset: tf.data.Dataset) -> int:
    steps = getattr(dataset, "steps_per_pass", None)
    if steps is None:
        raise UserError(
            expected="a dataset that ends, or the number of steps in an epoch",
            received="a dataset that never ends",
            remedy="Pass steps_per_epoch=..., or leave .repeat() out",
        )
    return steps


def check_images_and_labels(gan, data) -> None:
    """Refuse images and labels that this GAN cannot be trained on.

    Args:
        gan: the GAN.
        data: arrays or tensors: images, (images, labels), or a mapping with these names.
    """
    parts = data if isinstance(data, tuple | list) else (data,)
    fields = dict(data) if isinstance(data, Mapping) else dict(zip(("images", "labels"), parts, strict=False))
    for name in ("images", "condition"):
        if fields.get(name) is not None:
            _check_images(name, np.asarray(fields[name]))
    images = np.shape(fields.get("images"))
    wanted = input_shape(gan.critic, "images")
    if len(images) != 4 or images[1:] != wanted:
        raise UserError(
            expected=f"images of shape (batch, {', '.join(map(str, wanted))}), which the networks take",
            received=f"the shape {images}",
            remedy="Gray images need a last axis: images[..., None]"
            if images[1:] == wanted[:2]
            else "Resize the images",
        )
    if fields.get("labels") is not None and "labels" in gan.needed_fields:
        check_labels(np.asarray(fields["labels"]), gan.label_classes, secret=not gan.critic_takes_labels)


def _check_images(name: str, images: np.ndarray) -> None:
    if images.dtype == np.uint8:
        return
    if not np.issubdtype(images.dtype, np.floating) and images.dtype.name != "bfloat16":
        raise UserError(
            expected=f"{name} that are uint8 [0, 255] or float [-1, 1]",
            received=f"{images.dtype.name}",
            remedy="Convert them: images.astype('uint8')",
        )
    low, high = float(np.min(images, initial=0.0)), float(np.max(images, initial=0.0))
    smallest = float(np.min(images, initial=np.inf))
    if not (low >= -1.001 and high <= 1.001):  # also where one of them is NaN
        raise UserError(
            expected=f"float {name} in [-1, 1]",
            received=f"values from {low:g} to {high:g}",
            remedy="Of [0, 255] pass uint8; of [0, 1] pass 2 * images - 1",
        )
    if smallest >= 0 and high > 0:
        raise UserError(
            expected=f"float {name} in [-1, 1]",
            received=f"values from {smallest:g} to {high:g}, which are in [0, 1]",
            remedy="Pass 2 * images - 1",
        )


def check_labels(labels: np.ndarray, classes: int, secret: bool = False) -> None:
    """Refuse labels that are no classes.

    Args:
        labels: (n,) or (n, 1) whole numbers.
        classes: number of classes.
        secret: whether -1 is allowed, for an image whose class is not known.
    """
    flat = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    whole = flat.ndim == 1 and np.issubdtype(flat.dtype, np.integer)
    lowest = -1 if secret else 0
    if not whole or (flat.size and not (lowest <= flat.min() and flat.max() < classes)):
        seen = f", values from {flat.min()} to {flat.max()}" if flat.size else ""
        raise UserError(
            expected=f"integer labels (n,), from 0 to {classes - 1}",
            received=f"{labels.dtype.name} labels of shape {labels.shape}{seen}",
            remedy="Of one-hot labels pass labels.argmax(axis=1)" if labels.ndim == 2 else "Check labels and classes",
        )
