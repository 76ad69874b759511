"""The options for images. Importing this module does not import TensorFlow."""

from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Literal

from tfgan_course.data.form import Fit, Form, Size, color, height_and_width
from tfgan_course.data.source import DataSource
from tfgan_course.data.sources.label_file import LabelFile
from tfgan_course.errors import UserError, require

if TYPE_CHECKING:
    from tfgan_course.data.conditions import Condition


@dataclass
class DataConfig:
    """Which images to train on, and how to bring them to one shape.

    Args:
        name: `packaged` (7,000 Fashion-MNIST images that come with the package), or the name of any image dataset of
            TensorFlow Datasets, such as `cifar10`.
        folder: A folder of images, or of one sub-folder of images per class. Takes the place of `name`.
        file: A .npz or .npy file with an array of images, and labels if any; see docs/guides/data.md. Takes the place
            of `name`.
        labels: A CSV or JSON file with the label of each image in `folder`, in place of sub-folders; see
            docs/guides/data.md. For a .npy file in `file`, a .npy file with its labels.
        source: The dotted path of your own class that gives images, `mymodule.MyImages`; see docs/guides/data.md. Takes
            the place of `name` and `folder`.
        data_dir: Where TensorFlow Datasets keeps its files. Default: its own, `~/tensorflow_datasets`.
        download: Whether TensorFlow Datasets may download what it does not find.
        size: The size of the images in pixels, 28 to 256: a number for squares, or height x width, such as `48x64`.
            Images of other proportions are center-cropped, see `fit`.
        fit: What happens to images of other proportions than `size`: `crop` cuts off the edges, `pad` keeps the whole
            image and adds a border of the color `background`, `stretch` changes the proportions.
        channels: 1 makes images gray, 3 makes them RGB, 4 keeps their transparency as a fourth channel. Default: gray
            if all images are gray, otherwise RGB.
        background: The color behind transparent pixels, and of the border of padded images: `white`, `gray`, `#80a0ff`
            or any other color that HTML names.
        classes: Use only these classes, numbered in this order: `dog,cat`. Default: all classes.
        labels_per_class: Keep the labels of this many training images of each class, always the same images, and hide
            all other labels, for semi-supervised training. Default: keep all labels.
        stream: Read each image from its file when training needs it, for more images than memory holds.
        shuffle_buffer: The number of images of TensorFlow Datasets in each block that is shuffled while streaming; see
            docs/guides/data.md.
        held_out: Fraction of the images held out as test images where the source has no test images of its own.
        condition: An image for each image, which the generator is given: a degradation that makes it (`Downscale`,
            `Grayscale`, `Edges`, `Masked`, `Noise`, `JPEG`), its place (`SameNames`, `SideBySide`, `Unpaired`), or the
            dotted path of your own `Degradation`; see docs/guides/data.md. Default: none.

    Raises:
        UserError: if `size`, `labels_per_class` or `held_out` is out of range, or two options do not fit together.
    """

    name: str = "packaged"
    folder: str | None = None
    file: str | None = None
    labels: LabelFile | None = None
    source: DataSource | None = None
    data_dir: str | None = None
    download: bool = True
    size: Size = 28
    fit: Fit = "crop"
    channels: Literal[1, 3, 4] | None = None
    background: str = "white"
    classes: list[str] | str | None = None
    labels_per_class: int | None = None
    stream: bool = False
    shuffle_buffer: int = 10_000
    held_out: float = 0.1
    condition: "Condition | None" = None

    def __post_init__(self):
        if isinstance(self.labels, str | PathLike):
            self.labels = LabelFile(str(self.labels))
        height_and_width(self.size)
        color(self.background)
        places = [name for name in ("folder", "file") if getattr(self, name) is not None]
        require(len(places) < 2, "images from one place", "data.folder and data.file", "Leave one of them out")
        remedy = "Name their folder: data.folder"
        require(self.labels is None or places, "for labels the images that they belong to", "none", remedy)
        few, some = self.shuffle_buffer, self.labels_per_class
        for name, value, allowed, valid in (
            ("held_out", self.held_out, "a fraction above 0 and below 1", 0 < self.held_out < 1),
            ("shuffle_buffer", few, "a number of images, 1 or more", few >= 1),
            ("labels_per_class", some, "a number of labels, 1 or more", some is None or some >= 1),
        ):
            if not valid:
                raise UserError(expected=f"for {name} {allowed}", received=f"{value}", remedy="Change this value")

    @property
    def form(self) -> Form:
        """The form that the images get."""
        return Form(*height_and_width(self.size), self.channels, self.fit, color(self.background))
