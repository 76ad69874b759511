"""Images that are read from their source when they are needed: for more images than memory holds."""

import warnings
import zlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_course.data.conditions import Degradation
from tfgan_course.data.conditions.pairs import Partners
from tfgan_course.data.form import SIXTEEN_BITS, Form
from tfgan_course.data.images import Images, ImageSet, Read, as_read
from tfgan_course.data.picture import Unreadable, fit_array, in_color, picture_of, size_of
from tfgan_course.data.source import Records
from tfgan_course.data.sources.folder import Files
from tfgan_course.errors import UserError, require
from tfgan_course.files import printable

LOOKED_AT = 1000
"""Largest number of images, evenly spread, that are read to look for color and to make the checksum."""
TRIED = 100
"""Largest number of files that are tried, one after the other, if the first cannot be read."""


@dataclass(frozen=True, eq=False, repr=False)
class Streamed(ImageSet):
    """Chosen images of a source that is a sequence; each image is read when it is needed.

    The order of training images is the same as in memory. If a file cannot be read, a warning says so, and the next
    readable file takes its place.

    Args:
        images: all images of the source.
        numbers: the indices of the chosen images, int32 (n,).
        origin: the name of the images in messages.
        form: the form that the images get; its channels are None before they are decided.
        labels: int32 (n,), or None; see `Images`.
        class_names: the name of each label, or None.
        held_out: see `Images`.
        unreadable: the numbers of the files that could not be read so far.
        conditions: the conditions of the images: what makes them, a set of as many images as this one, or None.
    """

    images: Any  # the sequence that a source gives; `StreamedRecords` has `Records` here
    numbers: np.ndarray
    origin: str
    form: Form
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None
    held_out: bool = False
    unreadable: set[int] = field(default_factory=set)  # of all parts of this set, so that each file is named once
    conditions: "Degradation | Streamed | None" = None

    @property
    def shape(self) -> tuple[int, int, int]:
        return (*self.form.size, self.form.channels)

    @property
    def condition_shape(self) -> tuple[int, int, int] | None:
        if self.conditions is None:
            return None
        return self.conditions.shape(self.shape) if isinstance(self.conditions, Degradation) else self.conditions.shape

    @cached_property
    def made_anew(self) -> bool:  # type: ignore[override]  # a property in place of an attribute
        """Whether an image has another condition in each pass of a training."""
        return isinstance(self.conditions, Degradation) and self.conditions.is_random(self.shape)

    def __len__(self) -> int:
        return len(self.numbers)

    def part(self, indices: np.ndarray) -> "Streamed":
        """Return the images at these indices without reading them."""
        labels = None if self.labels is None else self.labels[indices]
        conditions = self.conditions
        conditions = conditions.part(indices) if isinstance(conditions, Streamed) else conditions
        return replace(self, numbers=self.numbers[indices], labels=labels, conditions=conditions)

    def in_channels(self, channels: int | None, most: int | None = None) -> "Streamed":
        """Return the images with the number of channels decided: of conditions, too, which have their own.

        Args:
            channels: 1 or 3.
            most: see `in_color`.
        """
        conditions = self.conditions
        if isinstance(conditions, Streamed):
            own = conditions.form.channels or (3 if conditions.in_color(most) else 1)
            conditions = conditions.in_channels(own)
        return replace(self, form=replace(self.form, channels=channels), conditions=conditions)

    def in_color(self, most: int | None = None) -> bool:
        """Return whether an image is in color; at most `most` images, evenly spread, are read to find out."""
        if isinstance(self.images, Records):
            return self.images.channels == 3
        return any(in_color(self.images[number], self.form) for number in self.numbers[spread(len(self), most)])

    def take(self, indices: np.ndarray) -> Images:
        images, labels, condition = self._read(np.asarray(indices))
        condition = None if self.conditions is None else condition
        return Images(images, None if self.labels is None else labels, self.class_names, condition=condition)

    def checksum(self, before: int) -> int:
        """Use names and sizes of a folder's files, and what is read as white in them if it is not the usual value; for
        other sources, labels and pixels of `LOOKED_AT` images.
        """
        if isinstance(self.images, Files | Partners):
            checksum = self.images.checksum(self.numbers, before)
            if isinstance(self.conditions, Streamed):
                checksum = self.conditions.checksum(checksum)
            # A version that reads the same files darker or brighter trains on other images.
            white = self.form.white
            return checksum if white == SIXTEEN_BITS else zlib.crc32(str(white).encode(), checksum)
        checksum = self.take(spread(len(self), LOOKED_AT)).checksum(before)
        return zlib.crc32(np.array(len(self)) if self.labels is None else self.labels, checksum)

    def read(self, tickets: tf.Tensor, numbers: tf.Tensor | None = None) -> Read:
        given = [tickets] if numbers is None else [tickets, numbers]
        images, labels, condition = tf.numpy_function(self._read, given, (tf.uint8, tf.int32, tf.uint8))
        images.set_shape([tickets.shape[0], *self.shape])
        labels.set_shape([tickets.shape[0]])
        if self.condition_shape is not None:
            condition.set_shape([tickets.shape[0], *self.condition_shape])
        return as_read(images, None if self.labels is None else labels, None if self.conditions is None else condition)

    def _read(
        self, indices: np.ndarray, numbers: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return images, labels (0 if there are none) and conditions (1 x 1 x 1 if there are none).

        Args:
            indices: which images.
            numbers: the number of the pass for each image. Default: 0.
        """
        numbers = np.zeros(len(indices), np.int64) if numbers is None else numbers
        images, labels = np.empty((len(indices), *self.shape), np.uint8), np.zeros(len(indices), np.int32)
        condition = np.zeros((len(indices), *(self.condition_shape or (1, 1, 1))), np.uint8)
        for row, index in enumerate(indices):
            images[row], beside, found = self._picture(int(index))
            labels[row] = 0 if self.labels is None else self.labels[found]
            if self.conditions is not None:
                own = beside
                if isinstance(self.conditions, Degradation):
                    own = self.conditions.of(images[row], found, int(numbers[row]))
                condition[row] = own
        return images, labels, condition

    def pictures(self, index: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return an image and, if it is read from the source, its condition.

        Raises:
            Unreadable: for either of them.
            UserError: if the sizes of two files do not belong together.
        """
        self.check_sizes(index)
        image = picture_of(self.images[self.numbers[index]], self.form)
        return image, self.conditions.pictures(index)[0] if isinstance(self.conditions, Streamed) else None

    def check_sizes(self, index: int) -> None:
        """Raise `UserError` if an image and its condition, two files, do not have sizes that belong together."""
        if not isinstance(self.conditions, Streamed) or not isinstance(partners := self.conditions.images, Partners):
            return
        number = self.numbers[index]
        paths = self.images[number], partners[number]
        (width, height), small = size_of(paths[0]), size_of(paths[1])
        scale = partners.scale
        right = small in {(width // scale, height // scale), (-(-width // scale), -(-height // scale))}
        times = f"a picture {scale} times as large as" if scale > 1 else "a picture of the size of"
        received = f"{width} x {height} and {small[0]} x {small[1]}"
        remedy = "Correct one of them, set data.condition.scale, or remove both"
        require(right, printable(f"as {paths[0]} {times} {paths[1]}"), received, remedy)

    def _picture(self, index: int) -> tuple[np.ndarray, np.ndarray | None, int]:
        for following in range(TRIED):
            found = (index + following) % len(self)
            try:
                return *self.pictures(found), found
            except Unreadable as error:
                if (number := int(self.numbers[found])) not in self.unreadable:
                    self.unreadable.add(number)
                    warnings.warn(f"Cannot read {error}. The next image takes its place", stacklevel=2)
        raise UserError(
            expected=f"a readable file among {self.images[self.numbers[index]]} and the {TRIED - 1} files after it",
            received="none",
            remedy="Repair or remove the broken files",
        )


@dataclass(frozen=True, eq=False, repr=False)
class StreamedRecords(Streamed):
    """Chosen images of a source that gives `Records`; every pass reads them one after the other.

    A pass follows the order of the source, but shuffles each block of `shuffle_buffer` images. The seed and the number
    of the pass decide where blocks begin and how they are shuffled. A ticket is the index of an image in this set with
    the encoded image.
    """

    conditions: Degradation | None = None
    shuffle_buffer: int = 10_000

    def one_pass(self, seed: int, number: tf.Tensor, batch_size: int) -> tf.data.Dataset:
        size, key = min(self.shuffle_buffer, len(self)), tf.stack([tf.cast(seed, tf.int64), number])
        # This replaces tf.data's shuffle, whose seed cannot depend on the pass. The first block's length differs in
        # each pass.
        first = tf.random.stateless_uniform([], key, 1, size + 1, tf.int64, alg="philox")
        own = self._records(self.numbers)
        blocks = own.take(first).batch(size).concatenate(own.skip(first).batch(size))

        def mixed(index: tf.Tensor, block: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
            seeds = tf.random.experimental.stateless_fold_in(key, index)
            bits = tf.random.stateless_uniform([tf.size(block[0])], seeds, None, None, tf.int64, alg="philox")
            order = tf.argsort(bits)
            tickets = tuple(tf.gather(part, order) for part in block)
            return (*tickets, tf.fill(tf.shape(order), tf.cast(number, tf.int64))) if self.made_anew else tickets

        return blocks.enumerate().map(mixed).unbatch().batch(batch_size, drop_remainder=True)

    def in_order(self, batch_size: int) -> tf.data.Dataset:
        return self._records(self.numbers).batch(batch_size)

    def take(self, indices: np.ndarray) -> Images:
        wanted, rows = np.unique(np.asarray(indices), return_inverse=True)
        records = self._records(self.numbers[wanted])
        pictures = records.map(lambda place, encoded: self._decoded(encoded), tf.data.AUTOTUNE)
        pixels = np.array([*pictures.as_numpy_iterator()], np.uint8).reshape(-1, *self.shape)[rows]
        labels = None if self.labels is None else self.labels[indices]
        condition = None
        if self.conditions is not None:
            condition = self.conditions.of_each(pixels, np.asarray(indices), np.zeros(len(pixels), np.int64))
        return Images(pixels, labels, self.class_names, condition=condition)

    def checksum(self, before: int) -> int:
        checksum = zlib.crc32(self.images.identity.encode(), before)
        checksum = zlib.crc32(self.numbers.astype(np.int64), checksum)
        return checksum if self.labels is None else zlib.crc32(self.labels, checksum)

    def read(  # type: ignore[override]  # a ticket has two parts or three
        self, places: tf.Tensor, encoded: tf.Tensor, numbers: tf.Tensor | None = None
    ) -> Read:
        images = tf.map_fn(self._decoded, encoded, fn_output_signature=tf.uint8)
        images.set_shape([encoded.shape[0], *self.shape])
        condition = None
        if self.conditions is not None:
            numbers = tf.zeros_like(places, tf.int64) if numbers is None else numbers
            condition = tf.numpy_function(self.conditions.of_each, [images, places, numbers], tf.uint8)
            condition.set_shape([encoded.shape[0], *self.condition_shape])
        return as_read(images, None if self.labels is None else tf.gather(tf.constant(self.labels), places), condition)

    def _decoded(self, encoded: tf.Tensor) -> tf.Tensor:
        decoded = self.images.decode(encoded)
        image = tf.numpy_function(lambda image: fit_array(image, self.form), [decoded], tf.uint8)
        return tf.ensure_shape(image, self.shape)

    def _records(self, numbers: np.ndarray) -> tf.data.Dataset:
        """Return pairs of the index in `numbers` (sorted) and the encoded image."""
        places = np.full(1 + numbers.max(initial=-1), -1, np.int32)
        places[numbers] = np.arange(len(numbers), dtype=np.int32)
        table = tf.constant(places)
        data = self.images.dataset().take(len(places)).enumerate()
        return data.map(lambda number, record: (table[number], record[0])).filter(lambda place, encoded: place >= 0)


def spread(count: int, most: int | None) -> np.ndarray:
    """Return the sorted indices of at most `most` of `count` images, evenly spread. None for `most` returns all."""
    return np.arange(count) if most is None else np.unique(np.linspace(0, count - 1, most).astype(int))
