"""Images of one shape and their labels."""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfgan_course.errors import UserError

Read = tf.Tensor | tuple[tf.Tensor, tf.Tensor]


class ImageSet(ABC):
    """Images of one shape, wherever they are: in memory (`Images`) or in files that are read when their turn comes.

    Batches are first made of tickets, which are small, then put into order and shared out, and only then read.
    """

    labels: np.ndarray | None
    class_names: tuple[str, ...] | None

    def __repr__(self) -> str:
        kind, size = type(self).__name__, " x ".join(map(str, self.shape))
        return f"<{kind}: {len(self)} images of {size}, {self.classes or 'no'} classes>"

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
        """Return the CRC-32 of what tells these images from others, continued from `before`."""

    @abstractmethod
    def read(self, *tickets: tf.Tensor) -> Read:
        """Return the uint8 images of a batch of tickets, and int32 labels if there are any, in a `tf.data` graph."""

    def one_pass(self, seed: int, number: tf.Tensor, batch_size: int) -> tf.data.Dataset:
        """Return batches of tickets, an image's index each, of one pass in an order that (seed, number) decides."""
        return tf.data.Dataset.from_tensor_slices(shuffled(len(self), seed, number, batch_size))

    def in_order(self, batch_size: int) -> tf.data.Dataset:
        """Return batches of tickets of all images, in their order; the last may be smaller."""
        return tf.data.Dataset.range(len(self)).batch(batch_size)


@dataclass(frozen=True, eq=False, repr=False)
class Images(ImageSet):
    """Images of one shape, in memory. `labels` and `class_names` are both there or both None.

    Args:
        images: uint8 (n, size, size, channels), 0 to 255; channels is 1 (gray) or 3 (RGB).
        labels: int32 (n,), 0 to len(class_names) - 1, or None. -1 hides the class of an image from training.
        class_names: the name of each label, or None.
    """

    images: np.ndarray
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `ImageSet`."""
        return self.images.shape[1:]

    def __len__(self) -> int:
        return len(self.images)

    def take(self, indices: np.ndarray) -> "Images":
        """See `ImageSet`."""
        return Images(self.images[indices], None if self.labels is None else self.labels[indices], self.class_names)

    def checksum(self, before: int) -> int:
        """See `ImageSet`: the pixels and the labels."""
        checksum = zlib.crc32(self.images, before)
        return checksum if self.labels is None else zlib.crc32(self.labels, checksum)

    @cached_property
    def _tensors(self) -> tuple[tf.Tensor, ...]:
        with tf.init_scope(), tf.device("CPU"):  # Otherwise the whole set would go to the GPU, and back every batch.
            return tuple(tf.constant(array) for array in (self.images, self.labels) if array is not None)

    def read(self, tickets: tf.Tensor) -> Read:
        """See `ImageSet`."""
        parts = tuple(tf.gather(array, tickets) for array in self._tensors)
        return parts if len(parts) == 2 else parts[0]


def take_random(images: ImageSet, most: int | None) -> Images:
    """Return at most `most` of the images, in memory, in a random order that their number alone decides.

    As many as that or fewer, and all with None, come in their own order.
    """
    count = len(images)
    if most is None or count <= most:
        return images if isinstance(images, Images) else images.take(np.arange(count))
    return images.take(np.random.default_rng(count).permutation(count)[:most])


def shuffled(count: int, seed: int, number: int | tf.Tensor, batch_size: int) -> tf.Tensor:
    """Return the order of a pass: indices below `count`, each at most once, int32 (count // batch_size, batch_size).

    It is a function of (seed, number of the pass) alone, the same on every machine.
    """
    # Sorting 64 random bits an image; Philox gives the same bits on every machine and kind of processor.
    bits = tf.random.stateless_uniform([count], [seed, number], None, None, tf.int64, alg="philox")
    per_pass = count // batch_size
    return tf.reshape(tf.argsort(bits)[: per_pass * batch_size], [per_pass, batch_size])


def check_every_class(images: "ImageSet") -> None:
    """Refuse images of which a class has none: a generator that takes labels is trained on all classes alike."""
    empty = sorted(set(range(images.classes)) - set(np.unique(images.labels).tolist()))
    if empty:
        raise UserError(
            expected="images of every class, since the generator takes labels",
            received=f"none of {', '.join(images.class_names[label] for label in empty)}",
            remedy="Leave these classes out, or count labels from 0 without a gap",
        )


def facts(train: ImageSet, test: ImageSet) -> dict:
    """Return what data.json, by which a run knows its images again, has of them: shape, classes, counts, a checksum."""
    return {
        "image_shape": list(train.shape),
        "class_names": list(train.class_names) if train.class_names else None,
        "train_images": len(train),
        "test_images": len(test),
        "checksum": test.checksum(train.checksum(0)),
    }


def check_images(then: Mapping, now: Mapping, where: str | Path) -> None:
    """Raise `UserError` if the images are not those of an earlier training.

    Args:
        then: what was written down in the beginning. Keys that `now` lacks, a classifier's `kind`, are not compared.
        now: the `facts` of the images as they are now.
        where: the run, or whoever trained on the images, for the message.
    """
    before = {key: then.get(key) for key in now}
    if before != now:
        raise UserError(f"the images are no longer those {where} was trained on: {before} then, {dict(now)} now")
