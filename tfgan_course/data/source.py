"""The interface of a source of images."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

SMALLEST, LARGEST = 28, 256
"""The sizes that images may have, in pixels."""


@dataclass(frozen=True)
class Records:
    """Images that can only be read one after the other, such as the images of TensorFlow Datasets.

    Args:
        count: the number of images.
        channels: 1 (gray) or 3 (RGB).
        identity: a text that differs between different sets of images: name and version.
        dataset: a function that returns a `tf.data.Dataset` of (encoded image, label), from the first image on. An
            image with the label -1, an unknown class, is left out.
        decode: a function that decodes an image in a `tf.data` graph, to uint8 (height, width, channels); uint16 is
            allowed for gray images.
        labeled: whether the images have labels. If not, all labels are 0.
    """

    count: int
    channels: int
    identity: str
    dataset: "Callable[[], tf.data.Dataset]"
    decode: "Callable[[tf.Tensor], tf.Tensor]"
    labeled: bool

    def __len__(self) -> int:
        return self.count


Given: TypeAlias = Sequence[Any] | Records
"""The images that a source may give; see `DataSource`."""
Split: TypeAlias = "Given | tuple[Given, np.ndarray | None]"
"""Images, or a pair of images and labels."""


class DataSource(ABC):
    """Base class of all sources of images: a subclass gives the images and their labels.

    The pipeline does the rest for all sources: it chooses classes, size and channels, holds out test images, and keeps
    images in memory or streams them. The option `data.source` takes the dotted path of a user's own subclass.

    The images of a source are one of:

    - A uint8 array [0, 255] of shape (n, height, width), (n, height, width, 1) or (n, height, width, 3). A `np.memmap`
      is read image by image.
    - A sequence, any object with `len` and `[number]`, of paths of image files, Pillow images, or uint8 arrays (height,
      width) or (height, width, 1 or 3). Their sizes may differ. Several threads may ask for items at the same time.
    - `Records`.
    """

    class_names: "Sequence[str] | None" = None
    """The name of each label. None: the name of a label is its number."""

    class_after_class = False
    """Whether images are ordered by class, in the order in which the user names the classes, as sub-folders are. If
    not, they keep the order of the source."""

    @abstractmethod
    def train(self) -> Split:
        """Return the training images, or a pair: images and labels.

        Labels are integers from 0, (n,) or (n, 1), or one-hot, (n, classes).
        """

    def test(self) -> "Split | None":
        """Return the test images in the same form; None lets the pipeline hold out a part of the training images."""
        return None

    def __str__(self) -> str:
        """Return the name of these images in messages and in config.yaml."""
        return f"{type(self).__module__}.{type(self).__qualname__}"
