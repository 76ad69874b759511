import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import (
    Attention,
    GroupNormalization,
    LayerNormalization,
    NearestUpsampling,
    SpectralNormalization,
    SubPixel,
)
from tfgan_course.models import DCGANCritic, IE534Critic, MinibatchDiscrimination, ResNetCritic, SimpleCritic
from tfgan_course.models.conditioning import EmbeddedChannel, Projection
from tfgan_course.models.receptive_field import receptive_field_table, receptive_fields


def test_the_reports_45x45_at_conv8_by_hand():
    """size = 1 + sum of (kernel - 1) * product of the strides before.

    1, then conv1 +2*1 = 3, conv2 +2*1 = 5 (now every 2), conv3 +2*2 = 9, conv4 +2*2 = 13 (every 4), conv5 +2*4 = 21,
    conv6 29, conv7 37, conv8 45 (every 8), pool +3*8 = 69.
    """
    fields = {field.layer: field for field in receptive_fields(IE534Critic(width=2).build((32, 32, 3)))}
    sizes = [fields[f"conv{index}"].size for index in range(1, 9)]
    assert sizes == [(size, size) for size in (3, 5, 9, 13, 21, 29, 37, 45)]
    assert [fields[f"conv{index}"].jump[0] for index in range(1, 9)] == [1, 2, 2, 4, 4, 4, 4, 8]
    assert fields["pool"].size == (69, 69)
    # Padding of 1 each: 1 before the first convolution's field, and so on: 1 + 1 + 2 + 2 + 4 + 4 + 4 + 4.
    assert fields["conv8"].first == (-22, -22)
    # Layer normalization mixes all places from the first one on; the convolutions alone do not.
    assert not fields["conv1"].whole_image
    assert fields["conv2"].whole_image
    plain = receptive_fields(IE534Critic(width=2, normalization="none").build((32, 32, 3)))
    assert next(field.layer for field in plain if field.whole_image).startswith("flatten")
    assert next(field for field in plain if field.layer == "conv8").size == (45, 45)


class Stack:
    """Return a random network in which a unit grows if a pixel that it sees grows: all kernels are above 0."""

    def __init__(self, seed: int, size: int = 48):
        self.rng = np.random.default_rng(seed)
        x = image = keras.Input((size, size, 1))
        for _ in range(self.rng.integers(2, 4)):
            x = self.layer(x)
        self.model = keras.Model(image, x)

    def layer(self, x):
        kind = self.rng.choice(["convolution", "dilated", "pool", "pad", "crop", "branch", "spectral"])
        kernel = int(self.rng.integers(1, 5))
        # A stride above the kernel leaves holes, which first and size do not tell.
        stride = min(int(self.rng.integers(1, 3)), kernel)
        padding = str(self.rng.choice(["same", "valid"]))
        if kind == "dilated":
            return self.convolution(self.convolution(x, 3, 1, padding), 2, 1, padding, dilation_rate=2)
        if kind == "pool":
            pooling = self.rng.choice([keras.layers.MaxPooling2D, keras.layers.AveragePooling2D])
            return pooling(kernel, stride, padding)(x)
        if kind == "pad":
            return keras.layers.ZeroPadding2D(((1, 2), (0, 1)))(x)
        if kind == "crop":
            return keras.layers.Cropping2D(((1, 0), (0, 2)))(x)
        if kind == "branch":
            wide = self.convolution(self.convolution(x, 3, 1, "same"), 2, stride, "same")
            narrow = self.convolution(x, stride, stride, "same")
            return keras.layers.ReLU()(keras.layers.Add()([wide, narrow]))
        if kind == "spectral":
            return SpectralNormalization(self.conv2d(kernel, stride, padding))(x)
        return self.convolution(x, kernel, stride, padding)

    def conv2d(self, kernel: int, stride: int, padding: str, **options) -> keras.layers.Layer:
        positive = keras.initializers.RandomUniform(0.2, 0.5)
        return keras.layers.Conv2D(1, kernel, stride, padding, kernel_initializer=positive, **options)

    def convolution(self, x, *args, **options):
        return keras.layers.LeakyReLU(0.2)(self.conv2d(*args, **options)(x))


@pytest.mark.parametrize("seed", range(12))
def test_equals_what_changes_when_single_pixels_change(seed):
    model = Stack(seed).model
    field = receptive_fields(model)[-1]
    size = model.input_shape[1]
    image = np.random.default_rng(seed).uniform(0, 1, (1, size, size, 1)).astype(np.float32)
    bumps = 1e6 * np.eye(size * size, dtype=np.float32).reshape(-1, size, size, 1)
    # More than what rounding leaves of a bump elsewhere.
    changed = (model(image + bumps).numpy() - model(image).numpy())[..., 0] > 1
    place = changed.shape[1] // 2, changed.shape[2] // 2  # far from the border, which cuts fields short
    seen = changed[:, place[0], place[1]].reshape(size, size)
    for axis in (0, 1):
        pixels = np.flatnonzero(seen.any(axis=1 - axis))
        first = field.first[axis] + place[axis] * field.jump[axis]
        assert (pixels.min(), pixels.max()) == (first, first + field.size[axis] - 1), receptive_field_table(model)


def seen_by(model: keras.Model, place: tuple[int, int]) -> np.ndarray:
    """Return which pixels change a unit of a model's maps: bool (height, width)."""
    size = model.input_shape[1]
    image = np.random.default_rng(0).uniform(-1, 1, (1, size, size, 1)).astype(np.float32)
    bumps = 3 * np.eye(size * size, dtype=np.float32).reshape(-1, size, size, 1)
    # Batches of equal size, so that what is not changed is rounded alike.
    changed = model(image + bumps).numpy() - model(image + 0 * bumps).numpy()
    return (np.abs(changed).max(axis=-1) > 1e-5)[:, place[0], place[1]].reshape(size, size)


# Normalizations and the like, and whether they mix places.
BETWEEN = {
    "layer": (LayerNormalization, True),
    "group": (GroupNormalization, True),
    "instance": (lambda: GroupNormalization(per_channel=True), True),
    "keras": (lambda: keras.layers.LayerNormalization(axis=[1, 2, 3]), True),
    "attention": (lambda: lambda x: Attention()([x, x, x]), True),
    "batch": (keras.layers.BatchNormalization, False),
    "none": (lambda: keras.layers.LeakyReLU(0.5), False),
}


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("seed", range(3))
def test_what_normalizes_over_places_makes_every_pixel_matter(seed, between):
    """Found by changing single pixels before it, behind it, and behind a further convolution."""
    rng = np.random.default_rng(seed)
    layer, mixes = BETWEEN[between]
    x = image = keras.Input((12, 12, 1))
    x = before = keras.layers.Conv2D(2, int(rng.integers(2, 4)), int(rng.integers(1, 3)), padding="same")(x)
    x = behind = layer()(x)
    x = keras.layers.Conv2D(2, int(rng.integers(2, 4)), padding="same")(x)
    for tensor, whole in ((before, False), (behind, mixes), (x, mixes)):
        model = keras.Model(image, tensor)
        field = receptive_fields(model)[-1]
        assert field.whole_image == whole
        place = tensor.shape[1] // 2, tensor.shape[2] // 2
        seen = seen_by(model, place)
        if whole:
            assert seen.all()
            continue
        expected = np.zeros_like(seen)
        rows, columns = (
            slice(max(start, 0), start + size)
            for start, size in zip(
                (first + at * jump for first, at, jump in zip(field.first, place, field.jump, strict=True)),
                field.size,
                strict=True,
            )
        )
        expected[rows, columns] = True
        np.testing.assert_array_equal(seen, expected)


def test_same_padding_of_tensorflow_and_of_the_report_look_at_other_pixels():
    """At stride 2 'same' pads 0 and 1, PyTorch's padding=1 pads 1 and 1: fields one pixel apart."""
    x = keras.Input((32, 32, 1))
    same = keras.Model(x, keras.layers.Conv2D(1, 3, 2, padding="same")(x))
    both = keras.Model(x, keras.layers.Conv2D(1, 3, 2)(keras.layers.ZeroPadding2D(1)(x)))
    assert receptive_fields(same)[-1].first == (0, 0)
    assert receptive_fields(both)[-1].first == (-1, -1)


def test_unequal_kernels_have_unequal_fields():
    x = keras.Input((9, 12, 1))
    model = keras.Model(x, keras.layers.Conv2D(1, (1, 5), (1, 2))(x))
    (field,) = receptive_fields(model)
    assert (field.size, field.jump, field.first) == ((1, 5), (1, 2), (0, 0))


@pytest.mark.parametrize(
    ("critic", "conditioning", "whole_from"),
    [
        (DCGANCritic(width=2), EmbeddedChannel(), "flatten"),
        (DCGANCritic(width=2, normalization="instance", downsampling="average"), None, "group_normalization"),
        (DCGANCritic(width=2, batch_statistics=MinibatchDiscrimination(2, 2)), Projection(), "flatten"),
        (ResNetCritic(widths=[8], depth=1), Projection(), "global_average_pooling2d"),
        (ResNetCritic(widths=[8], depth=1, attention=14), EmbeddedChannel(), "attention"),
        (SimpleCritic(width=8), Projection(), "flatten"),
    ],
)
def test_says_from_where_on_every_pixel_matters(critic, conditioning, whole_from):
    fields = receptive_fields(critic.build((28, 28, 1), conditioning, 3))
    whole = [field.whole_image for field in fields]
    first = whole.index(True)
    assert fields[first].layer.startswith(whole_from)
    assert whole[-1]


def test_table():
    x = keras.Input((8, 8, 1))
    y = keras.layers.Conv2D(2, 3, 2, padding="same", name="conv")(x)
    y = keras.layers.Flatten(name="flat")(keras.layers.ReLU()(y))
    assert receptive_field_table(keras.Model(x, keras.layers.Dense(1)(y))).splitlines() == [
        "layer  output  field  jump  sees the whole image",
        "conv   4x4x2   3x3    2x2   no",
        "flat   32      9x9    8x8   yes",
    ]


def doubled(kind: str, kernel: int, padding: str):
    positive = keras.initializers.RandomUniform(0.2, 0.5)
    if kind == "transposed":
        return keras.layers.Conv2DTranspose(4, kernel, 2, padding, kernel_initializer=positive)
    return {"copied": keras.layers.UpSampling2D(2), "ours": NearestUpsampling(), "spread": SubPixel()}[kind]


@pytest.mark.parametrize(
    ("kind", "kernel", "padding"),
    [("transposed", kernel, padding) for kernel in (2, 3, 4, 5) for padding in ("same", "valid")]
    + [("copied", 0, ""), ("ours", 0, ""), ("spread", 0, "")],
)
def test_behind_upsampling_no_unit_sees_more(kind, kernel, padding):
    """Every unit that is far from the border sees pixels inside of its bounds, and some unit nearly all of them."""
    positive = keras.initializers.RandomUniform(0.2, 0.5)
    x = image = keras.Input((12, 12, 1))
    x = keras.layers.Conv2D(4, 3, padding="same", kernel_initializer=positive)(x)
    x = doubled(kind, kernel, padding)(x)
    model = keras.Model(image, keras.layers.Conv2D(1, 3, padding="same", kernel_initializer=positive)(x))
    field, slack = receptive_fields(model)[-1], []
    assert field.jump == (0.5, 0.5)
    for place in range(9, 15):
        pixels = np.flatnonzero(seen_by(model, (place, 12)).any(axis=1))
        first = field.first[0] + place * field.jump[0]
        last = first + field.size[0] - 1
        assert first <= pixels.min() <= pixels.max() <= last
        slack += [pixels.min() - first, last - pixels.max()]
    assert min(slack) <= 0.5


def test_refuses_what_it_does_not_know():
    x = keras.Input((8, 8, 1))
    with pytest.raises(UserError) as error:
        receptive_fields(keras.Model(x, keras.layers.UpSampling2D(interpolation="bilinear")(x)))
    assert "UpSampling2D" in error.value.received
    inner = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(1, 3, name="inner")])
    # Keras 3 tells what the inner model's input is here, Keras 2 what it was when it was made.
    with pytest.raises(UserError):
        receptive_fields(keras.Model(x, keras.layers.Conv2D(1, 3)(inner(x))))
    shared = keras.layers.Conv2D(1, 3, padding="same")
    with pytest.raises(UserError):
        receptive_fields(keras.Model(x, shared(shared(x))))


def test_a_sequential_model():
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(1, 3), keras.layers.Conv2D(1, 3)])
    assert [field.size for field in receptive_fields(model)] == [(3, 3), (5, 5)]
    assert model(tf.zeros([1, 8, 8, 1])).shape == (1, 4, 4, 1)
