"""Sample grids as data URIs, few and small enough for one file."""

import base64
import io
import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from tfgan_course.figures.grids import GAP, grid

MOST_FRAMES = 30
LARGEST_SIDE = 800


class Frame(NamedTuple):
    """A sample grid: its step, a data URI, and its size in pixels."""

    step: int
    uri: str
    width: int
    height: int


def evolution(frames: dict[int, Path], budget: int) -> list[Frame]:
    """Return sample grids evenly spread over the training, with the first and the last.

    Args:
        frames: paths of pictures by step.
        budget: largest number of bytes of all grids together. Grids are left out to fit, but never the last one.
    """
    steps = sorted(frames)
    count = min(len(steps), MOST_FRAMES)
    while count:
        chosen = [steps[at] for at in np.linspace(len(steps) - 1, 0, count).round().astype(int)[::-1]]
        encoded = [frame for step in chosen if (frame := embedded(step, frames[step])) is not None]
        size = sum(len(frame.uri) for frame in encoded)
        if size <= budget or count == 1:
            return encoded
        count = max(1, min(count - 1, int(count * budget / size)))
    return []


def embedded(step: int, path: Path, largest: int = LARGEST_SIDE) -> Frame | None:
    """Return a picture for the report, its sides at most `largest`; None, with a warning, if it cannot be read."""
    picture = opened(path)
    if picture is None:
        return None
    picture.thumbnail((largest, largest), Image.Resampling.LANCZOS)
    return Frame(step, data_uri(picture, "jpeg"), *picture.size)


def opened(path: Path) -> Image.Image | None:
    """Return a picture in gray or RGB; None, with a warning, if it cannot be read."""
    try:
        with Image.open(path) as picture:
            return picture.convert("L" if picture.mode in ("1", "L") else "RGB")
    except Exception as error:  # Pillow's errors have no common base
        warnings.warn(f"{path} is left out: {error}", stacklevel=2)
        return None


def data_uri(picture: Image.Image, kind: str) -> str:
    """Return a picture as a data URI of the kind `jpeg`, which is small, or `png`, which is exact."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, quality=90, subsampling=0)  # PNG ignores these options
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def cells(picture: Image.Image, shape: Sequence[int], most: int) -> np.ndarray | None:
    """Return the first images of a grid, row by row; None if the picture is not a grid of such images.

    Args:
        picture: a grid from `grids.grid`.
        shape: height, width and channels of an image.
        most: the largest number of images to return.

    Returns:
        uint8 (at most `most`, height, width, 1 or 3).
    """
    height, width = shape[:2]
    columns, rest = divmod(picture.width + GAP, width + GAP)
    rows, other_rest = divmod(picture.height + GAP, height + GAP)
    if rest or other_rest or not columns or not rows:
        return None
    pixels = np.asarray(picture)
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    corners = [(row * (height + GAP), column * (width + GAP)) for row in range(rows) for column in range(columns)]
    return np.stack([pixels[top : top + height, left : left + width] for top, left in corners[:most]])


def strip(images: np.ndarray) -> str:
    """Return images side by side as a data URI; small images are enlarged so that a browser does not blur them."""
    times = math.ceil(64 / max(images.shape[1:3]))
    row = grid(images.repeat(times, axis=1).repeat(times, axis=2), columns=len(images))
    return data_uri(Image.fromarray(row.squeeze(-1) if row.shape[-1] == 1 else row), "png")
