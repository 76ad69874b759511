"""Conditions in files: in a second folder, or beside the image in the same picture."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tfgan_course.data.conditions.condition import Condition
from tfgan_course.data.sources.folder import Files, Folder
from tfgan_course.errors import UserError, require
from tfgan_course.files import printable


class SameNames(Condition):
    """The condition of an image is the file of the same name in another folder, with the same layout: train/, classes.

    The endings may differ: a.jpg and a.png are a pair.

    Args:
        folder: the folder of the conditions; `data.folder` is that of the images.
        scale: how many times larger the images are than their conditions, for super-resolution.
    """

    def __init__(self, folder: str, scale: int = 1):
        require(scale >= 1, "a scale of at least 1", scale, "Set scale to 1 for images of equal size")
        self.folder, self.scale = folder, scale

    @cached_property
    def _source(self) -> Folder:
        return Folder(self.folder)

    def size_of_conditions(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width of the conditions of images of a size that the scale divides."""
        expected, remedy = f"a data.size that the scale {self.scale} of SameNames divides", "Change one of them"
        divides = height % self.scale == width % self.scale == 0
        require(divides, expected, f"{height} x {width}", remedy)
        return height // self.scale, width // self.scale

    def partners(self, images: Any, split: Literal["train", "test"]) -> "Partners":
        """Return the conditions of the images of a folder, in the order of the images.

        Raises:
            UserError: if an image or a condition has no partner.
        """
        remedy = "Set data.folder, and data.condition.folder to a folder with the same names"
        require(isinstance(images, Files), "images in a folder, for SameNames", "images from elsewhere", remedy)
        found = getattr(self._source, split)()
        if found is None:
            expected = f"in {self._source} as in the folder of the images: {split}/"
            raise UserError(expected=expected, received="none", remedy="Add it, or remove the other")
        conditions = found[0]
        return Partners(conditions, _order(images, conditions), self.scale)


class Partners(Sequence):
    """The files of conditions in the order of their images, which are `scale` times as large."""

    def __init__(self, files: Files, order: np.ndarray, scale: int = 1):
        self.files, self.order, self.scale = files, order, scale

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, index: int) -> Path:  # type: ignore[override]  # the pipeline takes no slices
        return self.files[self.order[index]]

    def checksum(self, numbers: np.ndarray, before: int) -> int:
        """Return the CRC-32 of names and sizes, continued from `before`."""
        return self.files.checksum(self.order[numbers], before)


def _order(images: Files, conditions: Files) -> np.ndarray:
    """Return the number of each image's condition; raise `UserError` naming a file that has no partner."""
    wanted, given = _by_name(images), _by_name(conditions)
    for name, number in wanted.items():
        if name not in given:
            raise _lonely(
                images[number], "condition", _root(conditions) / Path(*name), len(wanted.keys() & given.keys())
            )
    for name, number in given.items():
        if name not in wanted:
            raise _lonely(conditions[number], "image", _root(images) / Path(*name), len(wanted))
    return np.array([given[name] for name in wanted], np.int64)


def _root(files: Files) -> Path:
    """Return the folder of the files, or of the classes' folders."""
    return files.folders[0].parent if len(files.folders) > 1 else files.folders[0]


def _by_name(files: Files) -> dict[tuple[str, ...], int]:
    """Return the number of each file by class and name without ending; raise `UserError` for two of one name."""
    several = len(files.folders) > 1
    found: dict[tuple[str, ...], int] = {}
    for number in range(len(files)):
        path = files[number]
        name = (path.parent.name, path.stem) if several else (path.stem,)
        if name in found:
            received = printable(f"{files[found[name]]} and {path}")
            raise UserError(expected="one file of each name", received=received, remedy="Rename or remove one")
        found[name] = number
    return found


def _lonely(path: Path, lacks: str, expected: Path, pairs: int) -> UserError:
    return UserError(
        expected=printable(f"for {path} the {lacks} {expected} with the ending of an image"),
        received=f"no such file; {pairs} {'pair' if pairs == 1 else 'pairs'} found",
        remedy="Give both files the same name, or remove this one",
    )


class SideBySide(Condition):
    """Each picture holds the image and its condition side by side, as the data sets of pix2pix do.

    Args:
        half: the half that is the condition; the other half is the image.
    """

    def __init__(self, half: Literal["left", "right"] = "left"):
        self.half = half

    def halves(self, pictures: Any) -> tuple["Halves", "Halves"]:
        """Return the images and the conditions in these pictures, an array or a sequence of files or arrays."""
        other = "right" if self.half == "left" else "left"
        return Halves(pictures, other), Halves(pictures, self.half)


@dataclass(frozen=True)
class Half:
    """One half, `left` or `right`, of a picture: a path, a Pillow image or an array."""

    picture: Any
    side: str

    def __str__(self) -> str:
        named = isinstance(self.picture, str | os.PathLike)
        return f"{printable(os.fspath(self.picture))} ({self.side} half)" if named else f"a {self.side} half"

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of the half; raise `UserError` for a picture that has no equal halves."""
        expected, received = f"two halves of equal width, for {self}", f"a picture of {width} x {height}"
        require(width % 2 == 0, expected, received, "Crop the picture, or remove it")
        left = 0 if self.side == "left" else width // 2
        return left, 0, left + width // 2, height


class Halves(Sequence):
    """The left or the right halves of pictures."""

    def __init__(self, pictures: Any, side: str):
        self.pictures, self.side = pictures, side

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> Half:  # type: ignore[override]  # the pipeline takes no slices
        return Half(self.pictures[index], self.side)


class Unpaired(Condition):
    """The condition is an image of another folder, drawn independently: for networks that learn without pairs, as CUT.

    Each pass over the images visits the conditions in another order, which the seed decides. Test images get the
    conditions of `folder`'s own test images, or of those held out there, in their order.

    Args:
        folder: the folder of the conditions.
    """

    def __init__(self, folder: str):
        self.folder = folder
