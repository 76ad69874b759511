"""Sizes of maps and numbers of channels, for the architectures of several papers."""

import math
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import require, require_at_least
from tfgan_course.layers.dropout import check_rate


def check_sizes(network: object) -> None:
    """Raise a `UserError` if a field `width`, `widest` or `depth` is below 1, or a `dropout` is outside [0, 1)."""
    fields = vars(network)
    require_at_least(1, **{name: fields.get(name) for name in ("width", "widest", "depth")})
    check_rate(fields.get("dropout", 0.0))


def pixels(height: int, width: int) -> str:
    """Return the size of images in words: `28` for squares, `48 x 64` for others."""
    return f"{height}" if height == width else f"{height} x {width}"


def halvings(height: int, width: int, depth: int | None) -> int:
    """Return how often an image is halved: `depth` times, or until its shorter side has 3.5 to 7 pixels."""
    most = int(math.log2(min(height, width) / 3.5))
    valid = depth is None or 1 <= depth <= most
    expected = f"a depth of 1 to {most} for images of {pixels(height, width)} pixels"
    require(valid, expected, depth, "Halve less often, or use larger images")
    return depth or most


def halved(height: int, width: int, times: int) -> tuple[int, int]:
    """Return height and width after so many halvings, each rounded up."""
    return math.ceil(height / 2**times), math.ceil(width / 2**times)


def edges(large: tuple[int, int], small: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Return, for rows and columns, how many pixels of a large size lie before and after a small one in its middle."""
    surplus = [more - less for more, less in zip(large, small, strict=True)]
    return tuple((each // 2, each - each // 2) for each in surplus)


def cropped(x, height: int, width: int):
    """Return the middle of maps (batch, rows, columns, channels), `height` x `width` pixels."""
    if tuple(x.shape[1:3]) == (height, width):
        return x
    return keras.layers.Cropping2D(edges(tuple(x.shape[1:3]), (height, width)))(x)


def tanh_image(x, height: int, width: int):
    """Crop maps (batch, rows, columns, channels) to their middle `height` x `width` pixels; return tanh in float32."""
    return keras.layers.Activation("tanh", dtype="float32")(cropped(x, height, width))


@dataclass
class Pyramid:
    """Base of networks whose maps double in size from 4 pixels to the image's size.

    Images that are not square begin with maps whose shorter side has 3 to 7 pixels: 48 x 64 pixels with 3 x 4.

    Args:
        width: channels at the image's size; each halving of the size doubles them.
        widest: the largest number of channels of any layer.
    """

    width: int = 32
    widest: int = 256

    def check_image_size(self, height: int, width: int) -> None:
        """Raise a `UserError` if the network cannot make or judge images of this size."""
        self.doublings(height, width)

    def doublings(self, height: int, width: int) -> int:
        """Return how often the smallest maps are doubled to make an image; raise a `UserError` for other sizes."""
        if height != width:
            return self._oblong(height, width)
        size = height
        doublings = int(math.log2(size / 4)) if size >= 8 else 0
        require(
            bool(doublings) and 4 * 2**doublings == size,
            f"images of 8, 16, 32, 64, 128, 256... pixels, which {type(self).__name__} makes by doubling 4",
            f"{size} pixels",
            f"Set data.size to {4 * 2 ** max(1, math.ceil(math.log2(size / 4)))}, for example",
        )
        return doublings

    def _oblong(self, height: int, width: int) -> int:
        """Return `doublings` of images that are not square."""
        shorter = min(height, width)
        both = math.gcd(height, width)
        doublings = max(times for times in range(both.bit_length()) if both % 2**times == 0)
        doublings = min(doublings, int(math.log2(shorter / 3)))
        most = max(1, int(math.log2(shorter / 3)))
        near = "x".join(str(2**most * max(3, round(side / 2**most))) for side in (height, width))
        require(
            doublings > 0 and shorter / 2**doublings <= 7,
            f"for {type(self).__name__} images whose sides are whole numbers, the shorter one 3 to 7, doubled equally "
            "often, such as 48x64, or squares of 8, 16, 32, 64, 128, 256... pixels",
            f"{height} x {width} pixels",
            f"Set data.size to {near}, for example",
        )
        return doublings

    def channels(self, size: int, image_size: int) -> int:
        """Return the number of channels of maps of `size` pixels in a network for images of `image_size` pixels."""
        return min(self.widest, self.width * image_size // size)
