"""Degradations: what a generator learns to undo. Images are uint8 (height, width, 1 or 3)."""

import io
import math
from typing import Literal

import numpy as np
from PIL import Image

from tfgan_course.data.conditions.condition import Degradation
from tfgan_course.data.form import written
from tfgan_course.errors import require


class Downscale(Degradation):
    """Make the image smaller: the generator learns super-resolution.

    Args:
        factor: 2 or 4; it must divide the size of the images.
        filter: `bicubic`, which averages over the pixels that become one (as Pillow and MATLAB do), or `area`, the mean
            of a square of factor x factor pixels.
    """

    def __init__(self, factor: Literal[2, 4] = 2, filter: Literal["bicubic", "area"] = "bicubic"):
        self.factor, self.filter = factor, filter

    def __call__(self, image, random):
        height, width = image.shape[:2]
        expected = f"a size of the images that the factor {self.factor} of Downscale divides"
        fits = height % self.factor == width % self.factor == 0
        near = written(height - height % self.factor, width - width % self.factor)
        require(fits, expected, f"{height} x {width}", f"Set data.size to {near}, for example")
        kernel = Image.Resampling.BICUBIC if self.filter == "bicubic" else Image.Resampling.BOX
        return _array(_picture(image).resize((width // self.factor, height // self.factor), kernel))


class Grayscale(Degradation):
    """Remove the color: the generator learns to color pictures. Gray is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601)."""

    def __call__(self, image, random):
        return _array(_picture(image).convert("L"))


class Edges(Degradation):
    """Draw the edges as black lines on white: the generator learns to paint a drawing.

    The lines are Canny's (1986): the largest gradients across an edge, of the image smoothed by a Gaussian. Canny's
    second threshold, which follows weak lines, is left out.

    Args:
        threshold: the smallest gradient of a line, above 0, in gray levels (of 255) per pixel.
        blur: standard deviation of the Gaussian in pixels, 0 or more.
    """

    def __init__(self, threshold: float = 12.0, blur: float = 1.0):
        require(threshold > 0, "a threshold above 0", threshold, "Set threshold to 12, for example")
        require(0 <= blur < math.inf, "a blur of at least 0", blur, "Set blur to 1, for example")
        self.threshold, self.blur = threshold, blur

    def __call__(self, image, random):
        gray = np.asarray(_picture(image).convert("L"), np.float32)
        gray = _smooth(_smooth(gray, self.blur).T, self.blur).T
        # A single row or column has no neighbors, so its gradient across is 0.
        wide = np.pad(gray, [(0, int(size == 1)) for size in gray.shape], "edge")
        down, right = (part[: gray.shape[0], : gray.shape[1]] for part in np.gradient(wide))
        length = np.hypot(down, right)
        # The neighbors across the edge: the gradient's direction, rounded to one of four.
        around = np.pad(length, 1)
        turn = np.round(np.arctan2(down, right) / (np.pi / 4)).astype(int) % 4
        steps = np.array([(0, 1), (1, 1), (1, 0), (1, -1)])[turn]
        rows, columns = np.indices(length.shape) + 1
        ahead = around[rows + steps[..., 0], columns + steps[..., 1]]
        behind = around[rows - steps[..., 0], columns - steps[..., 1]]
        line = (length >= self.threshold) & (length > behind) & (length >= ahead)
        return np.where(line, 0, 255).astype(np.uint8)[..., np.newaxis]


class Masked(Degradation):
    """Cover a rectangle with gray: the generator learns to fill holes (inpainting). Each image has its own rectangle.

    Args:
        share: the rectangle's share of the image, above 0 and below 1.
        seed: seed of shapes and places.
    """

    def __init__(self, share: float = 0.25, seed: int = 0):
        require(0 < share < 1, "a share above 0 and below 1", share, "Set share to 0.25, for example")
        require(0 <= seed < 2**64, "a seed from 0 to 2^64 - 1", seed, "Set seed to 0, for example")
        self.share, self.seed = share, seed

    def __call__(self, image, random):
        height, width = image.shape[:2]
        # Sides between half and twice those of a square part, and not longer than the image.
        longest = min(1.0, 2 * math.sqrt(self.share))
        tall = (self.share / longest) * (longest**2 / self.share) ** random.random()
        rows, columns = max(1, round(tall * height)), max(1, round(self.share / tall * width))
        top, left = random.integers(height - rows + 1), random.integers(width - columns + 1)
        covered = image.copy()
        covered[top : top + rows, left : left + columns] = 128
        return covered


class Noise(Degradation):
    """Add normal noise to each value: the generator learns to remove it.

    Args:
        deviation: standard deviation in gray levels (of 255), above 0.
        seed: seed of the noise.
    """

    def __init__(self, deviation: float = 25.0, seed: int = 0):
        require(0 < deviation < math.inf, "a deviation above 0", deviation, "Set deviation to 25, for example")
        require(0 <= seed < 2**64, "a seed from 0 to 2^64 - 1", seed, "Set seed to 0, for example")
        self.deviation, self.seed = deviation, seed

    def __call__(self, image, random):
        noisy = image + random.normal(0.0, self.deviation, image.shape)
        return np.clip(noisy.round(), 0, 255).astype(np.uint8)


class JPEG(Degradation):
    """Compress the image as JPEG: the generator learns to remove the blocks and the lost colors.

    Args:
        quality: Pillow's quality, 1 to 95.
    """

    def __init__(self, quality: int = 10):
        require(1 <= quality <= 95, "a quality from 1 to 95", quality, "Set quality to 10, for example")
        self.quality = quality

    def __call__(self, image, random):
        file = io.BytesIO()
        picture = _picture(image)
        # JPEG has no transparency.
        (picture.convert("RGB") if picture.mode == "RGBA" else picture).save(file, "JPEG", quality=self.quality)
        return _array(Image.open(file))


def _picture(image: np.ndarray) -> Image.Image:
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def _array(picture: Image.Image) -> np.ndarray:
    return np.array(picture).reshape(picture.height, picture.width, -1)


def _smooth(rows: np.ndarray, deviation: float) -> np.ndarray:
    """Return the rows after a Gaussian filter with mirrored ends."""
    radius = min(math.ceil(3 * deviation), rows.shape[1] - 1)
    if radius == 0:
        return rows
    taps = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * deviation**2))
    padded = np.pad(rows, ((0, 0), (radius, radius)), "reflect")
    return sum(tap * padded[:, first : first + rows.shape[1]] for first, tap in enumerate(taps / taps.sum()))
