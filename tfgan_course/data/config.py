"""The options of the images; this module imports no TensorFlow."""

from dataclasses import dataclass
from typing import Literal

from tfgan_course.data.source import DataSource
from tfgan_course.errors import UserError

SMALLEST, LARGEST = 28, 256


@dataclass
class DataConfig:
    """Which images to train on, and how to bring them to one shape.

    Args:
        name: `packaged` (7,000 Fashion-MNIST images that come with the package), or the name of any image dataset of
            TensorFlow Datasets, such as `cifar10`.
        folder: A folder of images, or of one sub-folder of images per class. Takes the place of `name`.
        source: The dotted path of a class of yours that gives images, `mymodule.MyImages`; see docs/guides/data.md. Takes
            the place of `name` and `folder`.
        data_dir: Where TensorFlow Datasets keeps its files. Default: its own, `~/tensorflow_datasets`.
        download: Whether TensorFlow Datasets may download what it does not find.
        size: Images are center-cropped to a square and made size x size pixels. 28 to 256.
        channels: 1 makes images gray, 3 makes them RGB. Default: what the images are; one in color makes all RGB.
        classes: Keep these classes alone, numbered in this order: `dog,cat`. Default: all.
        labels_per_class: Keep the labels of this many training images of each class, the same ones every time, and
            forget all others', for semi-supervised training. Default: keep all.
        stream: Read each image from its file when its turn comes, for more images than memory holds.
        shuffle_buffer: Images of TensorFlow Datasets that are shuffled among each other while streaming; see
            docs/guides/data.md.
        held_out: Fraction of the images held out as test images where the source has no test images of its own.

    Raises:
        UserError: if `size`, `labels_per_class` or `held_out` is out of range.
    """

    name: str = "packaged"
    folder: str | None = None
    source: DataSource | None = None
    data_dir: str | None = None
    download: bool = True
    size: int = 28
    channels: Literal[1, 3] | None = None
    classes: list[str] | str | None = None
    labels_per_class: int | None = None
    stream: bool = False
    shuffle_buffer: int = 10_000
    held_out: float = 0.1

    def __post_init__(self):
        if not SMALLEST <= self.size <= LARGEST:
            raise UserError(f"The image size must be from {SMALLEST} to {LARGEST} pixels, got {self.size}.")
        if not 0 < self.held_out < 1:
            raise UserError(f"held_out is a fraction above 0 and below 1, got {self.held_out}.")
        for name in ("shuffle_buffer", "labels_per_class"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise UserError(f"{name} must be at least 1, got {value}.")
