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


def halvings(size: int, depth: int | None) -> int:
    """Return how often an image of `size` pixels is halved: `depth` times, or until 3.5 to 7 pixels are left."""
    most = int(math.log2(size / 3.5))
    valid = depth is None or 1 <= depth <= most
    require(
        valid, f"a depth of 1 to {most} for images of {size} pixels", depth, "Halve less often, or use larger images"
    )
    return depth or most


def cropped(x, size: int):
    """Return the middle `size` pixels of square maps (batch, height, width, channels)."""
    surplus = x.shape[1] - size
    if not surplus:
        return x
    edge = (surplus // 2, surplus - surplus // 2)
    return keras.layers.Cropping2D((edge, edge))(x)


def tanh_image(x, size: int):
    """Crop square maps (batch, height, width, channels) to their middle `size` pixels; return tanh in float32."""
    return keras.layers.Activation("tanh", dtype="float32")(cropped(x, size))


@dataclass
class Pyramid:
    """Base of networks whose maps double in size from 4 pixels to the image's size.

    Args:
        width: channels at the image's size; each halving of the size doubles them.
        widest: the largest number of channels of any layer.
    """

    width: int = 32
    widest: int = 256

    def doublings(self, size: int) -> int:
        """Return how often 4 pixels are doubled to make `size`; raise a `UserError` for other sizes."""
        doublings = int(math.log2(size / 4)) if size >= 8 else 0
        require(
            bool(doublings) and 4 * 2**doublings == size,
            f"images of 8, 16, 32, 64, 128, 256... pixels, which {type(self).__name__} makes by doubling 4",
            f"{size} pixels",
            f"Set data.size to {4 * 2 ** max(1, math.ceil(math.log2(size / 4)))}, for example",
        )
        return doublings

    def channels(self, size: int, image_size: int) -> int:
        """Return the number of channels of maps of `size` pixels in a network for images of `image_size` pixels."""
        return min(self.widest, self.width * image_size // size)
