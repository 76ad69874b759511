"""A dataset of TensorFlow Datasets with more images than memory holds."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from tfgan_course.data.classes import kept_classes
from tfgan_course.data.config import DataConfig
from tfgan_course.data.images import Images, ImageSet, Read
from tfgan_course.data.order import held_out
from tfgan_course.data.picture import fit_arrays
from tfgan_course.data.tfds import builder_of, features, prepare, split_names
from tfgan_course.errors import UserError


@dataclass(frozen=True, eq=False, repr=False)
class StreamedDataset(ImageSet):
    """Images of a prepared dataset, read one after the other, in every pass anew.

    The order of a pass is that of the dataset, in which blocks of `shuffle_buffer` images are each shuffled; how, and
    where blocks begin, (seed, pass) decides. A ticket is an image's number and its file, still encoded.

    Args:
        records: makes the dataset of (number, encoded image) from the beginning.
        decode: makes a uint8 image (height, width, channels) of an encoded one, in a `tf.data` graph.
        numbers: which of the records these images are, sorted.
        size: images are center-cropped to a square and made size x size.
        channels: 1 or 3.
        shuffle_buffer: images.
        identity: tells this dataset from others.
        labels: int32 (n,), or None; see `Images`.
        class_names: the name of each label, or None.
    """

    records: Callable[[], tf.data.Dataset]
    decode: Callable[[tf.Tensor], tf.Tensor]
    numbers: np.ndarray
    size: int
    channels: int
    shuffle_buffer: int
    identity: str
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `ImageSet`."""
        return (self.size, self.size, self.channels)

    def __len__(self) -> int:
        return len(self.numbers)

    def _own(self) -> tf.data.Dataset:
        """(place among these images, encoded image), in their order."""
        places = np.full(self.numbers[-1] + 1, -1, np.int32)
        places[self.numbers] = np.arange(len(self.numbers), dtype=np.int32)
        table = tf.constant(places)
        records = self.records().take(len(places)).map(lambda number, encoded: (table[number], encoded))
        return records.filter(lambda place, encoded: place >= 0)

    def one_pass(self, seed: int, number: tf.Tensor, batch_size: int) -> tf.data.Dataset:
        """See `ImageSet`."""
        size, key = min(self.shuffle_buffer, len(self)), tf.stack([tf.cast(seed, tf.int64), number])
        # tf.data's own buffer takes no seed that depends on the pass. The first block ends elsewhere in each.
        first = tf.random.stateless_uniform([], key, 1, size + 1, tf.int64, alg="philox")
        own = self._own()
        blocks = own.take(first).batch(size).concatenate(own.skip(first).batch(size))

        def mixed(index: tf.Tensor, block: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
            seeds = tf.random.experimental.stateless_fold_in(key, index)
            bits = tf.random.stateless_uniform([tf.size(block[0])], seeds, None, None, tf.int64, alg="philox")
            order = tf.argsort(bits)
            return tuple(tf.gather(part, order) for part in block)

        return blocks.enumerate().map(mixed).unbatch().batch(batch_size, drop_remainder=True)

    def in_order(self, batch_size: int) -> tf.data.Dataset:
        """See `ImageSet`."""
        return self._own().batch(batch_size)

    def take(self, indices: np.ndarray) -> Images:
        """See `ImageSet`. Reads the dataset once, as far as needed."""
        indices = np.asarray(indices)
        wanted, rows = np.unique(indices, return_inverse=True)
        table = tf.constant(np.isin(np.arange(wanted[-1] + 1), wanted))
        own = self._own().take(len(table)).filter(lambda place, encoded: table[place]).batch(256)
        images = [batch[0] if isinstance(batch, tuple) else batch for batch in own.map(lambda *x: self.read(x))]
        pixels = np.concatenate([batch.numpy() for batch in images])[rows]
        return Images(pixels, None if self.labels is None else self.labels[indices], self.class_names)

    def checksum(self, before: int) -> int:
        """See `ImageSet`. Of the dataset's name, version and checksums, and of which of its images these are."""
        checksum = zlib.crc32(self.identity.encode(), before)
        checksum = zlib.crc32(np.asarray(self.numbers, np.int64), checksum)
        return checksum if self.labels is None else zlib.crc32(self.labels, checksum)

    def read(self, tickets: tuple[tf.Tensor, tf.Tensor]) -> Read:
        """See `ImageSet`."""
        places, encoded = tickets

        def picture(encoded: tf.Tensor) -> tf.Tensor:
            (image,) = tf.numpy_function(self._fit, [self.decode(encoded)], [tf.uint8])
            return tf.ensure_shape(image, self.shape)

        images = tf.map_fn(picture, encoded, fn_output_signature=tf.uint8)
        images.set_shape([encoded.shape[0], *self.shape])
        return images if self.labels is None else (images, tf.gather(tf.constant(self.labels), places))

    def _fit(self, image: np.ndarray) -> np.ndarray:
        return next(iter(fit_arrays(image[None], self.size, self.channels)))


def stream_tfds(config: DataConfig) -> tuple[StreamedDataset, StreamedDataset]:
    """Goes through the labels of a dataset once, and leaves the images where they are: training and test.

    Raises:
        UserError: if the name is unknown, the data is not there and cannot be downloaded, or holds no images.
    """
    import tensorflow_datasets as tfds  # Slow, and of no use to who has images of their own.

    builder = builder_of(config)
    prepare(builder, config)
    image, label = features(builder)
    known = None if label is None else builder.info.features[label].names
    names = kept_classes(config.classes, known)
    train, test = split_names(builder, config)
    feature = builder.info.features[image]
    channels = config.channels or (1 if feature.shape[-1] == 1 else 3)

    def streamed(split: str) -> StreamedDataset:
        def records(wanted: str = image) -> tf.data.Dataset:
            # One file after the other: the order of the images is that of the dataset on every machine.
            reading = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
            data = builder.as_dataset(split=split, read_config=reading, decoders={image: tfds.decode.SkipDecoding()})
            return data.map(lambda example: example[wanted]).enumerate()

        count = builder.info.splits[split].num_examples
        numbers, labels = np.arange(count), None
        if label is not None:
            found = np.fromiter((x for batch in records(label).batch(1024) for x in batch[1].numpy()), np.int64, count)
            renumbered = np.full(len(known) + 1, -1, np.int32)  # the last for -1, which is unknown
            renumbered[[known.index(name) for name in names]] = np.arange(len(names))
            labels = renumbered[found]
            numbers, labels = np.flatnonzero(labels >= 0), labels[labels >= 0]
        if not len(numbers):
            raise UserError(f"The {split} split of {config.name} has no image of these classes.")
        identity = f"{builder.info.full_name} {split} {builder.info.splits[split].shard_lengths}"
        rest = (config.size, channels, config.shuffle_buffer, identity, labels, names)
        return StreamedDataset(records, feature.decode_example, numbers, *rest)

    whole = streamed(train)
    if test is not None:
        return whole, streamed(test)
    if len(whole) < 2:
        raise UserError("One image is held out for tests and at least one is needed to train, got 1 in all.")

    def some(part: np.ndarray) -> StreamedDataset:
        labels = None if whole.labels is None else whole.labels[part]
        return replace(whole, numbers=whole.numbers[part], labels=labels)

    return tuple(some(part) for part in held_out(len(whole), config.held_out))
