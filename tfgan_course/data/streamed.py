"""Images that are read from their source when they are needed: for more images than memory holds."""

import warnings
import zlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_course.data.images import Images, ImageSet, Read
from tfgan_course.data.picture import SIXTEEN_BITS, Unreadable, fit_array, in_color, picture_of
from tfgan_course.data.source import Records
from tfgan_course.data.sources.folder import Files
from tfgan_course.errors import UserError

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
        size: images are center-cropped to a square and made size x size.
        channels: 1 or 3; None before this is decided.
        labels: int32 (n,), or None; see `Images`.
        class_names: the name of each label, or None.
        held_out: see `Images`.
        white: the value of white in 16-bit files.
        unreadable: the numbers of the files that could not be read so far.
    """

    images: Any  # the sequence that a source gives; `StreamedRecords` has `Records` here
    numbers: np.ndarray
    origin: str
    size: int
    channels: int | None
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None
    held_out: bool = False
    white: int = SIXTEEN_BITS
    unreadable: set[int] = field(default_factory=set)  # of all parts of this set, so that each file is named once

    @property
    def shape(self) -> tuple[int, int, int]:
        return (self.size, self.size, self.channels)

    def __len__(self) -> int:
        return len(self.numbers)

    def part(self, indices: np.ndarray) -> "Streamed":
        """Return the images at these indices without reading them."""
        labels = None if self.labels is None else self.labels[indices]
        return replace(self, numbers=self.numbers[indices], labels=labels)

    def in_color(self, most: int | None = None) -> bool:
        """Return whether an image is in color; at most `most` images, evenly spread, are read to find out."""
        if isinstance(self.images, Records):
            return self.images.channels == 3
        return any(in_color(self.images[number], self.size) for number in self.numbers[spread(len(self), most)])

    def take(self, indices: np.ndarray) -> Images:
        images, labels = self._read(np.asarray(indices))
        return Images(images, None if self.labels is None else labels, self.class_names)

    def checksum(self, before: int) -> int:
        """Use names and sizes of a folder's files, and what is read as white in them if it is not the usual value; for
        other sources, labels and pixels of `LOOKED_AT` images.
        """
        if isinstance(self.images, Files):
            checksum = self.images.checksum(self.numbers, before)
            # A version that reads the same files darker or brighter trains on other images.
            return checksum if self.white == SIXTEEN_BITS else zlib.crc32(str(self.white).encode(), checksum)
        checksum = self.take(spread(len(self), LOOKED_AT)).checksum(before)
        return zlib.crc32(np.array(len(self)) if self.labels is None else self.labels, checksum)

    def read(self, tickets: tf.Tensor) -> Read:
        images, labels = tf.numpy_function(self._read, [tickets], (tf.uint8, tf.int32))
        images.set_shape([tickets.shape[0], *self.shape])
        labels.set_shape([tickets.shape[0]])
        return images if self.labels is None else (images, labels)

    def _read(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        images, labels = np.empty((len(indices), *self.shape), np.uint8), np.zeros(len(indices), np.int32)
        for row, index in enumerate(indices):
            images[row], found = self._picture(int(index))
            labels[row] = 0 if self.labels is None else self.labels[found]
        return images, labels

    def _picture(self, index: int) -> tuple[np.ndarray, int]:
        for following in range(TRIED):
            found = (index + following) % len(self)
            number = int(self.numbers[found])
            try:
                return picture_of(self.images[number], self.size, self.channels, self.white), found
            except Unreadable as error:
                if number not in self.unreadable:
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
            return tuple(tf.gather(part, order) for part in block)

        return blocks.enumerate().map(mixed).unbatch().batch(batch_size, drop_remainder=True)

    def in_order(self, batch_size: int) -> tf.data.Dataset:
        return self._records(self.numbers).batch(batch_size)

    def take(self, indices: np.ndarray) -> Images:
        wanted, rows = np.unique(np.asarray(indices), return_inverse=True)
        records = self._records(self.numbers[wanted])
        pictures = records.map(lambda place, encoded: self._decoded(encoded), tf.data.AUTOTUNE)
        pixels = np.array([*pictures.as_numpy_iterator()], np.uint8).reshape(-1, *self.shape)[rows]
        return Images(pixels, None if self.labels is None else self.labels[indices], self.class_names)

    def checksum(self, before: int) -> int:
        checksum = zlib.crc32(self.images.identity.encode(), before)
        checksum = zlib.crc32(self.numbers.astype(np.int64), checksum)
        return checksum if self.labels is None else zlib.crc32(self.labels, checksum)

    def read(self, places: tf.Tensor, encoded: tf.Tensor) -> Read:  # type: ignore[override]  # a ticket has two parts
        images = tf.map_fn(self._decoded, encoded, fn_output_signature=tf.uint8)
        images.set_shape([encoded.shape[0], *self.shape])
        return images if self.labels is None else (images, tf.gather(tf.constant(self.labels), places))

    def _decoded(self, encoded: tf.Tensor) -> tf.Tensor:
        decoded = self.images.decode(encoded)
        image = tf.numpy_function(lambda image: fit_array(image, self.size, self.channels), [decoded], tf.uint8)
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
