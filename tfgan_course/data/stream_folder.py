"""A folder of more images than memory holds."""

import dataclasses
import os
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from tfgan_course.data.classes import kept_classes
from tfgan_course.data.config import DataConfig
from tfgan_course.data.folder import Listing, check_alike, existing, listing, splits
from tfgan_course.data.images import Images, ImageSet, Read
from tfgan_course.data.order import held_out
from tfgan_course.data.picture import fit
from tfgan_course.errors import UserError

LOOKED_AT = 1000
"""Images whose headers decide between gray and color."""
TRIED = 100
"""Files after an unreadable one that are tried in its place."""


@dataclass(frozen=True, eq=False, repr=False)
class StreamedFolder(ImageSet):
    """Images in files, each read when its turn comes; the order of a pass is the same as in memory.

    In the place of a file that cannot be read stands the next one that can; the first time a warning says so.

    Args:
        names: of the files, bytes (n,).
        places: number of each file's folder in `folders`, int32 (n,).
        folders: paths.
        size: images are center-cropped to a square and made size x size.
        channels: 1 or 3.
        labels: int32 (n,), or None; see `Images`.
        class_names: the name of each label, or None.
    """

    names: np.ndarray
    places: np.ndarray
    folders: tuple[Path, ...]
    size: int
    channels: int
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `ImageSet`."""
        return (self.size, self.size, self.channels)

    def __len__(self) -> int:
        return len(self.names)

    def path(self, index: int) -> Path:
        """Of an image."""
        return self.folders[self.places[index]] / os.fsdecode(self.names[index])

    def some(self, indices: np.ndarray) -> "StreamedFolder":
        """These images, not read yet."""
        labels = None if self.labels is None else self.labels[indices]
        rest = self.folders, self.size, self.channels, labels, self.class_names
        return StreamedFolder(self.names[indices], self.places[indices], *rest)

    def take(self, indices: np.ndarray) -> Images:
        """See `ImageSet`."""
        images, labels = self._decoded(np.asarray(indices))
        return Images(images, labels if self.labels is not None else None, self.class_names)

    def checksum(self, before: int) -> int:
        """See `ImageSet`. Of the files' names and sizes, since reading them would take as long as an epoch."""
        checksum = before
        for index in range(len(self)):
            path = self.path(index)
            checksum = zlib.crc32(f"{path.parent.name}/{path.name} {path.stat().st_size}\n".encode(), checksum)
        return checksum

    def read(self, tickets: tf.Tensor) -> Read:
        """See `ImageSet`."""
        images, labels = tf.numpy_function(self._decoded, [tickets], (tf.uint8, tf.int32))
        images.set_shape([tickets.shape[0], *self.shape])
        labels.set_shape([tickets.shape[0]])
        return images if self.labels is None else (images, labels)

    def _decoded(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        images, labels = np.empty((len(indices), *self.shape), np.uint8), np.zeros(len(indices), np.int32)
        for row, index in enumerate(indices):
            images[row], found = self._picture(int(index))
            labels[row] = 0 if self.labels is None else self.labels[found]
        return images, labels

    def _picture(self, index: int) -> tuple[np.ndarray, int]:
        for following in range(TRIED):
            found = (index + following) % len(self)
            try:
                with Image.open(self.path(found)) as picture:
                    return fit(picture, self.size, self.channels), found
            except Exception as error:  # Broken files make Pillow raise nearly anything.
                warnings.warn(f"Cannot read {self.path(found)} ({error}): others stand in for it.", stacklevel=2)
        raise UserError(f"{self.path(index)} and the {TRIED - 1} images after it cannot be read.")


def stream_folder(config: DataConfig) -> tuple[StreamedFolder, StreamedFolder]:
    """Lists the images of a folder, laid out as `read_folder` has it: training and test.

    Raises:
        UserError: if the folder is missing or laid out otherwise than docs/data.md has it.
    """
    train_folder, test_folder = splits(existing(config.folder))
    train = listing(train_folder)
    test = None if test_folder is None else listing(test_folder)
    if test is not None:
        check_alike(train, test, train_folder, test_folder)
    names = kept_classes(config.classes, train.classes)
    streamed = of_listing(train, names, config)
    if test is None:
        if len(streamed) < 2:
            raise UserError("One image is held out for tests and at least one is needed to train, got 1 in all.")
        return tuple(streamed.some(part) for part in held_out(len(streamed), config.held_out))
    return streamed, of_listing(test, names, config, streamed.channels)


def of_listing(
    listed: Listing, names: tuple[str, ...] | None, config: DataConfig, channels: int | None = None
) -> StreamedFolder:
    """The files of the classes to keep."""
    files = [listed.files[name] for name in names or (None,) if name in listed.files]
    if not files:
        raise UserError(f"No image of these classes in {config.folder}.")
    counts = [len(own) for own in files]
    places = np.repeat(np.arange(len(files), dtype=np.int32), counts)
    numbers = [number for number, name in enumerate(names or (None,)) if name in listed.files]
    labels = None if names is None else np.repeat(np.array(numbers, np.int32), counts)
    streamed = StreamedFolder(
        np.concatenate([own.names for own in files]),
        places,
        tuple(own.folder for own in files),
        config.size,
        channels or config.channels or 3,
        labels,
        names,
    )
    if channels or config.channels or any_color(streamed):
        return streamed
    return dataclasses.replace(streamed, channels=1)


def any_color(streamed: StreamedFolder) -> bool:
    """Whether one of `LOOKED_AT` files, evenly spread, is in color."""
    for index in np.unique(np.linspace(0, len(streamed) - 1, LOOKED_AT).astype(int)):
        try:
            with Image.open(streamed.path(index)) as picture:
                gray = picture.mode in ("1", "L", "LA", "La") or picture.mode.startswith("I")
                if not gray and fit(picture, streamed.size).shape[-1] == 3:
                    return True
        except Exception:  # said when it is read
            continue
    return False
