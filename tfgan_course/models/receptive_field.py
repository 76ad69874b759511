"""Find which pixels of the image a unit of each layer sees."""

import math
from fractions import Fraction
from typing import NamedTuple

from tensorflow import keras

from tfgan_course.errors import UserError, require
from tfgan_course.figures.folder import aligned
from tfgan_course.layers import (
    Attention,
    BatchNormalization,
    ConditionalBatchNormalization,
    Dropout,
    Feature,
    GatedSum,
    GroupNormalization,
    LayerNormalization,
    MinibatchStandardDeviation,
    NearestUpsampling,
    ReflectionPadding,
    SubPixel,
)
from tfgan_course.models.layer_names import names_of

POOLINGS = (keras.layers.AveragePooling2D, keras.layers.MaxPooling2D)
WINDOWS = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D, *POOLINGS)
COPYING = (keras.layers.UpSampling2D, NearestUpsampling, SubPixel)
MERGES = (
    keras.layers.Add,
    keras.layers.Subtract,
    keras.layers.Multiply,
    keras.layers.Average,
    keras.layers.Maximum,
    keras.layers.Minimum,
    keras.layers.Concatenate,
    GatedSum,
)
# In these layers a unit sees only its own place. BatchNormalization is here as it works after training, with its moving
# statistics.
POINTWISE = (
    keras.layers.Activation,
    keras.layers.BatchNormalization,
    keras.layers.Dense,
    keras.layers.Dropout,
    keras.layers.ELU,
    keras.layers.GaussianNoise,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ReLU,
    keras.layers.Rescaling,
    BatchNormalization,
    ConditionalBatchNormalization,
    Dropout,
    Feature,
)
# In these layers a unit sees all places through a mean or a weighted sum.
MIXING = (
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
    Attention,
    GroupNormalization,
    LayerNormalization,
    MinibatchStandardDeviation,
)
GLOBAL = (keras.layers.Flatten, keras.layers.GlobalAveragePooling2D, keras.layers.GlobalMaxPooling2D)


Pixels = int | Fraction


class ReceptiveField(NamedTuple):
    """The part of the image that a unit of a layer sees; pairs are (height, width), after upsampling perhaps fractions.

    layer: its name, see `names_of`. output_shape: without the batch. size: pixels that reach a unit through
    convolutions and poolings; this may exceed the image. jump: pixels between the fields of neighbouring units. first:
    where the field of the unit at place (0, 0) begins; negative in the padding. whole_image: whether every pixel of the
    image reaches the unit, through a normalization over places, attention or a dense layer in this layer or before it.

    After upsampling, units at even and at odd places see fields of other sizes. Then `first` and `size` are bounds: no
    unit sees more.
    """

    layer: str
    output_shape: tuple[int, ...]
    size: tuple[Pixels, Pixels]
    jump: tuple[Pixels, Pixels]
    first: tuple[Pixels, Pixels]
    whole_image: bool


def receptive_fields(model: keras.Model) -> list[ReceptiveField]:
    """Return a record for each layer that depends on the image, in the model's order.

    A unit at place p sees, in each direction, the pixels first + p jump to first + p jump + size - 1 (the arithmetic is
    in Dumoulin and Visin 2016, arXiv:1603.07285). Where branches meet, the field reaches from the first to the last
    pixel of any branch. A dense layer, flattening or global pooling sees what all places together see, and so do the
    vectors after it.

    Args:
        model: a functional or sequential model of convolutions, transposed convolutions, poolings, upsampling by
            copied or spread pixels, pointwise layers, normalizations, branches that are added or concatenated, then
            vectors; its first input is (batch, height, width, channels). A wrapper such as spectral normalization
            counts as the layer inside.

    Raises:
        UserError: for a layer that is not in these lists, such as bilinear upsampling.
    """
    seen: dict[int, ReceptiveField] = {}
    for tensor in model.inputs:
        if len(tensor.shape) == 4:
            seen[id(tensor)] = ReceptiveField("image", tuple(tensor.shape[1:]), (1, 1), (1, 1), (0, 0), False)
    records = []
    for layer, name in zip(model.layers, names_of(model.layers), strict=True):
        if isinstance(layer, keras.layers.InputLayer):
            continue
        inputs = layer.input if isinstance(layer.input, (list, tuple)) else [layer.input]
        fields = [seen[id(tensor)] for tensor in inputs if id(tensor) in seen]
        if fields:
            inside = layer.layer if isinstance(layer, keras.layers.Wrapper) else layer
            joined = _joined(fields)._replace(layer=name, output_shape=tuple(layer.output.shape[1:]))
            field = seen[id(layer.output)] = _through(inside, joined, fields[0].output_shape)
            records.append(field)
    # The outputs are not reached if the model contains another model, a layer used twice, or an operation that is not a
    # layer.
    connected = all(id(tensor) in seen for tensor in model.outputs)
    received = f"{model.name!r}, which cannot be followed past {records[-1].layer if records else 'image'!r}"
    require(connected, "a model of single layers", received, "Build it from single layers, each used once")
    return records


def receptive_field_table(model: keras.Model) -> str:
    """Return the records of `receptive_fields` as text, without records that equal the record before."""
    rows: list[tuple[str, ...]] = [("layer", "output", "field", "jump", "sees the whole image")]
    for field in receptive_fields(model):
        pairs = ["x".join(map(str, pair)) for pair in (field.size, field.jump)]
        row = (*pairs, "yes" if field.whole_image else "no")
        if row != rows[-1][2:]:
            rows.append((field.layer, "x".join(map(str, field.output_shape)), *row))
    return aligned(rows)


def _joined(fields: list[ReceptiveField]) -> ReceptiveField:
    top, left = (min(field.first[axis] for field in fields) for axis in (0, 1))
    bottom, right = (max(field.first[axis] + field.size[axis] for field in fields) for axis in (0, 1))
    # All branches have the same jump, because they only meet at equal sizes.
    return fields[0]._replace(
        first=(top, left), size=(bottom - top, right - left), whole_image=any(field.whole_image for field in fields)
    )


def _through(layer: keras.layers.Layer, field: ReceptiveField, input_shape: tuple[int, ...]) -> ReceptiveField:
    """Return the field after a layer, from the field before it and the shape of the layer's input."""
    if len(input_shape) == 1:
        return field._replace(whole_image=True)
    if isinstance(layer, (*POINTWISE, *MERGES)):
        return field
    if isinstance(layer, MIXING):
        return field._replace(whole_image=True)
    if isinstance(layer, GLOBAL):
        return _window(field, input_shape[:2], input_shape[:2], before=(0, 0))._replace(whole_image=True)
    if isinstance(layer, keras.layers.ZeroPadding2D):
        return _moved(field, [-before for before, _ in layer.padding])
    if isinstance(layer, ReflectionPadding):
        return _moved(field, [-layer.border] * 2)
    if isinstance(layer, COPYING) and getattr(layer, "interpolation", "nearest") == "nearest":
        factors = layer.size if isinstance(layer, keras.layers.UpSampling2D) else (2, 2)
        return _enlarged(field, factors, factors, (0, 0))
    if isinstance(layer, keras.layers.Conv2DTranspose) and layer.output_padding is None:
        pairs = zip(layer.kernel_size, layer.strides, strict=True)
        # 'same' cuts off, before the first place, half of the kernel's surplus over the stride.
        cut = [max(size - stride, 0) // 2 if layer.padding == "same" else 0 for size, stride in pairs]
        return _enlarged(field, layer.kernel_size, layer.strides, cut)
    if isinstance(layer, keras.layers.Cropping2D):
        return _moved(field, [before for before, _ in layer.cropping])
    if isinstance(layer, WINDOWS) and not isinstance(layer, keras.layers.Conv2DTranspose):
        is_pooling = isinstance(layer, POOLINGS)
        kernel = layer.pool_size if is_pooling else layer.kernel_size
        dilation = (1, 1) if is_pooling else layer.dilation_rate
        reach = [1 + (kernel[axis] - 1) * dilation[axis] for axis in (0, 1)]
        before = [
            _padding_before(input_shape[axis], reach[axis], layer.strides[axis]) if layer.padding == "same" else 0
            for axis in (0, 1)
        ]
        return _window(field, reach, layer.strides, before)
    raise UserError(
        expected="convolutions, poolings, normalizations and pointwise layers",
        received=f"{layer.name!r}, a {type(layer).__name__}",
        remedy="Look at the layers before it",
    )


def _padding_before(size: int, reach: int, stride: int) -> int:
    """Return the padding that TensorFlow's 'same' puts before the first place: half of all, rounded down."""
    return max((math.ceil(size / stride) - 1) * stride + reach - size, 0) // 2


def _window(field: ReceptiveField, reach, strides, before) -> ReceptiveField:
    size = tuple(field.size[axis] + (reach[axis] - 1) * field.jump[axis] for axis in (0, 1))
    jump = tuple(field.jump[axis] * strides[axis] for axis in (0, 1))
    return _moved(field, [-places for places in before])._replace(size=size, jump=jump)


def _enlarged(field: ReceptiveField, kernel, strides, cut) -> ReceptiveField:
    """Return bounds of the field behind a transposed convolution of this kernel, without `cut` places at its beginning.

    Place q of the input reaches the places q stride - cut to q stride - cut + kernel - 1 of the output, so the output's
    place p sees the inputs from (p + cut - kernel + 1) / stride to (p + cut) / stride. Copied pixels are the same as a
    kernel of the stride's size.
    """
    jump = tuple(Fraction(field.jump[axis]) / strides[axis] for axis in (0, 1))
    first = tuple(field.first[axis] + (cut[axis] + 1 - kernel[axis]) * jump[axis] for axis in (0, 1))
    size = tuple(field.size[axis] + (kernel[axis] - 1) * jump[axis] for axis in (0, 1))
    return field._replace(size=size, jump=jump, first=first)


def _moved(field: ReceptiveField, places) -> ReceptiveField:
    return field._replace(first=tuple(field.first[axis] + places[axis] * field.jump[axis] for axis in (0, 1)))
