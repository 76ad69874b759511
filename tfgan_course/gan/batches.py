"""The batches of a training step: images, labels and conditions in the form that the networks take."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_course.augmentation import Augmentation
from tfgan_course.errors import require
from tfgan_course.objectives.pair import Batch
from tfgan_course.randomness import Draws


def images_of(batch: tf.Tensor | tuple) -> tf.Tensor:
    """Return float32 [-1, 1] images of a batch: images alone or (images, labels), uint8 [0, 255] or float [-1, 1]."""
    images = batch[0] if isinstance(batch, tuple | list) else batch
    if images.dtype == tf.uint8:
        return tf.cast(images, tf.float32) / 127.5 - 1.0
    check_type("images", images.dtype)
    return tf.cast(images, tf.float32)


def check_type(name: str, dtype: tf.DType) -> None:
    """Refuse images of a type that is neither uint8 nor floating point."""
    expected = f"{name} that are uint8 [0, 255] or float [-1, 1]"
    require(dtype == tf.uint8 or dtype.is_floating, expected, dtype.name, "Convert them: images.astype('uint8')")


def batch_size(images: tf.Tensor) -> int | tf.Tensor:
    """Return the batch size: a Python int if it is static, else a scalar tensor."""
    return images.shape[0] if images.shape[0] is not None else tf.shape(images)[0]


def images_shown(steps: tf.Tensor, images: int | tf.Tensor) -> tf.Tensor:
    """Return how many real images the critic was shown in a number of steps, an int64 scalar.

    Every checkpoint has the number of steps, so a resumed training continues with the count of an uninterrupted one.

    Args:
        steps: an int64 scalar tensor.
        images: the images of a step, over all replicas and all updates of the critic.
    """
    return steps * tf.cast(images, tf.int64)


def fits(shape: Sequence[int | None], wanted: Sequence[int | None]) -> bool:
    """Return whether two shapes are equal; None stands for any size."""
    pairs = zip(shape, wanted, strict=False)
    return len(shape) == len(wanted) and all(None in pair or pair[0] == pair[1] for pair in pairs)


def fields_of(data: tf.Tensor | np.ndarray | Sequence | Mapping) -> dict[str, Any]:
    """Return images alone, (images, labels), or a mapping with these names and `condition`, as a dictionary."""
    # Keras may add sample weights to a tuple. It also puts the mapping or the list that `fit` was given into a tuple.
    parts = data if isinstance(data, tuple | list) else (data,)
    parts = parts[0] if isinstance(parts[0], tuple | list) else parts
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
        check_shape(name, fields[name].shape, shape)
    labels = tf.cast(fields["labels"], tf.int32) if "labels" in needed else None
    if labels is not None and labels.shape.rank == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    right = labels is None or labels.shape.rank in (None, 1)
    require(
        right, "labels (batch,) of a step", f"the shape {labels is not None and labels.shape}", "Use argmax(axis=1)"
    )
    condition = images_of(fields["condition"]) if "condition" in needed else None
    return Batch(images_of(fields["images"]), labels, condition=condition)


def augmented(batch: Batch, augmentation: Augmentation, draws: Draws) -> Batch:
    """Return a batch whose images, and conditions if there are any, are changed alike."""
    if batch.condition is None:
        return batch._replace(images=augmentation(batch.images, draws))
    images, condition = augmentation.of_pairs(batch.images, batch.condition, draws)
    return batch._replace(images=images, condition=condition)


def check_shape(name: str, shape: tuple[int | None, ...] | tf.TensorShape, wanted: tuple[int | None, ...]) -> None:
    """Refuse images whose shape, batch first, is known and does not end in `wanted`."""
    if getattr(shape, "rank", 0) is None:
        return
    expected = f"{name} of shape (batch, {', '.join(map(str, wanted))}), which the networks take"
    gray = tuple(shape[1:]) == wanted[:2]
    remedy = "Gray images need a last axis: images[..., None]" if gray else f"Resize the {name}"
    require(fits(shape, (None, *wanted)), expected, f"the shape {tuple(shape)}", remedy)


def split(batch: Batch, parts: int, smallest: int = 1) -> list[Batch]:
    """Return equal parts of a batch, one for each update that needs its own; images left over are not used.

    If the batch size is not static and is smaller than `parts * smallest`, the images are repeated: the last batch of a
    dataset must not end the training.

    Args:
        batch: the batch.
        parts: the number of parts.
        smallest: the fewest images that a part may have.

    Raises:
        UserError: if the batch size is static and is smaller than `parts * smallest`.
    """
    count, least = batch_size(batch.images), parts * smallest
    each = f"{smallest} (gradient_accumulation) for each of {parts} updates (critic_updates)"
    expected = f"batches of at least {least} images: {each}"
    remedy = f"Batch the data in multiples of {least}, with drop_remainder=True"
    require(not isinstance(count, int) or count >= least, expected, f"a batch of {count}", remedy)
    if not isinstance(count, int) and least > 1:
        filled = tf.range(tf.maximum(count, least)) % count
        batch = batch.each(lambda tensor: tf.gather(tensor, filled))
        count = tf.maximum(count, least)
    size = count // parts

    def part(first: int) -> Batch:
        return batch.each(lambda tensor: tensor[first : first + size])

    return [part(index * size) for index in range(parts)]
