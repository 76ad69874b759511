"""From what a dataset yields to the batches of a step."""

from collections.abc import Callable, Mapping, Sequence

import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.objectives.pair import Batch


def images_of(batch: tf.Tensor | tuple) -> tf.Tensor:
    """Return float32 [-1, 1] images of a batch: images alone or (images, labels), uint8 [0, 255] or float [-1, 1]."""
    images = batch[0] if isinstance(batch, tuple | list) else batch
    if images.dtype == tf.uint8:
        return tf.cast(images, tf.float32) / 127.5 - 1.0
    if not images.dtype.is_floating:
        raise UserError(
            expected="images that are uint8 [0, 255] or float [-1, 1]",
            received=images.dtype.name,
            remedy="Convert them: images.astype('uint8')",
        )
    return tf.cast(images, tf.float32)


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
        batch = _each(lambda tensor: tf.gather(tensor, filled), batch)
        count = tf.maximum(count, parts)
    size = count // parts
    return [_each(lambda tensor, first=index * size: tensor[first : first + size], batch) for index in range(parts)]


def _each(function: Callable[[tf.Tensor], tf.Tensor], batch: Batch) -> Batch:
    return Batch(*(None if tensor is None else function(tensor) for tensor in batch))
