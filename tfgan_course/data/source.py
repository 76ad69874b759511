"""The interface of everything that images come from."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class Records:
    """Images that can only be read one after the other, such as those of TensorFlow Datasets.

    Args:
        count: how many images there are.
        channels: 1 (gray) or 3 (RGB).
        identity: text that tells these images from others: a name, a version.
        dataset: makes a `tf.data.Dataset` from the beginning, of (encoded image, label). An image with the label -1, an
            unknown one, is left out.
        decode: makes an image of an encoded one in a `tf.data` graph: uint8 (height, width, channels), uint16 if gray.
        labeled: whether the labels mean anything.
    """

    count: int
    channels: int
    identity: str
    dataset: "Callable[[], tf.data.Dataset]"
    decode: "Callable[[tf.Tensor], tf.Tensor]"
    labeled: bool

    def __len__(self) -> int:
        return self.count


Given = Sequence[Any] | Records
"""What a source may give as images; see `DataSource`."""
Split = "Given | tuple[Given, np.ndarray | None]"
"""The same, or a pair with labels."""


class DataSource(ABC):
    """Where images come from: a subclass says which images there are, and their labels.

    Everything else is the same for all sources (pipeline.py): the choice of classes, size and channels, test images
    held out, images in memory or streamed. `data.source` is the dotted path of a user's own subclass
    (docs/guides/data.md).

    The images of a source are one of:

    - A uint8 array [0, 255] of shape (n, height, width), (n, height, width, 1) or (n, height, width, 3); a `np.memmap`
      is read image by image.
    - A sequence, anything with `len` and `[number]`, of paths of image files, Pillow images, or uint8 arrays (height,
      width) or (height, width, 1 or 3). Their sizes may differ. An item is asked for when its turn comes, by several
      threads at once.
    - `Records`.
    """

    class_names: "Sequence[str] | None" = None
    """The name of each label; None gives each label's number as its name."""

    class_after_class = False
    """Whether the images of chosen classes come class after class, in the order in which the user names the classes, as
    sub-folders do, instead of in the order of the source."""

    @abstractmethod
    def train(self) -> Split:
        """Return the training images, or a pair: images and labels.

        Labels are integers from 0, (n,) or (n, 1), or one-hot, (n, classes).
        """

    def test(self) -> "Split | None":
        """Return the test images in the same form; None to have a fraction of the training images held out."""
        return None

    def __str__(self) -> str:
        """Return what messages and config.yaml call these images."""
        return f"{type(self).__module__}.{type(self).__qualname__}"
