"""Applies a function to a picture tile by tile where memory does not hold it at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from tqdm import tqdm

from tfgan_course.figures.grids import picture_from


@dataclass(frozen=True)
class Tiling:
    """How pictures are cut into tiles for a function from images to images, `scale` times as large.

    With a margin the tiles overlap by two margins, of which each result loses its own, so that the picture is the one
    that the function would make of all at once. Without a margin each result depends on its whole tile. Then tiles
    overlap by half, and results fade into each other.

    Args:
        height: the smallest height that the function takes.
        width: the smallest width that the function takes.
        most: the most pixels that the function takes at once.
        stride: heights and widths must be multiples of it, and so are the places of tiles.
        margin: how many pixels beside a place decide its result; -1: those of the whole tile.
        scale: how many times larger the results are.
        fixed: 1 if the function takes only images of the smallest size.
    """

    height: int
    width: int
    most: int
    stride: int = 1
    margin: int = -1
    scale: int = 1
    fixed: int = 0

    def padded(self, height: int, width: int) -> tuple[int, int]:
        """Return the size that a picture of this size is brought to: at least the smallest, and multiples of stride."""
        tall, wide = (
            -(-size // self.stride) * self.stride for size in (max(height, self.height), max(width, self.width))
        )
        return tall, wide

    def tile(self, height: int, width: int) -> tuple[int, int]:
        """Return the size of the tiles of a padded picture; it is the picture's own if the function takes all of it."""
        if self.fixed:
            return self.height, self.width
        if height * width <= self.most:
            return height, width
        side = int(self.most**0.5) // self.stride * self.stride
        tall = max(self.height, min(height, side))
        wide = max(self.width, min(width, self.most // tall // self.stride * self.stride))
        return tall, wide

    def whole(self, height: int, width: int) -> bool:
        """Return whether a picture of this size needs no tiles."""
        padded = self.padded(height, width)
        return self.tile(*padded) == padded

    def overlap(self, size: int) -> int:
        """Return by how many pixels tiles of this height or width overlap at least."""
        if self.margin < 0:
            return size // 2 // self.stride * self.stride
        return 2 * self._margin()

    def _margin(self) -> int:
        return -(-self.margin // self.stride) * self.stride

    def starts(self, whole: int, tile: int) -> list[int]:
        """Return where the tiles of a picture begin, in one direction."""
        step = max(tile - self.overlap(tile), self.stride)
        return [*range(0, whole - tile, step), whole - tile]

    def shares(self, tile: int, overlap: int) -> np.ndarray:
        """Return how much of a tile is in the result, uint8 (scale tile,), 0 for nothing to 255 for nothing else.

        Args:
            tile: the height or width of the tile, in pixels of the picture.
            overlap: how many of its first pixels an earlier tile has as well; 0 if there is none.
        """
        places = (np.arange(tile * self.scale) + 0.5) / self.scale
        if not overlap:
            shares = np.ones_like(places)
        elif self.margin < 0:
            shares = np.minimum(1.0, places / overlap)
        else:
            shares = np.where(places < self._margin(), 0.0, 1.0)
        return np.round(255 * shares).astype(np.uint8)


def translated(picture: np.ndarray, tiling: Tiling, make: Callable[[np.ndarray], np.ndarray]) -> Image.Image:
    """Return the picture that a function makes of a picture.

    A picture whose size does not fit is continued by reflection below and on the right, and the result is cut to size.
    A progress bar appears for a picture that takes seconds.

    Args:
        picture: uint8 (height, width, channels).
        tiling: what the function takes.
        make: from uint8 (n, height, width, channels) to uint8 (n, scale height, scale width, 1 or 3).
    """
    height, width = picture.shape[:2]
    scale, padded = tiling.scale, tiling.padded(height, width)
    edges = [(0, new - old) for new, old in zip(padded, (height, width), strict=True)]
    picture = np.pad(picture, [*edges, (0, 0)], "reflect") if any(end for _, end in edges) else picture
    tall, wide = tiling.tile(*padded)
    rows, columns = tiling.starts(padded[0], tall), tiling.starts(padded[1], wide)
    batch = max(1, tiling.most // (tall * wide))
    result = strip = None
    above = 0
    with tqdm(total=len(rows) * len(columns), desc="tiles", leave=False, disable=None, delay=1) as bar:
        for top in rows:
            # A row of tiles is joined before it meets the row above, so that the four tiles of a corner are mixed in
            # the same shares on all sides.
            before = 0
            for first in range(0, len(columns), batch):
                places = columns[first : first + batch]
                made = make(np.stack([picture[top : top + tall, left : left + wide] for left in places]))
                if result is None:
                    mode = "L" if made.shape[-1] == 1 else "RGB"
                    result = Image.new(mode, (scale * width, scale * height))
                    strip = Image.new(mode, (scale * padded[1], scale * tall))
                for left, tile in zip(places, made, strict=True):
                    shares = tiling.shares(wide, max(0, before - left))
                    mask = np.broadcast_to(shares, (scale * tall, len(shares)))
                    strip.paste(picture_from(tile), (scale * left, 0), Image.fromarray(mask))
                    before = left + wide
                bar.update(len(places))
            shares = tiling.shares(tall, max(0, above - top))
            mask = np.broadcast_to(shares[:, np.newaxis], (len(shares), strip.width))
            result.paste(strip, (0, scale * top), Image.fromarray(mask))
            above = top + tall
    return result
