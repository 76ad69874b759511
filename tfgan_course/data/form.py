"""The form that all images get: their height, width and channels, and how an image of another form is brought to it."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from annotated_types import Predicate, doc

from tfgan_course.data.source import LARGEST, SMALLEST
from tfgan_course.errors import UserError, require

HEIGHT_X_WIDTH = re.compile(r"\s*(\d+)\s*[xX]\s*(\d+)\s*")


def is_height_x_width(text: str) -> bool:
    """Return whether a text has the form of `48x64`."""
    return HEIGHT_X_WIDTH.fullmatch(text) is not None


Size: TypeAlias = (
    int | Annotated[str, Predicate(is_height_x_width), doc("height x width such as 48x64")] | tuple[int, int]
)
"""The size of images as a user writes it: 64 for a square, `48x64` or (48, 64) for height x width."""
Fit: TypeAlias = Literal["crop", "pad", "stretch"]

SIXTEEN_BITS = 65535


@dataclass(frozen=True)
class Form:
    """The form of images.

    Args:
        height: pixels.
        width: pixels.
        channels: 1 (gray), 3 (RGB) or 4 (RGB and opacity). None: decided by the images, 1 for a gray one and 3 for any
            other.
        fit: what happens to an image of other proportions. `crop` cuts the largest part of the wanted proportions out
            of the middle; `pad` keeps the whole image and adds a border; `stretch` changes its proportions.
        background: the color of the border, and of what lies behind transparent pixels: red, green, blue, 0 to 255.
        white: the value of white in 16-bit gray.
    """

    height: int
    width: int
    channels: int | None = None
    fit: Fit = "crop"
    background: tuple[int, int, int] = (255, 255, 255)
    white: int = SIXTEEN_BITS

    @property
    def colored(self) -> bool:
        """Whether the background is a color, and not a gray."""
        return len(set(self.background)) > 1

    @property
    def size(self) -> tuple[int, int]:
        """The height and the width."""
        return self.height, self.width


def height_and_width(size: Size) -> tuple[int, int]:
    """Return the height and the width that a user wrote as a size.

    Raises:
        UserError: for anything but one or two numbers of pixels in the allowed range.
    """
    found = HEIGHT_X_WIDTH.fullmatch(size) if isinstance(size, str) else None
    sides = found.groups() if found else size if isinstance(size, tuple | list) else (size, size)
    whole = all(not isinstance(side, bool) and re.fullmatch(r"\d+", str(side)) for side in sides)
    valid = len(sides) == 2 and whole and all(SMALLEST <= int(side) <= LARGEST for side in sides)
    expected = f"for size pixels from {SMALLEST} to {LARGEST}: a number for a square, or height x width such as 48x64"
    require(valid, expected, size, "Change this value")
    return int(sides[0]), int(sides[1])


def color(name: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a color such as `white`, `#808080` or `rgb(10, 20, 30)`.

    Raises:
        UserError: for an unknown color.
    """
    from PIL import ImageColor

    try:
        return ImageColor.getrgb(name)[:3]
    except (ValueError, AttributeError) as error:
        expected, remedy = "for background a color such as white, gray or #808080", "Write such a color"
        raise UserError(expected=expected, received=repr(name), remedy=remedy) from error


def written(height: int, width: int) -> int | str:
    """Return a size in its shortest form: a number for a square, otherwise a text such as `48x64`."""
    return height if height == width else f"{height}x{width}"


def in_words(height: int, width: int) -> str:
    """Return a size as messages show it: `48 x 64`."""
    return f"{height} x {width}"
