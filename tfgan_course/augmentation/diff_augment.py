from collections.abc import Sequence
from typing import Literal

import tensorflow as tf

from tfgan_course.augmentation.augmentation import Augmentation, check_policy, check_probability
from tfgan_course.augmentation.pixels import gray_projection, recolor, translate, without_opacity
from tfgan_course.randomness import Draws
from tfgan_course.schedules import Number


class DiffAugment(Augmentation):
    """Differentiable augmentation (Zhao et al. 2020, arXiv:2006.10738, section 3.2; ranges of the authors' code).

    All real and all generated images are changed, each with its own random numbers, in the critic's update and in the
    generator's. The generator learns through the change: D(T(x)) and D(T(G(z))).

    Args:
        policy: the changes, applied in this order; an empty list, duplicates and other names are errors. color:
            `x + U(-0.5, 0.5)`, then the distance from the pixel's mean over the channels times U(0, 2), then the
            distance from the image's mean times U(0.5, 1.5). translation: by up to an eighth of height and width,
            filled with zeros. cutout: set a rectangle of half the height and width to zero; it may be partly outside
            the image.
        probability: share of the images that are changed, in [0, 1]; a number or a schedule.
    """

    def __init__(
        self,
        policy: Sequence[Literal["color", "translation", "cutout"]] = ("color", "translation", "cutout"),
        probability: Number = 1.0,
    ):
        super().__init__()
        self.policy = check_policy(policy, ("color", "translation", "cutout"))
        check_probability("DiffAugment's probability", probability)
        self.probability = probability

    def __call__(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        change = {"color": _color, "translation": _translation, "cutout": _cutout}
        changed = images
        for name in self.policy:
            changed = change[name](changed, draws)
        if self.probability == 1.0:
            return changed
        befalls = draws.uniform([tf.shape(images)[0], 1, 1, 1], "befalls") < draws.now(self.probability)
        return tf.where(befalls, changed, images)


def _color(images: tf.Tensor, draws: Draws) -> tf.Tensor:
    if images.shape[-1] == 4:
        colors, opacity = without_opacity(images)
        return tf.concat([_color(colors, draws), opacity], axis=-1)
    per_image, channels = [tf.shape(images)[0], 1, 1], images.shape[-1]
    brightness = draws.uniform(per_image, "brightness") - 0.5
    saturation = 2.0 * draws.uniform(per_image, "saturation")
    contrast = 0.5 + draws.uniform(per_image, "contrast")
    # The three changes in one pass: saturation keeps the image's mean, brightness adds to it.
    matrix = contrast * (saturation * tf.eye(channels) + (1.0 - saturation) * gray_projection(channels))
    mean = tf.reduce_mean(images, [1, 2, 3])[:, None, None]
    return recolor(images, matrix, brightness + (1.0 - contrast) * mean)


def _translation(images: tf.Tensor, draws: Draws) -> tf.Tensor:
    batch, (height, width) = tf.shape(images)[0], images.shape[1:3]
    # An eighth of each is rounded, half a pixel up, as in the authors' code.
    tall, wide = (height + 4) // 8, (width + 4) // 8
    down = _whole(draws.uniform([batch], "down"), -tall, tall)
    right = _whole(draws.uniform([batch], "right"), -wide, wide)
    return translate(images, down, right)


def _cutout(images: tf.Tensor, draws: Draws) -> tf.Tensor:
    batch, (height, width) = tf.shape(images)[0], images.shape[1:3]
    rows = _covered(height, draws.uniform([batch, 1], "cutout_row"))
    columns = _covered(width, draws.uniform([batch, 1], "cutout_column"))
    return images * tf.cast(~(rows[:, :, None] & columns[:, None, :]), tf.float32)[..., None]


def _covered(length: int, uniform: tf.Tensor) -> tf.Tensor:
    """Return bool (batch, length): the rows that the rectangle covers. Its middle is anywhere in the image."""
    size = (length + 1) // 2
    # The middle of a rectangle of even size lies between two pixels, and there is one more such place than pixels.
    start = _whole(uniform, 0, length - size % 2) - size // 2
    rows = tf.range(length)
    return (rows >= start) & (rows < start + size)


def _whole(uniform: tf.Tensor, low: int, high: int) -> tf.Tensor:
    """Return int32 from `low` to `high`, both included, with equal probabilities."""
    return low + tf.cast(uniform * (high - low + 1), tf.int32)
