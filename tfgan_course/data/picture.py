"""Makes a uint8 array of the wanted form of one image of any size and kind."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps

from tfgan_course.data.conditions.pairs import Half
from tfgan_course.data.form import SIXTEEN_BITS, Form
from tfgan_course.data.sixteen_bits import announced, eight_bits, white_for
from tfgan_course.data.sources.arrays import as_uint8
from tfgan_course.errors import UserError, first_line
from tfgan_course.files import printable, what_is

Item = str | os.PathLike | Image.Image | np.ndarray | Half
"""An image as a source gives it: the path of a file, a Pillow image, an array, or one half of these."""


def fit(picture: Image.Image, form: Form) -> np.ndarray:
    """Return a picture in a form, as uint8 (height, width, channels): upright, and of the form's size.

    A picture that has the size already is not resampled. Lanczos resampling averages over all pixels that become one
    pixel. Without this, fine patterns alias, which changes metrics such as FID (Parmar et al. 2022, arXiv:2104.11222).

    Args:
        picture: a picture of any mode.
        form: the form. If it leaves the channels open, a gray picture, also one with a palette of grays, has 1, and
            any other picture has 3.

    Raises:
        ValueError: if the meaning of the picture's numbers is unknown, as in a TIFF of floating-point numbers.
    """
    picture = upright(picture)
    if form.channels == 4:
        picture = _with_opacity(picture, form)
    else:
        picture = _gray_or_rgb(picture, form)
        if form.channels is not None:
            picture = picture.convert("L" if form.channels == 1 else "RGB")
    resized = {"crop": _cropped, "pad": _padded, "stretch": _scaled}[form.fit]
    return np.array(resized(picture, form)).reshape(*form.size, -1)


def _scaled(picture: Image.Image, form: Form) -> Image.Image:
    """Return the whole picture in the form's size; a picture that has it is not resampled."""
    size = form.width, form.height
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)


def _padded(picture: Image.Image, form: Form) -> Image.Image:
    """Return the picture with a border of the form's background, which is transparent if the picture has opacity."""
    wide, tall = form.width, form.height
    if picture.width * form.height >= picture.height * form.width:
        tall = max(1, round(picture.height * form.width / picture.width))
    else:
        wide = max(1, round(picture.width * form.height / picture.height))
    if picture.mode == "L":
        around = Image.new("RGB", (form.width, form.height), form.background).convert("L")
    else:
        around = Image.new(picture.mode, (form.width, form.height), (*form.background, 0)[: len(picture.getbands())])
    inside = _scaled(picture, replace(form, height=tall, width=wide))
    around.paste(inside, ((form.width - wide) // 2, (form.height - tall) // 2))
    return around


def _cropped(picture: Image.Image, form: Form) -> Image.Image:
    """Return the largest part of the form's proportions in the middle of a picture, in the form's size."""
    wide, tall = picture.size
    # The part has the picture's whole width or height. Products of whole numbers decide exactly which.
    if wide * form.height >= tall * form.width:
        wide = max(1, round(tall * form.width / form.height))
    else:
        tall = max(1, round(wide * form.height / form.width))
    left, top = (picture.width - wide) // 2, (picture.height - tall) // 2
    return _scaled(picture.crop((left, top, left + wide, top + tall)), form)


def upright(picture: Image.Image) -> Image.Image:
    """Return the picture rotated as its EXIF data says; unchanged if these data are broken."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # Broken EXIF data make Pillow raise nearly anything. Broken pixels raise again below.
        return picture


def _plain(picture: Image.Image, form: Form) -> Image.Image:
    """Return the picture with 8 bits for each number, and in a mode that Pillow converts to others."""
    if picture.mode == "F":
        raise ValueError("floating-point gray values, whose range is unknown")
    if picture.mode.startswith("I"):
        return Image.fromarray(eight_bits(np.array(picture), form.white))
    # Pillow converts a premultiplied mode only to its plain mode.
    return picture.convert(picture.mode.upper()) if picture.mode in ("La", "RGBa") else picture


def _with_opacity(picture: Image.Image, form: Form) -> Image.Image:
    """Return the picture in mode RGBA; pixels of a picture without transparency are opaque."""
    picture = _plain(picture, form)
    transparent = picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info
    return picture.convert("RGBA") if transparent else picture.convert("RGB").convert("RGBA")


def _gray_or_rgb(picture: Image.Image, form: Form) -> Image.Image:
    """Return the picture in mode L or RGB, on the form's background."""
    picture = _plain(picture, form)
    if picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info:
        opaque = Image.new("RGBA", picture.size, form.background)
        opaque.alpha_composite(picture.convert("RGBA"))
        gray = picture.mode in ("1", "L", "LA") and not form.colored
        picture, indexed = opaque.convert("L" if gray else "RGB"), picture.mode in ("P", "PA")
    else:
        indexed = picture.mode == "P"
        picture = picture.convert("L" if picture.mode in ("1", "L") else "RGB")
    if not indexed:
        return picture
    pixels = np.asarray(picture)
    return picture.convert("L") if (pixels == pixels[..., :1]).all() else picture


def fit_array(image: np.ndarray, form: Form) -> np.ndarray:
    """Return `fit` of an array, uint8 (h, w) or (h, w, 1, 3 or 4) or uint16 (h, w, 1); a fitting array is unchanged."""
    image = image if image.ndim > 2 else image[..., np.newaxis]
    depth = image.shape[-1]
    right = image.shape[:2] == form.size and depth in ((form.channels,) if form.channels else (1, 3))
    if image.dtype == np.uint8 and right:
        return image
    if image.dtype == np.uint16:
        return fit(Image.fromarray(eight_bits(image[..., 0])), form)
    return fit(Image.fromarray(image[..., 0] if depth == 1 else image), form)


class Unreadable(Exception):
    """An image file cannot be read.

    Args:
        path: the path of the file, or the name of an open file.
        reason: why it cannot be read.
    """

    def __init__(self, path: str | os.PathLike, reason: str):
        self.path = path
        # Pillow's reasons repeat the path, which may be no UTF-8.
        self.reason = printable(reason.replace(repr(os.fspath(path)), "it"))
        super().__init__(f"{printable(os.fspath(path))} ({self.reason})")


def _opened(path: str | os.PathLike | BinaryIO) -> Image.Image:
    """Open an image file; raise `OSError` for anything else, because a named pipe would wait for its writer."""
    if isinstance(path, str | os.PathLike) and os.path.exists(path) and not os.path.isfile(path):
        raise OSError(f"it is {what_is(Path(path))}")
    return Image.open(path)


def picture_of(item: Item, form: Form) -> np.ndarray:
    """Return `fit` of an image of a source; raise `Unreadable` for a file, `UserError` for an array of another kind."""
    if isinstance(item, Half):
        return picture_of(_cut(item), form)
    if isinstance(item, np.ndarray):
        return fit_array(as_uint8(item[np.newaxis])[0], form)
    if isinstance(item, Image.Image):
        return fit(item, form)
    return read(item, lambda picture: fit(picture, form))


def _cut(half: Half) -> Image.Image | np.ndarray:
    """Return the half of a picture."""
    picture = half.picture
    if isinstance(picture, np.ndarray):
        left, top, right, bottom = half.box(picture.shape[1], picture.shape[0])
        return picture[top:bottom, left:right]
    if isinstance(picture, Image.Image):
        return picture.crop(half.box(*picture.size))
    return read(picture, lambda opened: (whole := upright(opened)).crop(half.box(*whole.size)))


def size_of(path: str | os.PathLike) -> tuple[int, int]:
    """Return the (width, height) of a picture in a file, upright; raise `Unreadable` for anything else."""

    def size(picture: Image.Image) -> tuple[int, int]:
        try:
            lying = picture.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
        except Exception:  # see `upright`
            lying = False
        return picture.size[::-1] if lying else picture.size

    return read(path, size)


def read(item: str | os.PathLike | BinaryIO, of: Callable[[Image.Image], Any]) -> Any:
    """Return a function's result for the picture in a file, perhaps open; raise `Unreadable` if it cannot be read."""
    name = item if isinstance(item, str | os.PathLike) else getattr(item, "name", "an open file")
    try:
        with _opened(item) as picture:
            return of(picture)
    except UserError:
        raise
    except Image.DecompressionBombError as error:
        limit = 2 * Image.MAX_IMAGE_PIXELS
        raise Unreadable(
            name,
            f"it has more pixels than {limit:,}, Pillow's limit: make it smaller, or raise the limit to N pixels by "
            "TFGAN_COURSE_PIXELS=N before the command, in Python by PIL.Image.MAX_IMAGE_PIXELS = N // 2",
        ) from error
    except Exception as error:  # Broken files make Pillow raise nearly anything: OSError, SyntaxError, struct.error...
        raise Unreadable(name, f"{type(error).__name__}: {first_line(error)}") from error


def white_of(paths: Sequence[str | os.PathLike], files: str) -> int:
    """Return the value of white in 16-bit files: the largest of 8, 10, 12 or 14 bits if no file has a larger value.

    Cameras and scanners write such values into 16-bit files. Read as 16 bits, they would be nearly black. A warning
    says what is read as white, and names the files as `files`.
    """
    largest = []
    for path in paths:
        try:
            with Image.open(path) as picture:
                if picture.mode.startswith("I"):
                    largest.append(np.array(picture).max())
        except Exception:  # The code that reads the images reports broken files.
            continue
    return announced(white_for(int(max(largest))), files) if largest else SIXTEEN_BITS


def in_color(item: Item, form: Form) -> bool:
    """Return whether an image of a source is in color; False for an unreadable file."""
    try:
        if isinstance(item, str | os.PathLike):
            with _opened(item) as picture:  # The header of most gray files is enough.
                gray = picture.mode in ("1", "L", "LA", "La") or picture.mode.startswith("I")
                if gray and not form.colored:
                    return False
        return picture_of(item, replace(form, channels=None)).shape[-1] == 3
    except Exception:  # `picture_of` reports it when the image is used.
        return False
