"""Images and conditions that do not belong together, such as photos of cats and of dogs."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from tfgan_course.data.images import Images, ImageSet, Read, as_read, shuffled

OTHER = 0x5DEECE66
"""Changes the seed of the images' order into that of the conditions' order."""


@dataclass(frozen=True, eq=False, repr=False)
class UnpairedImages(ImageSet):
    """A set of images, each of which is given an independent condition from another set.

    A ticket has the tickets of both sets. A pass visits the images as it does without conditions. It visits the
    conditions in an independent order, and none of them again before it has visited all others.

    Args:
        images: the images.
        conditions: the conditions; how many there are does not matter.
    """

    images: ImageSet
    conditions: ImageSet

    paired = False

    @property
    def labels(self) -> np.ndarray | None:  # type: ignore[override]  # a property in place of an attribute
        """The labels of the images."""
        return self.images.labels

    @property
    def class_names(self) -> tuple[str, ...] | None:  # type: ignore[override]
        """The names of the images' classes."""
        return self.images.class_names

    @property
    def held_out(self) -> bool:
        """Whether the images were held out from the training images."""
        return getattr(self.images, "held_out", False)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.images.shape

    @property
    def condition_shape(self) -> tuple[int, int, int]:
        return self.conditions.shape

    def __len__(self) -> int:
        return len(self.images)

    def take(self, indices: np.ndarray) -> Images:
        """Return the images at these indices; the first has the first condition and so on, round and round.

        So no condition comes twice before all have come once, whichever images are taken.
        """
        places = np.arange(len(indices)) % len(self.conditions)
        images, conditions = self.images.take(indices), self.conditions.take(places)
        return Images(images.images, images.labels, images.class_names, condition=conditions.images, paired=False)

    def checksum(self, before: int) -> int:
        return self.conditions.checksum(self.images.checksum(before))

    def one_pass(self, seed: int, number: tf.Tensor, batch_size: int) -> tf.data.Dataset:
        count, others = len(self) // batch_size * batch_size, len(self.conditions)
        rounds = -(-count // others)
        # The order of the images has the key (seed, number), so that of the conditions needs another seed.
        orders = [shuffled(others, seed ^ OTHER, number * rounds + turn, 1)[:, 0] for turn in range(rounds)]
        chosen = tf.reshape(tf.concat(orders, 0)[:count], [-1, batch_size])
        return _both(self.images.one_pass(seed, number, batch_size), tf.data.Dataset.from_tensor_slices(chosen))

    def in_order(self, batch_size: int) -> tf.data.Dataset:
        chosen = tf.data.Dataset.range(len(self)).map(lambda index: index % len(self.conditions))
        return _both(self.images.in_order(batch_size), chosen.batch(batch_size))

    def read(self, *tickets: tf.Tensor) -> Read:
        *own, chosen = tickets
        images = self.images.read(*own)
        images, labels = images if isinstance(images, tuple) else (images, None)
        condition = self.conditions.read(chosen)
        return as_read(images, labels, condition[0] if isinstance(condition, tuple) else condition)


def _both(tickets: tf.data.Dataset, chosen: tf.data.Dataset) -> tf.data.Dataset:
    """Return batches of the tickets of images, which may have several parts, with the indices of conditions."""
    return tf.data.Dataset.zip((tickets, chosen)).map(lambda images, conditions: (*tf.nest.flatten(images), conditions))
