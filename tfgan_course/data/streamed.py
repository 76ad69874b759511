"""Images where their source has them, read when their turn comes: for more images than memory holds."""

# ruff: noqa: D102 (methods without a docstring are described in their base class)

import warnings
import zlib
from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from tfgan_course.data.images import Images, ImageSet, Read
from tfgan_course.data.picture import Unreadable, fit_array, in_color, picture_of
from tfgan_course.data.source import Given, Records
from tfgan_course.data.sources.folder import Files
from tfgan_course.errors import UserError

LOOKED_AT = 1000
"""The most images, evenly spread, that are looked at to tell gray images from color, and these images from others."""
TRIED = 100
"""How many files after an unreadable one are tried in its place."""


@dataclass(frozen=True, eq=False, repr=False)
class Streamed(ImageSet):
    """Chosen images of a source, in a sequence, each read when its turn comes; their order is the same as in memory.

    The next file that can be read takes the place of one that cannot; a warning says so.

    Args:
        images: all images that the source gives.
        numbers: which of them were chosen, int32 (n,).
        origin: what messages call the images.
        size: images are center-cropped to a square and made size x size.
        channels: 1 or 3; None until that is decided.
        labels: int32 (n,), or None; see `Images`.
        class_names: the name of each label, or None.
    """

    images: Given
    numbers: np.ndarray
    origin: str
    size: int
    channels: int | None
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        return (self.size, self.size, self.channels)

    def __len__(self) -> int:
        return len(self.numbers)

    def part(self, indices: np.ndarray) -> "Streamed":
        """Return the images at these indices, not read yet."""
        labels = None if self.labels is None else self.labels[indices]
        return replace(self, numbers=self.numbers[indices], labels=labels)

    def in_color(self, most: int | None = None) -> bool:
        """Return whether an image is in color; of more than `most`, as many are looked at, evenly spread."""
        if isinstance(self.images, Records):
            return self.images.channels == 3
        return any(in_color(self.images[number], self.size) for number in self.numbers[_spread(len(self), most)])

    def take(self, indices: np.ndarray) -> Images:
        images, labels = self._read(np.asarray(indices))
        return Images(images, None if self.labels is None else labels, self.class_names)

    def checksum(self, before: int) -> int:
        """See `ImageSet`: names and sizes of a folder's files; of others the labels, and the pixels of `LOOKED_AT`."""
        if isinstance(self.images, Files):
            return self.images.checksum(self.numbers, before)
        checksum = self.take(_spread(len(self), LOOKED_AT)).checksum(before)
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
            try:
                return picture_of(self.images[self.numbers[found]], self.size, self.channels), found
            except Unreadable as error:
                warnings.warn(f"Cannot read {error}: the next image takes its place.", stacklevel=2)
        raise UserError(f"{self.images[self.numbers[index]]} and the {TRIED - 1} images after it cannot be read.")


@dataclass(frozen=True, eq=False, repr=False)
class StreamedRecords(Streamed):
    """Chosen images of a source, as `Records`, read one after the other, in every pass anew.

    The order of a pass is that of the source, in which blocks of `shuffle_buffer` images are each shuffled; how, and
    where blocks begin, (seed, pass) decides. A ticket is an image's place in this set and the image, still encoded.
    """

    shuffle_buffer: int = 10_000

    def one_pass(self, seed: int, number: tf.Tensor, batch_size: int) -> tf.data.Dataset:
        size, key = min(self.shuffle_buffer, len(self)), tf.stack([tf.cast(seed, tf.int64), number])
        # tf.data's own buffer takes no seed that depends on the pass. The first block ends elsewhere in each.
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
        """See `ImageSet`. Reads the records once, as far as needed."""
        wanted, rows = np.unique(np.asarray(indices), return_inverse=True)
        records = self._records(self.numbers[wanted])
        pictures = records.map(lambda place, encoded: self._decoded(encoded), tf.data.AUTOTUNE)
        pixels = np.array([*pictures.as_numpy_iterator()], np.uint8).reshape(-1, *self.shape)[rows]
        return Images(pixels, None if self.labels is None else self.labels[indices], self.class_names)

    def checksum(self, before: int) -> int:
        """See `ImageSet`: the records' identity, which of them these are, and the labels."""
        checksum = zlib.crc32(self.images.identity.encode(), before)
        checksum = zlib.crc32(self.numbers.astype(np.int64), checksum)
        return checksum if self.labels is None else zlib.crc32(self.labels, checksum)

    def read(self, places: tf.Tensor, encoded: tf.Tensor) -> Read:
        images = tf.map_fn(self._decoded, encoded, fn_output_signature=tf.uint8)
        images.set_shape([encoded.shape[0], *self.shape])
        return images if self.labels is None else (images, tf.gather(tf.constant(self.labels), places))

    def _decoded(self, encoded: tf.Tensor) -> tf.Tensor:
        decoded = self.images.decode(encoded)
        image = tf.numpy_function(lambda image: fit_array(image, self.size, self.channels), [decoded], tf.uint8)
        return tf.ensure_shape(image, self.shape)

    def _records(self, numbers: np.ndarray) -> tf.data.Dataset:
        """Return the records of these numbers, sorted, as pairs: the place in `numbers`, and the encoded image."""
        places = np.full(1 + numbers.max(initial=-1), -1, np.int32)
        places[numbers] = np.arange(len(numbers), dtype=np.int32)
        table = tf.constant(places)
        data = self.images.dataset().take(len(places)).enumerate()
        return data.map(lambda number, record: (table[number], record[0])).filter(lambda place, encoded: place >= 0)


def _spread(count: int, most: int | None) -> np.ndarray:
    """Return the indices of at most `most` of so many images, evenly spread, sorted; of all with None."""
    return np.arange(count) if most is None else np.unique(np.linspace(0, count - 1, most).astype(int))
