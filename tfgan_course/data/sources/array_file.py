"""The source of images in a .npz or .npy file."""

import zipfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from tfgan_course.data.sixteen_bits import announced, eight_bits, white_for
from tfgan_course.data.source import DataSource
from tfgan_course.data.sources.label_file import LabelFile
from tfgan_course.errors import UserError, first_line, require
from tfgan_course.files import printable, shown, usable, what_is

LOOKED_AT = 1000
"""Largest number of images, evenly spread, in which the largest 16-bit value is looked for."""
ENDINGS = (".npz", ".npy")
TRAIN = (("images", "labels"), ("train_images", "train_labels"), ("x_train", "y_train"), ("x", "y"), ("arr_0", "arr_1"))
"""The names that training images and their labels may have in a .npz file; the first that exist."""
TEST = (("test_images", "test_labels"), ("x_test", "y_test"), ("val_images", "val_labels"), ("x_val", "y_val"))
"""The same for test images."""


class SixteenBits(Sequence):
    """Gray images of 16 bits, each of which becomes uint8 when it is needed.

    Args:
        images: uint16 (n, height, width) or (n, height, width, 1).
        name: the name of the images in a warning, if they use fewer bits.
    """

    def __init__(self, images: np.ndarray, name: str):
        self.images, looked_at = images, images[:: max(1, len(images) // LOOKED_AT)]
        self.white = announced(white_for(int(looked_at.max())), f"the 16-bit images of {name}")

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> np.ndarray:  # type: ignore[override]  # the pipeline takes no slices
        image = np.asarray(self.images[index])
        return eight_bits(image.reshape(image.shape[:2]), self.white)


class ArrayFile(DataSource):
    """A source of images and labels in a .npz or .npy file; docs/guides/data.md lists the names of the arrays.

    Args:
        path: the file; `~` is the user's home.
        labels: for a .npy file, the .npy file of its labels.
        mapped: read each image from the file when it is needed; a .npz file must not be compressed then.

    Raises:
        UserError: if a file is missing or damaged, or has no array of images.
    """

    def __init__(self, path: str | Path, labels: LabelFile | None = None, mapped: bool = False):
        self.path, self.labels, self.mapped = usable(path, "data.file"), labels, mapped
        self._names: list[str] = []

    @cached_property
    def _arrays(self) -> Mapping[str, np.ndarray]:
        arrays = self._read(self.path, "data.file", ENDINGS)
        if self.labels is not None:
            single, received = self.path.suffix.lower() == ".npy", shown(self.path)
            remedy = "Put the labels into the .npz file, as the array labels"
            require(single, "data.labels beside a folder, or beside a .npy file", received, remedy)
            arrays = {**arrays, **self._read(usable(self.labels.file, "data.labels"), "data.labels", (".npy",))}
        return arrays

    def _read(self, path: Path, option: str, endings: Sequence[str]) -> dict[str, np.ndarray]:
        remedy = "Correct the path"
        require(path.suffix.lower() in endings, f"for {option} a {' or '.join(endings)} file", shown(path), remedy)
        require(path.is_file(), f"for {option} a file", f"{shown(path)}, {what_is(path)}", remedy)
        try:
            if path.suffix.lower() == ".npy":
                name = "images" if option == "data.file" else "labels"
                return {name: np.load(path, mmap_mode="r" if self.mapped else None, allow_pickle=False)}
            with zipfile.ZipFile(path) as file:
                members = {name.removesuffix(".npy"): name for name in file.namelist() if name.endswith(".npy")}
            self._names = [*members]
            images = {pair[0] for pair in (*TRAIN, *TEST)} if self.mapped else {*()}
            others = {name for pair in (*TRAIN, *TEST) for name in pair} | {"class_names"}
            with np.load(path, allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in members if name in others - images}
            return found | {name: mapped(path, members[name]) for name in members if name in images}
        except UserError:
            raise
        except Exception as error:  # NumPy raises nearly anything for a damaged file.
            expected = f"for {option} a file that NumPy wrote, of numbers"
            received, remedy = (
                f"{shown(path)}: {first_line(error)}",
                "Write it again: np.savez(path, images=x, labels=y)",
            )
            raise UserError(expected=expected, received=received, remedy=remedy) from error

    def _pair(self, names: Sequence[tuple[str, str]]) -> tuple[np.ndarray | SixteenBits, np.ndarray | None] | None:
        for images, labels in names:
            if (found := self._arrays.get(images)) is None:
                continue
            sixteen = found.dtype == np.uint16 and found.shape[3:] in ((), (1,)) and found.ndim > 2 and found.size > 0
            expected = f"in {shown(self.path)} as {images} uint8 from 0 to 255, or uint16 for gray images"
            remedy = "Convert floats from 0 to 1 with (255 * images).round().astype('uint8')"
            require(sixteen or found.dtype == np.uint8, expected, f"{found.dtype} of shape {found.shape}", remedy)
            return SixteenBits(found, str(self)) if sixteen else found, self._arrays.get(labels)
        return None

    @property
    def class_names(self) -> list[str] | None:  # type: ignore[override]  # a property in place of an attribute
        """The array `class_names`, if the file has one."""
        names = self._arrays.get("class_names")
        return None if names is None else [str(name) for name in np.ravel(names)]

    def train(self) -> tuple[np.ndarray | SixteenBits, np.ndarray | None]:
        if (found := self._pair(TRAIN)) is None:
            expected = f"in {shown(self.path)} an array {', '.join(pair[0] for pair in TRAIN)}"
            received = f"none of these names, of {', '.join(self._names) or 'no arrays'}"
            remedy = "Name it images: np.savez(path, images=x, labels=y)"
            raise UserError(expected=expected, received=printable(received), remedy=remedy)
        return found

    def test(self) -> tuple[np.ndarray | SixteenBits, np.ndarray | None] | None:
        return self._pair(TEST)

    def __str__(self) -> str:
        return printable(str(self.path))


def mapped(path: Path, member: str) -> np.ndarray:
    """Return an array in a .npz file as a `np.memmap`, which reads a part of the file when it is needed.

    Raises:
        UserError: if the file is compressed.
    """
    with zipfile.ZipFile(path) as file:
        info = file.getinfo(member)
        plain = info.compress_type == zipfile.ZIP_STORED
        remedy = "Write it with np.savez, not with np.savez_compressed, or set data.stream to false"
        require(plain, "an uncompressed .npz file, for data.stream", shown(path), remedy)
    with path.open("rb") as file:
        # The local header of the zip format: 30 bytes, of which the last four are the lengths of a name and of an extra
        # field that follow.
        file.seek(info.header_offset + 26)
        file.seek(info.header_offset + 30 + sum(np.frombuffer(file.read(4), "<u2").tolist()))
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
        order = "F" if fortran else "C"
        return np.memmap(str(path), dtype, "r", file.tell(), shape, order)  # type: ignore[call-overload]
