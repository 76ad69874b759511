"""Images from Python: arrays, and everything else that `train(images=...)` takes."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfgan_course.data.source import LARGEST, SMALLEST, DataSource
from tfgan_course.data.sources.folder import Folder
from tfgan_course.data.sources.label_file import LabelFile
from tfgan_course.errors import UserError, require
from tfgan_course.plugins.by_name import instance_of

RANGES = ((0, 1), (-1, 1))


class Arrays(DataSource):
    """A source of images and labels in arrays; see `source_from` for the arguments and errors.

    `size` is the shorter side of the images, which is used as the image size unless the user gives one.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray | None = None,
        test: "np.ndarray | tuple[np.ndarray, np.ndarray] | None" = None,
        class_names: Sequence[str] | None = None,
        value_range: tuple[float, float] | None = None,
    ):
        images, test = np.asarray(images), as_pair(test) or (test, None)
        single = images.ndim == 3 and images.shape[-1] in (1, 3) and images.shape[0] == images.shape[1]
        remedy = "Give at least two images; one alone is images[None]"
        require(not single, "several images", f"one, of shape {images.shape}", remedy)
        several = class_names is None or not isinstance(class_names, str)
        require(several, "for class_names a list of names", repr(class_names), "Write ['cat', 'dog'] for example")
        self._train = as_uint8(images, value_range), labels
        self._test = None if test[0] is None else (as_uint8(np.asarray(test[0]), value_range), test[1])
        self._description = f"array {images.shape} {images.dtype}"
        self.class_names, self.sides = class_names, images.shape[1:3]

    def train(self) -> tuple[np.ndarray, np.ndarray | None]:
        return self._train

    def test(self) -> tuple[np.ndarray, np.ndarray | None] | None:
        return self._test

    @property
    def size(self) -> int:
        """The shorter side of the images; a `UserError` is raised if networks cannot have this size."""
        size = min(self.sides)
        expected = f"images with a shorter side of {SMALLEST} to {LARGEST} pixels, or a size to which they are resized"
        remedy = f"Give the size: data={{'size': {SMALLEST}}} in train"
        require(SMALLEST <= size <= LARGEST, expected, self._description, remedy)
        return size

    def __str__(self) -> str:
        return self._description


class GivenInPython(DataSource):
    """The source in config.yaml if Python code gave the images to `train`: a description, without the images.

    Args:
        description: `str` of the source that `train` received.
    """

    def __init__(self, description: str):
        self.description = description

    def train(self) -> Any:
        raise UserError(
            expected=f"the images of this run: {self.description}",
            received="only this description, because Python code gave the images to train(images=...)",
            remedy="Pass the images again: run.resume(epochs=5, images=x, labels=y), run.evaluate(real=x)",
        )

    def __str__(self) -> str:
        return self.description


def source_from(
    images: Any,
    labels: Any = None,
    *,
    test: Any = None,
    class_names: Sequence[str] | None = None,
    value_range: tuple[float, float] | None = None,
) -> DataSource:
    """Return the source of images that Python code gives, as `train(images=..., labels=...)` takes them.

    `load(DataConfig(source=source_from(...), size=...))` reads the images. `str` of the source describes it in one
    line, such as "array (60000, 28, 28, 1) uint8" or "mymodule.MyImages"; config.yaml keeps this description as
    `GivenInPython(description)`.

    Args:
        images: one of: an array (n, h, w) or (n, h, w, 1, 3 or 4), uint8 [0, 255] or floating point in `value_range`; a
            finite `tf.data.Dataset` of such images or of (images, labels), in batches or one by one, which is read
            into memory; the path of a folder, or of a .npz or .npy file; a `DataSource`. A path and a source have
            their own labels and test images: no other argument may be given with them, except the labels of a folder.
            A pair (images, labels) gives both.
        labels: whole numbers (n,) or (n, 1) from 0, or one-hot (n, classes). Of a folder: the path of a CSV or JSON
            file, or a `LabelFile`.
        test: test images, in the same form as `images`, or a pair of images and labels. Default: a part of the training
            images is held out.
        class_names: the name of each label; default: its number.
        value_range: the values of black and white in floating-point images: (0, 1) or (-1, 1).

    Raises:
        UserError: if the images, labels or range have another form.
    """
    if isinstance(images, type):
        images = instance_of(DataSource, images, argument="images")
    if (pair := as_pair(images)) is not None:
        require(labels is None, "labels once", "labels= and images=(images, labels)", "Leave one of them out")
        images, labels = pair
    at_path = isinstance(images, str | os.PathLike)
    found, dataset = at_path or isinstance(images, DataSource), hasattr(images, "element_spec")
    file = None
    if at_path and isinstance(labels, str | os.PathLike | LabelFile):
        file, labels = labels if isinstance(labels, LabelFile) else LabelFile(str(labels)), None
    given = {"labels": labels, "test": test, "class_names": class_names, "value_range": value_range}
    beside = [name for name, value in given.items() if value is not None and (found or (dataset and name == "labels"))]
    if beside:
        raise UserError(
            expected="no other argument with a folder, a source or a tf.data.Dataset, which have their own labels",
            received=f"{', '.join(beside)} together with {images}",
            remedy="Leave these arguments out, or give arrays",
        )
    if found:
        return images if isinstance(images, DataSource) else _source_at(images, file)
    if dataset:
        images, labels = dataset_arrays(images)
    if hasattr(test, "element_spec"):
        test = dataset_arrays(test)
    return Arrays(images, labels, test, class_names, value_range)


def _source_at(path: str | os.PathLike, labels: LabelFile | None) -> DataSource:
    """Return the source of a folder or of a file of arrays, with the labels of a file if there is one."""
    from tfgan_course.data.sources.array_file import ENDINGS, ArrayFile  # it needs this module
    from tfgan_course.data.sources.labeled import LabeledFolder

    if os.path.splitext(path)[1].lower() in ENDINGS and not os.path.isdir(path):
        return ArrayFile(os.fspath(path), labels)
    return Folder(os.fspath(path)) if labels is None else LabeledFolder(os.fspath(path), labels)


def as_pair(value: Any) -> tuple[Any, Any] | None:
    """Return the images and labels of a tuple or list of both; None for anything else, such as a list of images."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        return None
    images, labels = value
    return (images, labels) if np.ndim(images) > 2 and (labels is None or np.ndim(labels) in (1, 2)) else None


def dataset_arrays(dataset: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Return images and labels (None without labels) of a finite `tf.data.Dataset` of images of one size."""
    if isinstance(dataset.element_spec, Mapping):
        names = [*dataset.element_spec]
        named = [next((name for name in (f"{field}s", field) if name in names), "") for field in ("image", "label")]
        expected, remedy = "for images a dataset of dictionaries with images and, if any, labels", "Rename the keys"
        require(named[0] != "", expected, f"dictionaries with {', '.join(map(str, names))}", remedy)
        dataset = dataset.map(lambda element: tuple(element[name] for name in named if name))
    pairs, endless = isinstance(dataset.element_spec, tuple), int(dataset.cardinality()) == -1
    elements = [] if endless else [*dataset.as_numpy_iterator()]
    columns = [*zip(*elements, strict=True)] if pairs else [elements]
    if not elements or len({np.shape(image)[-3:] for image in columns[0]}) > 1:
        raise UserError(
            expected="a finite tf.data.Dataset of images of one size, or of (images, labels)",
            received=f"{dataset.element_spec}, {'without an end' if endless else f'{len(elements)} elements'}",
            remedy="Use take(n) on an endless dataset, and map(...) to resize images",
        )
    join = np.concatenate if np.ndim(columns[0][0]) == 4 else np.stack
    return join(columns[0]), join(columns[1]) if len(columns) > 1 else None


def as_uint8(images: np.ndarray, value_range: Sequence[float] | None = None) -> np.ndarray:
    """Return images (n, h, w) or (n, h, w, 1, 3 or 4), uint8 or floating point, as uint8 [0, 255].

    The user must state the range of floating-point images, (0, 1) or (-1, 1), since both can look the same.
    `UserError` is raised for all other arrays.
    """
    value_range = tuple(value_range) if isinstance(value_range, list | np.ndarray) else value_range
    expected = (
        "images of shape (n, h, w) or (n, h, w, 1, 3 or 4): uint8, or floating point from 0 to 1 with "
        "value_range=(0, 1), or from -1 to 1 with value_range=(-1, 1)"
    )
    kind, found = images.dtype.kind, f"{images.dtype} of shape {images.shape}"
    require(kind in "biuf", expected, found, "Convert them to uint8")
    shaped = images.ndim in (3, 4) and images.shape[3:] in ((), (1,), (3,), (4,)) and images.size > 0
    shapes = "images[None] for a single one, images[..., :3] for RGB, np.moveaxis(images, 1, -1) for channels first"
    require(shaped, expected, found, f"Change the shape: {shapes}")
    require(kind != "b", expected, found, "Convert them: (255 * images).astype('uint8')")
    if kind == "f" and (lost := np.count_nonzero(~np.isfinite(images))):
        require(False, expected, f"{found} with {lost} values that are NaN or infinite", "Replace or remove them")
    if images.dtype == np.uint8 and value_range is None:
        return images  # without a look at all pixels, which may be a file larger than memory
    low, high = images.min(), images.max()
    found += f" from {low} to {high}, value_range={value_range}"
    if kind != "f":
        require(images.dtype == np.uint8, expected, found, "Scale them to [0, 255], then images.astype('uint8')")
        require(value_range is None, expected, found, "Leave value_range out for uint8")
        return images
    require(value_range in RANGES, expected, found, "State the range that they have")
    black, white = value_range
    require(
        black - 1e-6 <= low <= high <= white + 1e-6, expected, found, "State the range that they have, or scale them"
    )
    # Images from -1 to 1 have black, or at least dark pixels, so these are most likely images from 0 to 1.
    dark = black == 0 or low < 0
    require(dark, expected, found, "State value_range=(0, 1). Convert images without a dark pixel to uint8")
    scaled = (images.astype(np.float32) - black) * (255 / (white - black))
    return np.clip(scaled.round(), 0, 255).astype(np.uint8)
