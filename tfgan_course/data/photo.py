"""Reads photos in their own size, for a generator that is applied to them. This module does not import TensorFlow."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from PIL import Image

from tfgan_course.data.conditions import Degradation
from tfgan_course.data.picture import Unreadable, read, upright
from tfgan_course.data.sixteen_bits import eight_bits, white_for
from tfgan_course.data.sources.arrays import as_uint8
from tfgan_course.data.sources.folder import EXTENSIONS
from tfgan_course.errors import UserError, require
from tfgan_course.files import printable, shown, usable, what_is

NAMED = 5
"""How many photos an error names."""


class Photo(NamedTuple):
    """A photo: its colors, upright, uint8 (height, width, 3), and its transparency, of mode L, if it has any."""

    colors: np.ndarray
    alpha: Image.Image | None = None

    def transparent(self, picture: Image.Image) -> Image.Image:
        """Return a picture made of the photo with the photo's transparency, resized (bicubic) to the picture's size."""
        if self.alpha is not None:
            picture.putalpha(self.alpha.resize(picture.size, Image.Resampling.BICUBIC))
        return picture


def photo_of(item: str | os.PathLike | BinaryIO | Image.Image | np.ndarray) -> Photo:
    """Return a photo in its own size.

    It is rotated as its EXIF data say. Gray becomes RGB; 16-bit gray becomes 8 bits, and the smallest of 8, 10, 12, 14
    or 16 bits that holds its largest value is white. The colors of transparent pixels are those that are stored.

    Args:
        item: a path, an open file, a Pillow image, or an array (height, width), (height, width, 1) or (height, width,
            3), of numbers as in `train(images=...)`.

    Raises:
        UserError: if it cannot be read, with the reason.
    """
    if isinstance(item, np.ndarray):
        try:
            image = as_uint8(item[np.newaxis])[0]
        except UserError as error:  # it speaks of many images
            raise UserError(
                expected="a photo as an array of uint8, (height, width) or (height, width, 1, 3 or 4)",
                received=f"{item.dtype} of shape {item.shape}",
                remedy="Give photos one by one; for numbers from 0 to 1 write np.uint8(255 * photo)",
            ) from error
        return _photo(Image.fromarray(image[..., 0] if image.shape[2:] == (1,) else image))
    if isinstance(item, Image.Image):
        return _photo(item)
    readable = isinstance(item, str | os.PathLike) or hasattr(item, "read")
    expected = "a photo: a path, an open file, an array or a Pillow image"
    require(readable, expected, f"an object of type {type(item).__name__}", "Give photos one by one")
    if isinstance(item, str | os.PathLike):
        item = usable(item if isinstance(item, str) else Path(item), "a photo")
        require(item.is_file(), "a photo", f"{shown(item)}, {what_is(item)}", "Name the file of a photo")
    try:
        return read(item, _photo)
    except Unreadable as error:
        raise UserError(
            expected="photos that can be read", received=str(error), remedy="Repair it, or leave it out"
        ) from error


def check_photos(photos: Iterable[str | os.PathLike | BinaryIO], smallest: int = 1) -> None:
    """Raise one `UserError` that names photos that cannot be read, or have fewer rows or columns than `smallest`."""
    refused, small = [], []
    for photo in photos:
        try:
            colors = photo_of(photo).colors
        except UserError as error:
            refused.append(error.received)
            continue
        if min(colors.shape[:2]) < smallest:
            name = photo if isinstance(photo, str | os.PathLike) else photo.name
            small.append(f"{printable(os.fspath(name))} ({colors.shape[0]} x {colors.shape[1]})")
    require(not refused, "photos that can be read", _first(refused), "Repair what is named, or leave it out")
    expected = f"photos of at least {smallest} x {smallest} pixels, to degrade them"
    require(not small, expected, _first(small), "Leave out what is named")


def _first(names: list[str]) -> str:
    """Return the first names as a text, and how many more there are."""
    more = [f"and {len(names) - NAMED} more"] if len(names) > NAMED else []
    return "; ".join([*names[:NAMED], *more])


def _photo(picture: Image.Image) -> Photo:
    picture = upright(picture)
    if picture.mode == "F":
        raise ValueError("floating-point gray values, whose range is unknown")
    if picture.mode.startswith("I"):
        pixels = np.array(picture)
        picture = Image.fromarray(eight_bits(pixels, white_for(pixels.max())))
    if picture.mode in ("La", "RGBa"):  # Pillow converts a premultiplied mode only to its plain mode.
        picture = picture.convert(picture.mode.upper())
    if picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        alpha = picture.getchannel("A")
        return Photo(np.array(picture.convert("RGB")), None if alpha.getextrema()[0] == 255 else alpha)
    return Photo(np.array(picture.convert("RGB")))


def degraded(colors: np.ndarray, degradation: Any, channels: int, scale: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what the degradation of a run makes of a photo, and the photo that it was made of.

    Both are uint8 (height, width, 1 or 3), the photo in the channels of the run's images.

    Args:
        colors: the photo, uint8 (height, width, 3); up to `scale` - 1 rows and columns are cut off below and on the
            right.
        degradation: `data.condition` of the run.
        channels: the channels of the run's images.
        scale: the run's images are this many times as large as their conditions.

    Raises:
        UserError: for a condition that is not computed from the image.
    """
    expected, received = "a run whose data.condition is a degradation, to degrade a photo", type(degradation).__name__
    require(isinstance(degradation, Degradation), expected, received, "Leave degrade out: the photo is the condition")
    height, width = (size - size % scale for size in colors.shape[:2])
    small = f"{colors.shape[0]} x {colors.shape[1]}"
    require(
        height and width, f"a photo of at least {scale} x {scale} pixels, to degrade it", small, "Use another photo"
    )
    image = colors[:height, :width]
    if channels == 1:
        image = np.array(Image.fromarray(image).convert("L"))[..., np.newaxis]
    return degradation.of(image, 0), image


def photos_in(path: str | Path) -> list[tuple[Path, Path]]:
    """Return the photos of a file or of a folder with its sub-folders: the path of each, and its path in the folder.

    Of a folder these are the files with the ending of an image, in the order of their names, without hidden ones.

    Raises:
        UserError: if nothing is there, or a folder has no photo.
    """
    path = usable(path, "a photo")
    if path.is_file():
        return [(path, Path(path.name))]
    require(path.is_dir(), "a photo or a folder of photos", f"{shown(path)}, {what_is(path)}", "Correct the path")
    found = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        photos = (name for name in sorted(names) if os.path.splitext(name)[1].lower() in EXTENSIONS)
        files = [Path(folder, name) for name in photos if not name.startswith(".")]
        found += [(file, file.relative_to(path)) for file in files if file.is_file()]
    expected = f"photos in {printable(str(path))}, with the endings {' '.join(sorted(EXTENSIONS))}"
    require(found, expected, "none", "Name another folder")
    return found


def results_in(out: Path, photos: list[str]) -> list[tuple[Path, Path]]:
    """Return the path of each photo of files and folders, and the path of its result, a PNG file in the folder `out`.

    A result has the photo's name, in the sub-folder of `out` that the photo has in the folder that was named.

    Raises:
        UserError: if two results would have the same path; and see `photos_in`.
    """
    found: dict[Path, Path] = {}
    for photo in photos:
        for path, inside in photos_in(photo):
            result = (out / inside).with_suffix(".png")
            other = found.setdefault(result, path)
            received = f"{printable(str(other))} and {printable(str(path))}"
            require(other == path, f"one photo for {printable(str(result))}", received, "Rename one of them")
    return [(path, result) for result, path in found.items()]
