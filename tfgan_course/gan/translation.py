"""A generator from image to image as a function of photos of any size."""

import functools
import math
import warnings
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from PIL import Image
from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.figures.tiles import Tiling, translated
from tfgan_course.models.any_size import at_any_size, sizes_of
from tfgan_course.models.inputs import feed, input_names, input_shape

AT_ONCE = 2**29
"""Bytes for the activations of the pixels that are translated at once."""
LAYERS_AT_ONCE = 4
"""How many of the largest layers' outputs are in memory at the same time: input and output, the skip, the workspace."""


class Translator:
    """A generator that makes images from conditions, for conditions of any size.

    Args:
        generator: Keras model of a condition, or of a condition and labels.

    Raises:
        UserError: for a generator of latents, or of images that are not 1, 2, 3... times as large as the condition.
    """

    def __init__(self, generator: keras.Model):
        names = input_names(generator)
        expected, remedy = "a generator that takes a condition, and no latents", "Use `sample` for latents"
        received = f"a generator of {' and '.join(name or 'latents' for name in names)}"
        require("condition" in names and not {"latents", None} & {*names}, expected, received, remedy)
        self.generator, self.takes_labels = generator, "labels" in names
        self.condition_shape = height, width, self.channels = input_shape(generator, "condition")
        large, scale = tuple(generator.output_shape[1:3]), generator.output_shape[1] // height
        expected = f"a generator of images that are 1, 2, 3... times as large as its conditions, {height} x {width}"
        fits = scale and large == (scale * height, scale * width)
        require(fits, expected, f"images of {large[0]} x {large[1]}", "Translate in Python: run.generator(condition)")
        self.sizes = sizes_of(generator)
        stride, margin, most = 1, -1, height * width
        if self.sizes is not None:
            stride, margin = self.sizes.stride, -1 if self.sizes.margin is None else self.sizes.margin
            # Margins would take most of a small tile.
            most = max(most, (4 * margin + 4 * stride) ** 2)
        most = max(most, AT_ONCE // (LAYERS_AT_ONCE * self._bytes_of_a_pixel()))
        self.tiling = Tiling(height, width, most, stride, margin, scale, int(self.sizes is None))

    @functools.cached_property
    def _pixels(self) -> Callable:
        """The method `pixels` as a graph, in which an activation's memory is free after its last use."""
        size = (None, None) if self.sizes else self.condition_shape[:2]
        rows = [tf.TensorSpec([None, *size, 3], tf.uint8), tf.TensorSpec([None], tf.int32)]
        return tf.function(self.pixels, autograph=False).get_concrete_function(*rows)

    def translate(self, colors: np.ndarray, label: int = 0) -> Image.Image:
        """Return the image that the generator makes of a photo, uint8 (height, width, 3), as a Pillow image.

        The photo is cut into tiles if the generator takes no photo of its size at once, see `Tiling`. A warning says so
        if the tiles are blended, because then the image depends on the places of the tiles.

        Args:
            colors: the photo.
            label: its class, for a generator that takes labels.
        """
        size = colors.shape[:2]
        if self.tiling.margin < 0 and not self.tiling.whole(*size):
            tall, wide = self.tiling.tile(*self.tiling.padded(*size))
            why = "was trained for images of this size" if self.sizes is None else "uses means over the whole image"
            warnings.warn(
                f"photos are made of tiles of {tall} x {wide} pixels that fade into each other, since the generator "
                f"{why}: colors and shapes may change from tile to tile",
                stacklevel=3,
            )

        def make(tiles: np.ndarray) -> np.ndarray:
            return self._pixels(tf.constant(tiles), tf.fill([len(tiles)], label)).numpy()

        return translated(colors, self.tiling, make)

    def images(self, condition: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """Return the images of conditions, both float32 [-1, 1] (n, height, width, channels), labels int32 (n,)."""
        inputs = {"condition": condition, "labels": labels}
        if self.sizes is None:
            return tf.cast(self.generator(feed(self.generator, **inputs), training=False), tf.float32)
        return tf.cast(at_any_size(self.generator, inputs), tf.float32)

    def pixels(self, colors: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """Return the images of photos, both uint8; photos (n, height, width, 3), labels int32 (n,).

        A generator of gray conditions gets 0.299 R + 0.587 G + 0.114 B, rounded as Pillow does, which leaves gray as it
        is.
        """
        if self.channels == 1:
            shares = tf.constant([19595, 38470, 7471])  # of 65536
            gray = (tf.reduce_sum(tf.cast(colors, tf.int32) * shares, axis=-1, keepdims=True) + 32768) // 65536
            colors = tf.cast(gray, tf.uint8)
        images = self.images(tf.cast(colors, tf.float32) / 127.5 - 1.0, labels)
        return tf.cast(tf.clip_by_value(tf.round((images + 1.0) * 127.5), 0.0, 255.0), tf.uint8)

    def _bytes_of_a_pixel(self) -> int:
        """Return the bytes of the largest layer's output for each pixel of the condition."""
        sizes = [math.prod(layer.output.shape[1:]) for layer in self.generator.layers]
        return max(1, 4 * max(sizes) // math.prod(self.condition_shape[:2]))
