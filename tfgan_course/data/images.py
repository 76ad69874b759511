"""Sets of images of one shape, with their labels."""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from tfgan_course.data.conditions.condition import Degradation
from tfgan_course.errors import require

Read: TypeAlias = tf.Tensor | tuple[tf.Tensor, tf.Tensor] | dict[str, tf.Tensor]


def as_read(images: tf.Tensor, labels: tf.Tensor | None, condition: tf.Tensor | None) -> Read:
    """Return a batch: images alone, (images, labels), or a dictionary of all that exist if there is a condition."""
    if condition is None:
        return images if labels is None else (images, labels)
    fields = {"images": images, "labels": labels, "condition": condition}
    return {name: tensor for name, tensor in fields.items() if tensor is not None}


class ImageSet(ABC):
    """Images of one shape: in memory (`Images`), or in files that are read when they are needed (`Streamed`).

    The pipeline first makes batches of tickets, which are small: indices, or encoded images. It orders the tickets and
    gives each worker its part; then each worker reads only its own images.
    """

    labels: np.ndarray | None
    class_names: tuple[str, ...] | None
    paired = True
    """Whether the condition of an image, if it has one, belongs to this image."""
    made_anew = False
    """Whether an image has another condition in each pass of a training."""

    def __repr__(self) -> str:
        kind, size = type(self).__name__, " x ".join(map(str, self.shape))
        return f"<{kind}: {len(self)} images of {size}, {self.classes or 'no'} classes>"

    @property
    @abstractmethod
    def condition_shape(self) -> tuple[int, int, int] | None:
        """The (height, width, channels) of every condition; None without conditions."""

    @property
    def classes(self) -> int | None:
        """The number of classes; None if the images have no labels."""
        return None if self.class_names is None else len(self.class_names)

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int]:
        """The (height, width, channels) of every image."""

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of images."""

    @abstractmethod
    def take(self, indices: np.ndarray) -> "Images":
        """Return the images at these indices, in memory."""

    @abstractmethod
    def checksum(self, before: int) -> int:
        """Return a CRC-32 that differs between different sets of images, continued from the checksum `before`."""

    @abstractmethod
    def read(self, *tickets: tf.Tensor) -> Read:
        """Return, in a `tf.data` graph, the uint8 images of a batch of tickets, with all else that there is.

        See `as_read`: int32 labels and uint8 conditions. The tickets of `one_pass` may have one more part than those of
        `in_order`: the number of the pass, for conditions that differ from pass to pass.
        """

    def one_pass(self, seed: int, number: tf.Tensor, batch_size: int) -> tf.data.Dataset:
        """Return batches of tickets for one pass over the images, in an order that only (seed, number) decides."""
        order = shuffled(len(self), seed, number, batch_size)
        numbers = tf.fill(tf.shape(order), tf.cast(number, tf.int64))
        return tf.data.Dataset.from_tensor_slices((order, numbers) if self.made_anew else order)

    def in_order(self, batch_size: int) -> tf.data.Dataset:
        """Return batches of tickets of all images, in the order of the set; the last batch may be smaller."""
        return tf.data.Dataset.range(len(self)).batch(batch_size)


@dataclass(frozen=True, eq=False, repr=False)
class Images(ImageSet):
    """Images of one shape, in memory. `labels` and `class_names` are both there or both None.

    Args:
        images: uint8 (n, size, size, channels), 0 to 255; channels is 1 (gray) or 3 (RGB).
        labels: int32 (n,), 0 to len(class_names) - 1, or None. -1 hides the class of an image from training.
        class_names: the name of each label, or None.
        held_out: whether these are test images that were held out from the training images.
        condition: uint8 (n, height, width, channels), the image that a generator is given for each image, or None.
        paired: whether an image and its condition belong together.
        degradation: makes the condition of an image in each pass of a training, if it differs from pass to pass;
            `condition` is that of the first pass.
    """

    images: np.ndarray
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None
    held_out: bool = False
    condition: np.ndarray | None = None
    paired: bool = True
    degradation: Degradation | None = None

    @property
    def made_anew(self) -> bool:  # type: ignore[override]  # a property in place of an attribute
        """Whether an image has another condition in each pass of a training."""
        return self.degradation is not None

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.images.shape[1:]

    @property
    def condition_shape(self) -> tuple[int, int, int] | None:
        return None if self.condition is None else self.condition.shape[1:]

    def __len__(self) -> int:
        return len(self.images)

    def take(self, indices: np.ndarray) -> "Images":
        labels, condition = (part if part is None else part[indices] for part in (self.labels, self.condition))
        return Images(self.images[indices], labels, self.class_names, condition=condition, paired=self.paired)

    def checksum(self, before: int) -> int:
        checksum = zlib.crc32(self.images, before)
        for part in (self.labels, self.condition):
            checksum = checksum if part is None else zlib.crc32(part, checksum)
        return checksum

    @cached_property
    def _tensors(self) -> tuple[tf.Tensor | None, ...]:
        # Without this device scope, TensorFlow would copy the whole set to the GPU, and each batch back.
        with tf.init_scope(), tf.device("CPU"):
            arrays = self.images, self.labels, self.condition
            return tuple(None if array is None else tf.constant(array) for array in arrays)

    def read(self, tickets: tf.Tensor, numbers: tf.Tensor | None = None) -> Read:
        images, labels, stored = self._tensors
        images, labels = (None if array is None else tf.gather(array, tickets) for array in (images, labels))
        if numbers is None or stored is None:
            return as_read(images, labels, None if stored is None else tf.gather(stored, tickets))
        condition = tf.numpy_function(self.degradation.of_each, [images, tickets, numbers], tf.uint8)
        return as_read(images, labels, tf.ensure_shape(condition, [tickets.shape[0], *self.condition_shape]))


def take_random(images: ImageSet, most: int | None) -> Images:
    """Return at most `most` random images, in memory; the number of images alone decides which, and their order.

    If the set has no more images than `most`, or `most` is None, all images are returned in the order of the set.
    """
    count = len(images)
    if most is None or count <= most:
        return images if isinstance(images, Images) else images.take(np.arange(count))
    return images.take(np.random.default_rng(count).permutation(count)[:most])


def shuffled(count: int, seed: int, number: int | tf.Tensor, batch_size: int) -> tf.Tensor:
    """Return the order of one pass: indices below `count`, each at most once, int32 (count // batch_size, batch_size).

    The order depends only on the seed and the number of the pass; it is the same on every machine.
    """
    # Each image gets 64 random bits, which are sorted. Philox gives the same bits on every machine and processor.
    bits = tf.random.stateless_uniform([count], [seed, number], None, None, tf.int64, alg="philox")
    per_pass = count // batch_size
    return tf.reshape(tf.argsort(bits)[: per_pass * batch_size], [per_pass, batch_size])


def check_every_class(images: "ImageSet") -> None:
    """Raise `UserError` if a class has no images: a generator that takes labels is trained on all classes equally."""
    empty = sorted(set(range(images.classes)) - set(np.unique(images.labels).tolist()))
    named = ", ".join(images.class_names[label] for label in empty[:5]) + (", ..." if len(empty) > 5 else "")
    have = np.unique(images.labels[images.labels >= 0]).tolist()
    received = f"labels from {have[0]} to {have[-1]}, and no image of {named}" if have else f"no image of {named}"
    remedy = (
        "Leave these classes out, or number classes from 0 without a gap: np.unique(labels, return_inverse=True)[1]"
    )
    require(not empty, "images of every class, since the generator takes labels", received, remedy)


def facts(train: ImageSet, test: ImageSet) -> dict:
    """Return shape, classes, counts and checksum of the images; data.json keeps them to recognize the images later."""
    condition = {} if train.condition_shape is None else {"condition_shape": list(train.condition_shape)}
    return {
        "image_shape": list(train.shape),
        **condition,
        "class_names": list(train.class_names) if train.class_names else None,
        "train_images": len(train),
        "test_images": len(test),
        "checksum": test.checksum(train.checksum(0)),
    }


def check_images(then: Mapping, now: Mapping, where: str | Path) -> None:
    """Raise `UserError` if the images are not those of an earlier training.

    Args:
        then: the `facts` that the run wrote at its beginning. Only the keys of `now` are compared.
        now: the `facts` of the images as they are now.
        where: the run that was trained on the images, for the message.
    """
    changed = [key for key in now if then.get(key) != now[key]]
    short = [key for key in changed if key != "checksum" and len(f"{then.get(key)}{now[key]}") < 80]
    numbers = [f"{key} {now[key]} instead of {then.get(key)}" for key in short]
    received = ", ".join([*numbers, *(f"another {key}" for key in changed if key not in short)])
    received += " (the pixels, or the way in which they are read, have changed)" * (changed == ["checksum"])
    remedy = "Put the images back as they were, or train a new run"
    require(not changed, f"the images that {where} was trained on", received, remedy)
