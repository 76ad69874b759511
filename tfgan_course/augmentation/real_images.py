"""Data augmentation of real images only: it makes more of them, with the same distribution."""

from collections.abc import Sequence

import tensorflow as tf

from tfgan_course.augmentation.augmentation import Augmentation
from tfgan_course.augmentation.pixels import without_opacity
from tfgan_course.errors import require
from tfgan_course.randomness import Draws


class RandomFlip(Augmentation):
    """Exchange left and right, with probability 1/2 for each image."""

    def __call__(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        exchanged = draws.uniform([tf.shape(images)[0], 1, 1, 1], "flip") < 0.5
        return tf.where(exchanged, tf.reverse(images, axis=[2]), images)


class RandomResizedCrop(Augmentation):
    """Take a random part of each image, in the image's own proportions, and enlarge it to full size bilinearly.

    For square images it is torchvision's RandomResizedCrop with ratio (1, 1): the part's share of the area is
    U(scale_min, scale_max), its sides are rounded to whole pixels, and its place is uniformly random.

    Args:
        scale_min: smallest share of the area, above 0; a `UserError` unless 0 < scale_min <= scale_max <= 1.
        scale_max: largest share, at most 1.
    """

    def __init__(self, scale_min: float = 0.7, scale_max: float = 1.0):
        super().__init__()
        expected = "shares of the area, 0 < scale_min <= scale_max <= 1"
        require(0 < scale_min <= scale_max <= 1, expected, f"{scale_min} and {scale_max}", "Correct these numbers")
        self.scale_min, self.scale_max = scale_min, scale_max

    def __call__(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        return self._parts_of(images, images.shape[1:3], draws)

    def of_pairs(self, images: tf.Tensor, condition: tf.Tensor, draws: Draws) -> tuple[tf.Tensor, tf.Tensor]:
        # Parts of whole pixels of the smaller of both are the same parts in both.
        steps = [min(sizes) for sizes in zip(images.shape[1:3], condition.shape[1:3], strict=True)]
        return self._parts_of(images, steps, draws), self._parts_of(condition, steps, draws)

    def _parts_of(self, images: tf.Tensor, steps: Sequence[int], draws: Draws) -> tf.Tensor:
        """Return enlarged parts, whose sides are whole numbers of `steps` equal steps of the height and the width."""
        batch, (height, width) = tf.shape(images)[0], images.shape[1:3]
        share = self.scale_min + (self.scale_max - self.scale_min) * draws.uniform([batch, 1, 1], "share")
        rows = _interpolation(height, tf.sqrt(share), draws.uniform([batch, 1, 1], "top"), steps[0])
        columns = _interpolation(width, tf.sqrt(share), draws.uniform([batch, 1, 1], "left"), steps[1])
        return tf.einsum("bri,bijc,bsj->brsc", rows, images, columns)


def _interpolation(length: int, part: tf.Tensor, place: tf.Tensor, steps: int) -> tf.Tensor:
    """Return matrices, float32 (batch, length, length), that enlarge a part of each line of pixels to the whole line.

    The last axis is that of the old pixels. `part`, (batch, 1, 1) in (0, 1], is the length of the part, and `place`,
    (batch, 1, 1) uniform in [0, 1), decides where it begins. Both are rounded to whole steps of the line.
    """
    size = tf.maximum(tf.round(part * steps), 1.0)
    start = tf.floor(place * (steps - size + 1.0)) * (length / steps)
    size = size * (length / steps)
    pixels = tf.range(length, dtype=tf.float32)
    # The centers of pixels are at 0.5, 1.5, ... Places beyond the part's outermost centers get the outermost pixel.
    sources = start + tf.clip_by_value((pixels[:, None] + 0.5) * size / length - 0.5, 0.0, size - 1.0)
    return tf.nn.relu(1.0 - tf.abs(sources - pixels))


class ColorJitter(Augmentation):
    """torchvision's ColorJitter, on values scaled to [0, 1], but always in the order of the arguments.

    Each image gets its own factors U(max(0, 1 - b), 1 + b), and its values are clipped to [0, 1] after each change.
    torchvision also draws the order at random. Without clipping, the order would matter for hue only. Gray images get
    only brightness and contrast.

    Args:
        brightness: b of the factor for all values. All four arguments must be at least 0.
        contrast: b of the factor for the distance from the mean of the image's gray version.
        saturation: b of the factor for the distance from the pixel's gray version, 0.299 R + 0.587 G + 0.114 B.
        hue: the hue is rotated by U(-hue, hue) of the circle; 0 to 0.5.
    """

    def __init__(self, brightness: float = 0.1, contrast: float = 0.1, saturation: float = 0.1, hue: float = 0.1):
        super().__init__()
        for name, value in (("brightness", brightness), ("contrast", contrast), ("saturation", saturation)):
            valid = 0 <= value < float("inf")
            require(valid, f"a finite {name} of at least 0", value, f"Set {name} to 0.1, for example")
        require(0 <= hue <= 0.5, "a hue from 0 to 0.5, a part of the circle", hue, "Set hue to 0.1, for example")
        self.brightness, self.contrast, self.saturation, self.hue = brightness, contrast, saturation, hue

    def __call__(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        if images.shape[-1] == 4:
            colors, opacity = without_opacity(images)
            return tf.concat([self(colors, draws), opacity], axis=-1)
        per_image = [tf.shape(images)[0], 1, 1, 1]

        def factor(name: str) -> tf.Tensor:
            low, high = max(0.0, 1.0 - getattr(self, name)), 1.0 + getattr(self, name)
            return low + (high - low) * draws.uniform(per_image, name)

        values = (images + 1.0) / 2.0
        values = _blend(values, 0.0, factor("brightness"))
        values = _blend(values, tf.reduce_mean(_gray(values), [1, 2, 3], keepdims=True), factor("contrast"))
        if images.shape[-1] == 3:
            values = _blend(values, _gray(values), factor("saturation"))
            values = _turn_hue(values, self.hue * (2.0 * draws.uniform(per_image, "hue") - 1.0))
        return 2.0 * values - 1.0


def _gray(values: tf.Tensor) -> tf.Tensor:
    """Return the brightness of [0, 1] pixels by ITU-R BT.601, as in Pillow: (batch, height, width, 1)."""
    return values if values.shape[-1] == 1 else tf.reduce_sum(values * [0.299, 0.587, 0.114], axis=-1, keepdims=True)


def _blend(values: tf.Tensor, other: tf.Tensor | float, factor: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(factor * values + (1.0 - factor) * other, 0.0, 1.0)


def _turn_hue(values: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
    hsv = tf.image.rgb_to_hsv(values)
    return tf.image.hsv_to_rgb(tf.concat([tf.math.floormod(hsv[..., :1] + turn, 1.0), hsv[..., 1:]], axis=-1))
