"""Check the data that a user gives to `fit`, `evaluate` and Keras's methods for one batch; return one form."""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from numbers import Number
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError, require, whole_number
from tfgan_course.gan.batches import check_shape, check_type, fields_of
from tfgan_course.gan.given_batches import CheckedSequence, check_distributed, checked_generator
from tfgan_course.metrics.arrays import integer_labels

ARRAYS = (np.ndarray, tf.Tensor, Mapping, list, tuple)
"""Types of data in memory."""


def checked_data(gan, x: Any, y: Any, errors: list[UserError], training: bool = False) -> tuple[Any, Any]:
    """Return `x`, arrays or batches, and labels `y` or None, checked; labels are int32 (n,).

    Args:
        gan: the GAN.
        x: images, (images, labels), or a mapping with these names and `condition`; or such batches: a
            `tf.data.Dataset`, a Python generator or a `keras.utils.Sequence`. Of a distributed dataset only the first
            batch is checked, because its batches cannot be changed.
        y: the labels, if the user gives them separately.
        errors: a list to which the error of a later batch is added, because TensorFlow reports it in its own words.
        training: whether the batches will be divided among replicas, which must get equally many images.

    Raises:
        UserError: if the GAN does not work with these images or labels.
    """
    if isinstance(x, tf.distribute.DistributedDataset):
        check_distributed(gan, x, partial(_checked_fields, gan))
        return x, y
    if isinstance(x, tf.data.Dataset):
        return _checked_dataset(gan, x, errors, training), y
    if isinstance(x, keras.utils.Sequence):
        return CheckedSequence(x, partial(_checked_batch, gan, training), errors), y
    if isinstance(x, Iterator) and not isinstance(x, tf.distribute.DistributedIterator):
        return checked_generator(x, partial(_checked_batch, gan, training), errors), y
    if not isinstance(x, ARRAYS) and hasattr(x, "__array__"):
        x = np.asarray(x)  # a tf.Variable for example
    if not isinstance(x, ARRAYS):
        images = "images: an array, (images, labels), a mapping with these names, or a dataset of such batches"
        no_data = x is None or isinstance(x, str | bytes | os.PathLike | Number)
        require(not no_data, images, repr(x), "To train on a folder of images, use tfgan_course.train(images=folder)")
        return x, y
    y = np.asarray(y) if isinstance(y, list) else y
    labels = _checked_fields(gan, fields_of(x if y is None else (x, y)))
    if labels is None:
        return x, y
    return (x, labels) if y is not None else (_with_labels(x, labels), None)


def checked_for_training(gan, x: Any, y: Any, options: dict, errors: list[UserError]) -> tuple[Any, Any, dict]:
    """Return the arguments of a GAN's `fit`, checked: arrays or a dataset, labels or None, other options.

    Raises:
        UserError: for the mistakes of `checked_data`, or if the dataset never ends.
    """
    endless = isinstance(x, tf.data.Dataset) and x.cardinality() == tf.data.INFINITE_CARDINALITY
    if endless and options.get("steps_per_epoch") is None:
        remedy = "Pass steps_per_epoch=..., or leave .repeat() out"
        require(hasattr(x, "steps_per_pass"), "a dataset that ends", "one that never ends", remedy)
        options = {**options, "steps_per_epoch": x.steps_per_pass}
    x, y = checked_data(gan, x, y, errors, training=True)
    if isinstance(x, ARRAYS):
        given = options.get("batch_size")
        size = 32 if given is None else whole_number("batch_size", given, 1)
        _check_divisible(gan, size)
        x, y = tf.nest.map_structure(lambda part: None if part is None else np.asarray(part), (x, y))
        count = len(tf.nest.flatten(x)[0])
        left_over = count % size
        if count > left_over and (left_over < smallest_batch(gan) or _replicas(gan) > 1):
            x, y = tf.nest.map_structure(lambda part: None if part is None else part[: count - left_over], (x, y))
    if options.get("validation_data") is not None:
        given = options["validation_data"]
        images, labels = given if isinstance(given, tuple | list) and len(given) == 2 else (given, None)
        images, labels = checked_data(gan, images, labels, errors)
        options = {**options, "validation_data": images if labels is None else (images, labels)}
    return x, y, options


def smallest_batch(gan) -> int:
    """Return the smallest batch that a step can divide into its parts: one image for each part on each replica."""
    return gan.batches_per_step * gan.gradient_accumulation * _replicas(gan)


def _replicas(gan) -> int:
    return gan.strategy.num_replicas_in_sync


def _check_divisible(gan, size: int) -> None:
    """Refuse a full batch that has too few images for a step, or that replicas cannot share equally."""
    least, replicas = smallest_batch(gan), _replicas(gan)
    own = " and one batch for the generator" if gan.batches_per_step > gan.critic_updates else ""
    parts = f"critic_updates {gan.critic_updates}{own}, gradient_accumulation {gan.gradient_accumulation}"
    expected = f"batches of at least {least} images, a multiple of {replicas} ({parts}, replicas {replicas})"
    require(size >= least and size % replicas == 0, expected, f"a batch of {size}", f"Use a batch size of {least}")


def _checked_batch(gan, training: bool, batch: Any, first: bool) -> tuple:
    """Return a batch of a generator or a sequence, checked, as the tuple that Keras expects.

    Args:
        gan: the GAN.
        training: whether a step will divide the batch.
        batch: images, (images, labels) or a mapping, arrays.
        first: whether it is the first batch, whose size and range must be right for all.

    Raises:
        UserError: if the GAN does not work with these images or labels.
    """
    fields = {name: np.asarray(value) for name, value in fields_of(batch).items() if value is not None}
    labels = _checked_fields(gan, fields, first)
    fields = {name: value for name, value in fields.items() if name == "images" or name in gan.needed_fields}
    if labels is not None:
        fields["labels"] = labels
    count = len(fields["images"])
    if training:
        if first:
            _check_divisible(gan, count)
        if _replicas(gan) > 1:
            filled = np.arange(_filled_size(count, gan)) % count
            fields = {name: value[filled] for name, value in fields.items()}
    return (fields,) if fields.keys() - {"images", "labels"} else tuple(fields.values())


def _checked_dataset(gan, dataset: tf.data.Dataset, errors: list[UserError], training: bool) -> tf.data.Dataset:
    """Return a dataset whose first batch is checked now, and whose other batches are checked when they are read."""
    first = next(iter(dataset.take(1)), None)
    require(first is not None, "a dataset of batches", "an empty one", "Check how it is made")
    fields = fields_of(first)
    _checked_fields(gan, fields)
    if training:
        _check_divisible(gan, len(fields["images"]))
    if hasattr(dataset, "steps_per_pass"):
        return dataset  # The package's own batches are full and have checked labels.
    wanted = [name for name in ("images", "condition", "labels") if fields.get(name) is not None]
    labeled = "labels" in wanted and "labels" in gan.needed_fields

    def check(*parts: np.ndarray) -> np.ndarray:
        try:
            found = _checked_fields(gan, dict(zip(wanted, parts, strict=True)), first=False)
        except UserError as error:
            errors.append(error)
            raise
        return np.zeros(len(parts[0]), np.int32) if found is None else found

    def checked(*parts):
        element = parts if len(parts) > 1 else parts[0]
        given = fields_of(element)
        labels = tf.numpy_function(check, [given[name] for name in wanted], tf.int32)
        with tf.control_dependencies([labels]):
            element = tf.nest.map_structure(tf.identity, element)
        if labeled:
            element = _with_labels(element, tf.ensure_shape(labels, given["images"].shape[:1]))
        return _filled(element, gan) if training and _replicas(gan) > 1 else element

    return dataset.map(checked)


def _filled(element: Any, gan) -> Any:
    """Repeat images of a batch until replicas get equally many, and each part of a step has at least one."""
    count = tf.shape(tf.nest.flatten(element)[0])[0]
    filled = tf.range(_filled_size(count, gan)) % count
    return tf.nest.map_structure(lambda tensor: tf.gather(tensor, filled), element)


def _filled_size(count: Any, gan) -> Any:
    """Return the size of a batch, a number or a tensor, after the images that `_filled` repeats."""
    replicas = _replicas(gan)
    least = smallest_batch(gan) // replicas
    each = -(-count // replicas)
    return replicas * (tf.maximum(each, least) if tf.is_tensor(count) else max(each, least))


def _with_labels(data: Any, labels: Any) -> Any:
    """Return the batch or the arrays with other labels."""
    if isinstance(data, Mapping):
        return {**data, "labels": labels}
    first, *rest = data
    return (_with_labels(first, labels), *rest) if isinstance(first, Mapping) else (first, labels, *rest[1:])


def _checked_fields(gan, fields: Mapping[str, Any], first: bool = True) -> np.ndarray | None:
    """Return the labels, int32 (n,), if the GAN needs them; refuse images or labels that it cannot be trained on.

    Args:
        gan: the GAN.
        fields: images and, if there are any, labels and condition.
        first: whether the images are enough to tell the range [0, 1] from [-1, 1].
    """
    fields = {name: np.asarray(value) for name, value in fields.items() if value is not None}
    for name in fields.keys() & {"images", "condition"}:
        _check_images(name, fields[name], first)
    for name, shape in gan.field_shapes.items():
        if name in fields or name == "images":
            check_shape(name, np.shape(fields.get(name)), shape)
    count = len(fields["images"])
    require(count > 0, "batches of at least one image", "an empty batch", "Check how the data are made")
    lengths = {name: value.shape[:1] for name, value in fields.items()}
    right = len(set(lengths.values())) == 1
    require(right, "as many labels and conditions as images", lengths, "Give one for each image")
    return _class_labels(gan, fields["labels"], count) if fields.keys() & gan.needed_fields & {"labels"} else None


def _check_images(name: str, images: np.ndarray, first: bool) -> None:
    check_type(name, tf.as_dtype(images.dtype))
    if images.dtype == np.uint8 or not images.size:
        return
    expected = f"float {name} in [-1, 1], not in [0, 1] or [0, 255]"
    lost = np.count_nonzero(~np.isfinite(images))
    require(not lost, expected, f"{lost} values that are NaN or infinite", "Replace or remove them")
    low, high = float(images.min()), float(images.max())
    right = low >= -1.001 and high <= 1.001 and (low < 0 or high <= 0 or not first)
    received = f"values from {low:g} to {high:g}"
    require(right, expected, received, "Pass uint8 for [0, 255]; pass 2 * images - 1 for [0, 1]")


def _class_labels(gan, labels: np.ndarray, count: int) -> np.ndarray:
    """Return labels as int32 (n,); refuse labels that are not classes of the GAN.

    A network that takes the labels of real images needs a class for each. Otherwise -1 is an unknown class.
    """
    found = integer_labels(labels, count, gan.label_classes)
    given = gan.critic_takes_labels or (gan.generator_takes_labels and gan.fake_labels == "real")
    lowest = 0 if given else -1
    require(
        lowest <= found.min() and found.max() < gan.label_classes,
        f"labels from 0 to {gan.label_classes - 1}" + ("" if given else ", or -1 for an unknown class"),
        f"{labels.dtype.name} labels of shape {labels.shape}, values from {found.min()} to {found.max()}",
        "Check labels and classes",
    )
    return found
