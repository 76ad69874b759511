"""From what `fit` is given, checked before the first step, to the batches of a step."""

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.models.inputs import input_shape
from tfgan_course.objectives.pair import Batch

ARRAYS = (np.ndarray, tf.Tensor, Mapping, list, tuple)
"""What `fit` is given in memory. Other things, a distributed dataset for example, are not looked at."""


def images_of(batch: tf.Tensor | tuple) -> tf.Tensor:
    """Return float32 [-1, 1] images of a batch: images alone or (images, labels), uint8 [0, 255] or float [-1, 1]."""
    images = batch[0] if isinstance(batch, tuple | list) else batch
    if images.dtype == tf.uint8:
        return tf.cast(images, tf.float32) / 127.5 - 1.0
    _check_type("images", images.dtype)
    return tf.cast(images, tf.float32)


def _check_type(name: str, dtype: tf.DType) -> None:
    if dtype != tf.uint8 and not dtype.is_floating:
        raise UserError(
            expected=f"{name} that are uint8 [0, 255] or float [-1, 1]",
            received=dtype.name,
            remedy="Convert them: images.astype('uint8')",
        )


def batch_size(images: tf.Tensor) -> int | tf.Tensor:
    """Return the batch size: a Python int if it is static, else a scalar tensor."""
    return images.shape[0] if images.shape[0] is not None else tf.shape(images)[0]


def as_batch(data: tf.Tensor | Sequence | Mapping, needed: frozenset[str]) -> Batch:
    """Return the batch that an element of a dataset holds.

    Args:
        data: images, (images, labels), or a mapping with `images` and, where needed, `labels` and `condition`.
        needed: fields beside the images that this GAN needs; others are left out.

    Raises:
        UserError: if a field is missing.
    """
    if isinstance(data, Mapping):
        fields = dict(data)
    else:
        parts = data if isinstance(data, tuple | list) else (data,)
        fields = dict(zip(("images", "labels"), parts, strict=False))  # Keras may add sample weights
        if isinstance(fields["images"], Mapping):  # Keras puts what fit(x) was given into a tuple
            fields = dict(fields["images"])
    missing = needed - {name for name, value in fields.items() if value is not None}
    if missing or "images" not in fields:
        raise UserError(
            expected=f"batches with images and {' and '.join(sorted(needed))}, which this GAN needs",
            received=f"batches with {', '.join(fields)}",
            remedy="Fit it on (images, labels), or on dictionaries with these keys",
        )
    labels = tf.cast(fields["labels"], tf.int32) if "labels" in needed else None
    if labels is not None and labels.shape.rank == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    condition = images_of(fields["condition"]) if "condition" in needed else None
    return Batch(images_of(fields["images"]), labels, condition=condition)


def split(batch: Batch, parts: int) -> list[Batch]:
    """Return equal parts of a batch, one for each update of the critic; images that do not divide evenly are left out.

    A batch whose size is known only in the step, and is smaller than `parts`, is filled up by repeating its images: the
    last batch of a dataset must not end the training.

    Raises:
        UserError: if the size is known and is smaller than `parts`.
    """
    count = batch_size(batch.images)
    if isinstance(count, int) and count < parts:
        raise UserError(
            expected=f"batches of at least {parts} images, one for each critic update",
            received=f"a batch of {count}",
            remedy=f"Batch the data in multiples of {parts}, with drop_remainder=True",
        )
    if not isinstance(count, int) and parts > 1:
        filled = tf.range(tf.maximum(count, parts)) % count
        batch = batch.each(lambda tensor: tf.gather(tensor, filled))
        count = tf.maximum(count, parts)
    size = count // parts

    def part(first: int) -> Batch:
        return batch.each(lambda tensor: tensor[first : first + size])

    return [part(index * size) for index in range(parts)]


def checked_data(gan, x, y, options: dict) -> tuple:
    """Return the arguments of a GAN's `fit`, checked: arrays or a `tf.data.Dataset`, labels or None, other options.

    Raises:
        UserError: if the images or labels are not what this GAN can be trained on, or the dataset never ends.
    """
    if isinstance(x, tf.data.Dataset):
        first = next(iter(x.take(1)), None)
        if first is None:
            raise UserError(expected="a dataset of batches", received="an empty one", remedy="Check how it is made")
        _check_images_and_labels(gan, first)
        if options.get("steps_per_epoch") is None and x.cardinality() == tf.data.INFINITE_CARDINALITY:
            if not hasattr(x, "steps_per_pass"):
                remedy = "Pass steps_per_epoch=..., or leave .repeat() out"
                raise UserError(expected="a dataset that ends", received="one that never ends", remedy=remedy)
            options = {**options, "steps_per_epoch": x.steps_per_pass}
    elif isinstance(x, ARRAYS):
        _check_images_and_labels(gan, x if y is None else (x, y))
        count = len(tf.nest.flatten(x)[0])
        left_out = count % (options.get("batch_size") or 32)
        if left_out < gan.critic_updates and count > left_out:
            x, y = tf.nest.map_structure(lambda part: None if part is None else part[: count - left_out], (x, y))
    if isinstance(options.get("validation_data"), ARRAYS):
        _check_images_and_labels(gan, options["validation_data"])
    return x, y, options


def _check_images_and_labels(gan, data) -> None:
    """Refuse images, (images, labels), or a mapping with these names, that this GAN cannot be trained on."""
    parts = data if isinstance(data, tuple | list) else (data,)
    fields = dict(data) if isinstance(data, Mapping) else dict(zip(("images", "labels"), parts, strict=False))
    for name in ("images", "condition"):
        if fields.get(name) is not None:
            _check_images(name, np.asarray(fields[name]))
    images, wanted = np.shape(fields.get("images")), input_shape(gan.critic, "images")
    if len(images) != 4 or images[1:] != wanted:
        gray = images[1:] == wanted[:2]
        raise UserError(
            expected=f"images of shape (batch, {', '.join(map(str, wanted))}), which the networks take",
            received=f"the shape {images}",
            remedy="Gray images need a last axis: images[..., None]" if gray else "Resize the images",
        )
    if fields.get("labels") is not None and "labels" in gan.needed_fields:
        _check_labels(np.asarray(fields["labels"]), gan.label_classes, secret=not gan.critic_takes_labels)


def _check_images(name: str, images: np.ndarray) -> None:
    _check_type(name, tf.as_dtype(images.dtype))
    if images.dtype == np.uint8 or not images.size:
        return
    low, high = float(images.min()), float(images.max())
    if not (low >= -1.001 and high <= 1.001) or (low >= 0 and high > 0):  # also where one of them is NaN
        raise UserError(
            expected=f"float {name} in [-1, 1], not in [0, 1] or [0, 255]",
            received=f"values from {low:g} to {high:g}",
            remedy="Of [0, 255] pass uint8; of [0, 1] pass 2 * images - 1",
        )


def _check_labels(labels: np.ndarray, classes: int, secret: bool = False) -> None:
    """Refuse labels, (n,) or (n, 1), that are no classes; -1, for an image of no known class, only if `secret`."""
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
