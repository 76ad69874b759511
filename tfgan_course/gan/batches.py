"""Check the data that the user gives to `fit`, and make the batches of a step."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_course.errors import UserError, require
from tfgan_course.objectives.pair import Batch

ARRAYS = (np.ndarray, tf.Tensor, Mapping, list, tuple)
"""Types of data in memory. Data of other types, a distributed dataset for example, are not checked."""


def images_of(batch: tf.Tensor | tuple) -> tf.Tensor:
    """Return float32 [-1, 1] images of a batch: images alone or (images, labels), uint8 [0, 255] or float [-1, 1]."""
    images = batch[0] if isinstance(batch, tuple | list) else batch
    if images.dtype == tf.uint8:
        return tf.cast(images, tf.float32) / 127.5 - 1.0
    _check_type("images", images.dtype)
    return tf.cast(images, tf.float32)


def _check_type(name: str, dtype: tf.DType) -> None:
    expected = f"{name} that are uint8 [0, 255] or float [-1, 1]"
    require(dtype == tf.uint8 or dtype.is_floating, expected, dtype.name, "Convert them: images.astype('uint8')")


def batch_size(images: tf.Tensor) -> int | tf.Tensor:
    """Return the batch size: a Python int if it is static, else a scalar tensor."""
    return images.shape[0] if images.shape[0] is not None else tf.shape(images)[0]


def fits(shape: Sequence[int | None], wanted: Sequence[int | None]) -> bool:
    """Return whether two shapes are equal; None stands for any size."""
    pairs = zip(shape, wanted, strict=False)
    return len(shape) == len(wanted) and all(None in pair or pair[0] == pair[1] for pair in pairs)


def fields_of(data: tf.Tensor | np.ndarray | Sequence | Mapping) -> dict[str, Any]:
    """Return images alone, (images, labels), or a mapping with these names and `condition`, as a dictionary."""
    # Keras may add sample weights to a tuple. It also puts the mapping of `fit(mapping)` into a tuple.
    parts = data if isinstance(data, tuple | list) else (data,)
    return dict(parts[0]) if isinstance(parts[0], Mapping) else dict(zip(("images", "labels"), parts, strict=False))


def as_batch(data: tf.Tensor | Sequence | Mapping, needed: frozenset[str], shapes: Mapping[str, tuple]) -> Batch:
    """Return the batch that an element of a dataset holds.

    Args:
        data: images, (images, labels), or a mapping with `images` and, where needed, `labels` and `condition`.
        needed: fields beside the images that this GAN needs; other fields are ignored.
        shapes: the shapes, without the batch, of `images` and `condition` that the networks take.

    Raises:
        UserError: if a field is missing, or if the static part of its shape is different.
    """
    fields = fields_of(data)
    found = [name for name, value in fields.items() if value is not None]
    right = "images" in found and needed <= set(found)
    expected = f"batches with {' and '.join(['images', *sorted(needed)])}, which this GAN needs"
    remedy = "Fit it on (images, labels), or on dictionaries with these keys"
    require(right, expected, f"batches with {', '.join(found)}", remedy)
    for name, shape in shapes.items():
        _check_shape(name, fields[name].shape, shape)
    labels = tf.cast(fields["labels"], tf.int32) if "labels" in needed else None
    if labels is not None and labels.shape.rank == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    condition = images_of(fields["condition"]) if "condition" in needed else None
    return Batch(images_of(fields["images"]), labels, condition=condition)


def _check_shape(name: str, shape: tuple[int | None, ...] | tf.TensorShape, wanted: tuple[int | None, ...]) -> None:
    if getattr(shape, "rank", 0) is None:
        return
    expected = f"{name} of shape (batch, {', '.join(map(str, wanted))}), which the networks take"
    gray = tuple(shape[1:]) == wanted[:2]
    remedy = "Gray images need a last axis: images[..., None]" if gray else f"Resize the {name}"
    require(fits(shape, (None, *wanted)), expected, f"the shape {tuple(shape)}", remedy)


def split(batch: Batch, parts: int) -> list[Batch]:
    """Return equal parts of a batch, one for each update of the critic; remaining images are not used.

    If the batch size is not static and is smaller than `parts`, the images are repeated: the last batch of a dataset
    must not end the training.

    Raises:
        UserError: if the batch size is static and is smaller than `parts`.
    """
    count = batch_size(batch.images)
    expected = f"batches of at least {parts} images, one for each critic update"
    remedy = f"Batch the data in multiples of {parts}, with drop_remainder=True"
    require(not isinstance(count, int) or count >= parts, expected, f"a batch of {count}", remedy)
    if not isinstance(count, int) and parts > 1:
        filled = tf.range(tf.maximum(count, parts)) % count
        batch = batch.each(lambda tensor: tf.gather(tensor, filled))
        count = tf.maximum(count, parts)
    size = count // parts

    def part(first: int) -> Batch:
        return batch.each(lambda tensor: tensor[first : first + size])

    return [part(index * size) for index in range(parts)]


def checked_data(gan, x, y, errors: list[UserError]) -> object:
    """Return `x`, arrays or a `tf.data.Dataset` of batches, after checks; arrays may come with labels `y`.

    Raises:
        UserError: if the GAN does not work with these images or labels. The error of a dataset's later batch is added
            to `errors`, since TensorFlow reports it in its own words.
    """
    if isinstance(x, tf.data.Dataset):
        return _checked_dataset(gan, x, errors)
    if isinstance(x, ARRAYS):
        _check_images_and_labels(gan, x if y is None else (x, y))
    return x


def checked_for_training(gan, x, y, options: dict, errors: list[UserError]) -> tuple:
    """Return the arguments of a GAN's `fit`, checked: arrays or a dataset, labels or None, other options.

    Raises:
        UserError: for the mistakes of `checked_data`, or if the dataset never ends.
    """
    if isinstance(x, tf.data.Dataset):
        if options.get("steps_per_epoch") is None and x.cardinality() == tf.data.INFINITE_CARDINALITY:
            remedy = "Pass steps_per_epoch=..., or leave .repeat() out"
            require(hasattr(x, "steps_per_pass"), "a dataset that ends", "one that never ends", remedy)
            options = {**options, "steps_per_epoch": x.steps_per_pass}
    elif isinstance(x, ARRAYS):
        count = len(tf.nest.flatten(x)[0])
        left_over = count % (options.get("batch_size") or 32)
        if left_over < gan.critic_updates and count > left_over:
            x, y = tf.nest.map_structure(lambda part: None if part is None else part[: count - left_over], (x, y))
    if options.get("validation_data") is not None:
        options = {**options, "validation_data": checked_data(gan, options["validation_data"], None, errors)}
    return checked_data(gan, x, y, errors), y, options


def _checked_dataset(gan, dataset: tf.data.Dataset, errors: list[UserError]) -> tf.data.Dataset:
    """Return a dataset whose first batch is checked now, and the labels of each batch when it is read."""
    first = next(iter(dataset.take(1)), None)
    require(first is not None, "a dataset of batches", "an empty one", "Check how it is made")
    _check_images_and_labels(gan, first)
    if (
        "labels" not in gan.needed_fields
        or fields_of(first).get("labels") is None
        or hasattr(dataset, "steps_per_pass")
    ):
        return dataset  # as_batch reports missing labels; the package's own batches have checked labels

    def check(labels: tf.Tensor) -> np.bool_:
        try:
            _check_labels(gan, np.asarray(labels))
        except UserError as error:
            errors.append(error)
            raise
        return np.True_

    def checked(*parts):
        element = parts if len(parts) > 1 else parts[0]
        right = tf.numpy_function(check, [fields_of(element)["labels"]], tf.bool)
        with tf.control_dependencies([right]):
            return tf.nest.map_structure(tf.identity, element)

    return dataset.map(checked)


def _check_images_and_labels(gan, data) -> None:
    """Refuse images, (images, labels), or a mapping with these names, that this GAN cannot be trained on."""
    fields = fields_of(data)
    for name in ("images", "condition"):
        if fields.get(name) is not None:
            _check_images(name, np.asarray(fields[name]))
    for name, shape in gan.field_shapes.items():
        if fields.get(name) is not None or name == "images":
            _check_shape(name, np.shape(fields.get(name)), shape)
    if fields.get("labels") is not None and "labels" in gan.needed_fields:
        _check_labels(gan, np.asarray(fields["labels"]))


def _check_images(name: str, images: np.ndarray) -> None:
    _check_type(name, tf.as_dtype(images.dtype))
    if images.dtype == np.uint8 or not images.size:
        return
    low, high = float(images.min()), float(images.max())
    right = low >= -1.001 and high <= 1.001 and (low < 0 or high <= 0)  # false if one of them is NaN
    expected, received = f"float {name} in [-1, 1], not in [0, 1] or [0, 255]", f"values from {low:g} to {high:g}"
    require(right, expected, received, "Pass uint8 for [0, 255]; pass 2 * images - 1 for [0, 1]")


def _check_labels(gan, labels: np.ndarray) -> None:
    """Refuse labels, (n,) or (n, 1), that are not classes of the GAN.

    A critic that does not take labels may get -1, for an image without a known class.
    """
    flat = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    whole, lowest = flat.ndim == 1 and np.issubdtype(flat.dtype, np.integer), 0 if gan.critic_takes_labels else -1
    require(
        whole and (not flat.size or (lowest <= flat.min() and flat.max() < gan.label_classes)),
        f"integer labels (n,), from 0 to {gan.label_classes - 1}",
        f"{labels.dtype.name} labels of shape {labels.shape}"
        + (f", values from {flat.min()} to {flat.max()}" if flat.size else ""),
        "Pass labels.argmax(axis=1) for one-hot labels" if labels.ndim == 2 else "Check labels and classes",
    )
