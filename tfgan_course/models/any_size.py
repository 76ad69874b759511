"""Applies a generator from image to image to conditions of other sizes than it was trained on."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import GroupNormalization
from tfgan_course.models.inputs import input_names
from tfgan_course.models.receptive_field import GLOBAL, MIXING, receptive_fields

NORMALIZATIONS = (keras.layers.GroupNormalization, GroupNormalization)
"""The layers in which a unit sees the whole image, whatever its size, by means over all places."""
FIXED = (*GLOBAL, *(layer for layer in MIXING if layer not in NORMALIZATIONS), keras.layers.Cropping2D)
"""Layers that belong to one size of images. A U-Net crops where a half was rounded up, which other sizes may not be."""


class Sizes(NamedTuple):
    """To which conditions a generator can be applied, and how far a pixel of them reaches.

    stride: height and width must be multiples of it. margin: the image at a place depends on the condition up to this
    many pixels beside the place; None if it depends on the whole condition.
    """

    stride: int
    margin: int | None


def sizes_of(generator: keras.Model) -> Sizes | None:
    """Return the conditions to which a generator can be applied; None if only those of the training's size.

    Maps of a single pixel in height or width, in the middle of a U-Net of full depth, belong to one size: their
    convolutions have met only padding at most places of the kernel, so these weights have never been trained.
    """
    try:
        fields = receptive_fields(generator)
    except UserError:
        return None
    if any(isinstance(layer, FIXED) for layer in generator.layers):
        return None
    if any(len(field.output_shape) < 3 or 1 in field.output_shape[:2] for field in fields):
        return None
    stride = math.lcm(*(jump.numerator for field in fields for jump in field.jump))
    last = fields[-1]
    if last.whole_image:
        return Sizes(stride, None)
    ends = (first + size - 1 for first, size in zip(last.first, last.size, strict=True))
    return Sizes(stride, max(0, *(math.ceil(-first) for first in last.first), *map(math.ceil, ends)))


def at_any_size(generator: keras.Model, inputs: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """Return the images of a generator without training, layer by layer: Keras's own call refuses other sizes.

    Args:
        generator: functional or sequential, of layers that are used once each; see `sizes_of`.
        inputs: the tensors by the names of the model's inputs.
    """
    values = {id(symbol): inputs[name] for name, symbol in zip(input_names(generator), generator.inputs, strict=True)}
    for layer in generator.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            given = layer.input
            parts = [values[id(symbol)] for symbol in given] if isinstance(given, list | tuple) else values[id(given)]
            values[id(layer.output)] = layer(parts)
    return values[id(generator.outputs[0])]
