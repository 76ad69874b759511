"""The images that Python code gives to `train`, in place of those of the configuration."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from tfgan_course.config.objects import described
from tfgan_course.data import DataSource, source_from
from tfgan_course.data.sources.array_file import ArrayFile
from tfgan_course.data.sources.arrays import Arrays, GivenInPython
from tfgan_course.data.sources.folder import Folder
from tfgan_course.data.sources.labeled import LabeledFolder
from tfgan_course.errors import UserError


@dataclass(kw_only=True)
class GivenImages:
    """The arguments of `train` with which Python code gives images.

    Args:
        images: an array (n, h, w) or (n, h, w, 1, 3 or 4), uint8 [0, 255] or floating point in `value_range`; a finite
            `tf.data.Dataset` of images, or of pairs with labels; the path of a folder, or of a .npz or .npy file; or a
            `DataSource`. The images of `data` unless given.
        labels: integers (n,), counted from 0, or one-hot (n, classes). Of a folder: the path of a CSV or JSON file.
        test: test images in the same form as `images`, or a pair with labels; some are held out unless given.
        class_names: the name of each label; its number unless given.
        value_range: black and white of images in floating point: (0, 1) or (-1, 1).
    """

    images: Any = None
    labels: Any = None
    test: Any = None
    class_names: Sequence[str] | None = None
    value_range: tuple[float, float] | None = None


def taken_source(options: dict[str, Any]) -> DataSource | None:
    """Take the fields of `GivenImages` out of `options`; return the source of the images, or None without images."""
    given = {field.name: options.pop(field.name, None) for field in fields(GivenImages)}
    images = given.pop("images")
    if images is not None:
        return source_from(images, **given)
    if beside := [name for name, value in given.items() if value is not None]:
        raise UserError(expected=f"images beside {beside[0]}", received="none", remedy="Give images=...")
    return None


def written(source: DataSource) -> dict[str, object]:
    """Return the options in config.yaml for images from Python: those that find the images again, or a description."""
    if isinstance(source, Folder):
        return {"folder": str(source.path)}
    if isinstance(source, LabeledFolder):
        return {"folder": str(source.path), "labels": vars(source.labels)}
    if isinstance(source, ArrayFile):
        return {"file": str(source.path), "labels": None if source.labels is None else vars(source.labels)}
    if not isinstance(source, Arrays) and not isinstance(described(source), str):
        return {"source": source}
    return {"source": GivenInPython(str(source))}
