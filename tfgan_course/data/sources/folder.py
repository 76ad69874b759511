"""The source of images in a folder."""

import os
import re
import warnings
import zlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from tfgan_course.data.source import DataSource
from tfgan_course.errors import UserError
from tfgan_course.files import printable, shown, usable, what_is

EXTENSIONS = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
TRAIN_NAMES = ("train", "training")
TEST_NAMES = ("test", "testing", "validation", "valid", "val")
"""The names of the folders of test images, in any capitals; the first that exists is used."""
LAYOUT = "Put the images into the folder, or into one sub-folder per class; both also work inside train/ and test/"


class Files(Sequence):
    """The paths of files in folders, in the order of the folders. They take little more memory than the files' names.

    Args:
        folders: the path of each folder with the names of its files, bytes (n,).
    """

    def __init__(self, folders: Sequence[tuple[Path, np.ndarray]]):
        self.folders = [folder for folder, _ in folders]
        self.names = np.concatenate([names for _, names in folders])
        self._ends = np.cumsum([len(names) for _, names in folders])

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Path:  # type: ignore[override]  # the pipeline takes no slices
        return self.folders[np.searchsorted(self._ends, index, "right")] / os.fsdecode(self.names[index])

    def checksum(self, numbers: Iterable[int], before: int) -> int:
        """Return the CRC-32 of names and sizes, continued from `before`. Reading all files would take too long."""
        for path in map(self.__getitem__, numbers):
            line = f"{path.parent.name}/{path.name} {path.stat().st_size}\n"
            before = zlib.crc32(os.fsencode(line), before)
        return before


class Folder(DataSource):
    """A source of images in a folder, in one sub-folder per class; or in train/ and test/ (docs/guides/data.md).

    Args:
        path: the folder; `~` is the user's home.
        whole: use the folder as one set of images, even if its sub-folders are called train/ and test/.

    Raises:
        UserError: if the folder is missing, or has another layout than docs/guides/data.md describes.
    """

    class_after_class = True

    def __init__(self, path: str | Path, whole: bool = False):
        self.path, self.whole = usable(path, "data.folder"), whole

    @cached_property
    def _splits(self) -> list[tuple[Path, dict[str | None, np.ndarray]]]:
        """The folder and the `_listing` of the training images and, if the folder has test images, of those."""
        if not self.path.is_dir():
            raise UserError(
                expected="a folder of images",
                received=f"{shown(self.path)}, {what_is(self.path)}",
                remedy="Give an existing folder",
            )
        found = [(folder, _listing(folder)) for folder in ([self.path] if self.whole else _split_folders(self.path))]
        if len(found) == 2:
            _check_alike(*found)
        return found

    @property
    def class_names(self) -> tuple[str, ...] | None:  # type: ignore[override]  # a property in place of an attribute
        """The names of the sub-folders in order; None if the images are in the folder itself."""
        listed = self._splits[0][1]
        return None if None in listed else tuple(map(printable, listed))

    def train(self) -> tuple[Files, np.ndarray | None]:
        return self._files(*self._splits[0])

    def test(self) -> tuple[Files, np.ndarray | None] | None:
        return self._files(*self._splits[1]) if len(self._splits) == 2 else None

    def _files(self, folder: Path, listed: dict[str | None, np.ndarray]) -> tuple[Files, np.ndarray | None]:
        files, known = Files([(folder / (name or ""), names) for name, names in listed.items()]), [*self._splits[0][1]]
        if None in known:
            return files, None
        labels = np.array([known.index(name) for name in listed], np.int32)
        return files, np.repeat(labels, [len(names) for names in listed.values()])

    def __str__(self) -> str:
        return printable(str(self.path))


def natural(name: str) -> tuple[list[str | int], str]:
    """Return the key of the natural order of names, in which 10 comes after 2."""
    parts = re.split(r"(\d+)", name)
    return [int(part) if place % 2 else part for place, part in enumerate(parts)], name


def _entries(folder: Path) -> tuple[np.ndarray, list[Path]]:
    """Return the sorted names of a folder's images, bytes (n,), and its sub-folders in natural order; none hidden."""
    images, folders, lost = [], [], []
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.startswith("."):
                continue
            is_image = os.path.splitext(entry.name)[1].lower() in EXTENSIONS
            try:
                if entry.is_dir():
                    folders.append(folder / entry.name)
                elif is_image and entry.is_file():
                    images.append(os.fsencode(entry.name))
                elif is_image and entry.is_symlink():
                    lost.append(entry.name)
            except OSError:  # a link to itself
                lost.append(entry.name)
    if lost:
        names = ", ".join(sorted(lost)[:5]) + (", ..." if len(lost) > 5 else "")
        lines = f"{folder} has links to nothing, which are left out: {names}"
        warnings.warn(printable(lines), stacklevel=2)
    return np.sort(np.array(images, np.bytes_)), sorted(folders, key=lambda path: natural(path.name))


def _split_folders(folder: Path) -> list[Path]:
    """Return the folder of the training images and, if it exists, the folder of the test images."""
    images, folders = _entries(folder)
    named: dict = {}
    for path in folders:
        name = path.name.lower() if path.name.lower() in (*TRAIN_NAMES, *TEST_NAMES) else path.name
        if name in named:
            expected, received = f"one folder {name}/ in {folder}", f"{named[name].name}/ and {path.name}/"
            raise UserError(expected=expected, received=received, remedy="Put their images into one folder")
        named[name] = path
    if "training" in named and len(named) > 1 and named.keys() <= {"training", *TEST_NAMES}:
        named["train"] = named.pop("training")  # among other folders it may be a class
    if "train" not in named:
        if "test" in named:
            raise UserError(expected=f"train/ as well as test/ in {folder}", received="test/ alone", remedy=LAYOUT)
        return [folder]
    others = [name for name in named if name not in ("train", *TEST_NAMES)]
    if others or len(images):
        beside = [*(f"{name}/" for name in others), *map(os.fsdecode, images[:5])]
        expected = f"nothing in {folder} but train/ and one of {', '.join(f'{name}/' for name in TEST_NAMES)}"
        raise UserError(expected=expected, received=printable(f"also {', '.join(beside[:5])}"), remedy=LAYOUT)
    return [named["train"], *[named[name] for name in TEST_NAMES if name in named][:1]]


def _listing(folder: Path) -> dict[str | None, np.ndarray]:
    """Return the names of the image files by class; the class is None if the files are in the folder itself."""
    images, folders = _entries(folder)
    if len(images) and folders:
        raise UserError(
            expected=f"images or sub-folders in {folder}",
            received=f"both images ({printable(os.fsdecode(images[0]))}) and sub-folders ({folders[0].name}/)",
            remedy=LAYOUT,
        )
    if len(images):
        return {None: images}
    files = {}
    for path in folders:
        files[path.name], deeper = _entries(path)
        if deeper:
            received = f"sub-folders ({deeper[0].name}/)"
            # The archive of a data set often holds one folder, in which the folders of the classes are.
            remedy = f"Name {path}, the only folder in it" if len(folders) == 1 else LAYOUT
            raise UserError(expected=f"only images in {path}, the folder of a class", received=received, remedy=remedy)
    empty = [name for name, images in files.items() if not len(images)]
    if len(empty) == len(files):
        expected = f"images in {folder}, with the endings {' '.join(sorted(EXTENSIONS))}"
        raise UserError(expected=expected, received="none", remedy=LAYOUT)
    if empty:
        warnings.warn(
            f"{folder} has sub-folders without images; they are not used as classes: {', '.join(empty)}", stacklevel=2
        )
    return {name: images for name, images in files.items() if len(images)}


def _check_alike(train: tuple[Path, dict], test: tuple[Path, dict]) -> None:
    """Raise `UserError` unless each class of the test images is also a class of the training images."""
    if (None in train[1]) != (None in test[1]):
        expected = f"a sub-folder per class in both {train[0]} and {test[0]}, or in neither"
        raise UserError(expected=expected, received="classes in only one of them", remedy=LAYOUT)
    if absent := [name for name in test[1] if name not in train[1]]:
        raise UserError(
            expected=f"in {test[0]} the classes of {train[0]}: {', '.join(train[1])}",
            received=f"{', '.join(absent)} as well",
            remedy="Add training images of these classes, or remove their test images",
        )
