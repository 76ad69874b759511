import math

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.models import IE534Critic, IE534Generator
from tfgan_course.models.conditioning import AuxiliaryClassifier, FirstOneHot

# The report's tables. type, input and output channels (F: features), kernel, padding, stride, output size.
CRITIC = [
    ("conv2d", 3, "F", 3, 1, 1, 32),
    ("conv2d", "F", "F", 3, 1, 2, 16),
    ("conv2d", "F", "F", 3, 1, 1, 16),
    ("conv2d", "F", "F", 3, 1, 2, 8),
    ("conv2d", "F", "F", 3, 1, 1, 8),
    ("conv2d", "F", "F", 3, 1, 1, 8),
    ("conv2d", "F", "F", 3, 1, 1, 8),
    ("conv2d", "F", "F", 3, 1, 2, 4),
]
GENERATOR = [
    ("convtranspose2d", "F", "F", 4, 1, 2, 8),
    ("conv2d", "F", "F", 3, 1, 1, 8),
    ("conv2d", "F", "F", 3, 1, 1, 8),
    ("conv2d", "F", "F", 3, 1, 1, 8),
    ("convtranspose2d", "F", "F", 4, 1, 2, 16),
    ("conv2d", "F", "F", 3, 1, 1, 16),
    ("convtranspose2d", "F", "F", 4, 1, 2, 32),
    ("conv2d", "F", 3, 3, 1, 1, 32),
]


def rows(table: list, features: int) -> list:
    return [[features if cell == "F" else cell for cell in row] for row in table]


@pytest.mark.parametrize("features", [196, 128])
def test_has_the_parameters_the_tables_imply(features):
    critic = IE534Critic(width=features).build((32, 32, 3), AuxiliaryClassifier(), 10)
    table = rows(CRITIC, features)
    convolutions = sum(before * after * kernel**2 + after for _, before, after, kernel, *_ in table)
    layer_norms = sum(2 * after * size * size for _, _, after, *_, size in table)
    fc1, fc10 = features + 1, 10 * features + 10
    assert critic.count_params() == convolutions + layer_norms + fc1 + fc10
    if features == 196:  # worked out by hand once
        assert critic.count_params() == 2_427_068 + 708_736 + 197 + 1_970

    generator = IE534Generator(width=features).build((32, 32, 3), 100, FirstOneHot(), 10)
    table = rows(GENERATOR, features)
    convolutions = sum(before * after * kernel**2 + after for _, before, after, kernel, *_ in table)
    batch_norms = 8 * 4 * features  # behind fc1 and all but conv8: gain, bias, moving mean and variance
    fc1 = 100 * features * 16 + features * 16
    assert generator.count_params() == fc1 + convolutions + batch_norms


def test_maps_have_the_tables_sizes():
    critic = IE534Critic(width=4).build((32, 32, 3))
    for index, (*_, stride, size) in enumerate(CRITIC, 1):
        assert critic.output["features"][f"conv{index}"].shape == (None, size, size, 4)
        assert critic.get_layer(f"conv{index}").strides == (stride, stride)
    assert critic.get_layer("pool").output.shape == (None, 1, 1, 4)
    generator = IE534Generator(width=4).build((32, 32, 3), 100)
    for index, (kind, *_, stride, size) in enumerate(GENERATOR, 1):
        layer = generator.get_layer(f"conv{index}")
        assert layer.output.shape[1:3] == (size, size)
        assert layer.strides == (stride, stride)
        assert isinstance(layer, keras.layers.Conv2DTranspose) == (kind == "convtranspose2d")


@pytest.mark.parametrize(("size", "channels", "pooled"), [(28, 1, 1), (128, 3, 4)])
def test_other_sizes_work(size, channels, pooled):
    generator = IE534Generator(width=4).build((size, size, channels), 7)
    images = generator(tf.random.stateless_normal((2, 7), seed=(0, 0)))
    assert images.shape == (2, size, size, channels)
    critic = IE534Critic(width=4).build((size, size, channels))
    assert critic.get_layer("pool").output.shape[1:3] == (pooled, pooled)
    assert critic(images)["score"].shape == (2, 1)


def test_refuses_sizes_the_layers_do_not_fit():
    with pytest.raises(UserError) as error:
        IE534Critic(width=4).build((16, 16, 3))
    assert error.value.received == "16"
    with pytest.raises(UserError) as error:
        IE534Generator(width=4).build((256, 256, 3), 7)
    assert "25 to 128" in error.value.expected


def test_weights_begin_as_pytorchs():
    critic = IE534Critic(width=64).build((32, 32, 3), AuxiliaryClassifier(), 10)
    generator = IE534Generator(width=64).build((32, 32, 3), 100)
    inputs = {f"conv{index}": 9 * before for index, (_, before, *_) in enumerate(rows(CRITIC, 64), 1)}
    checked = [(critic.get_layer(name), count) for name, count in inputs.items()]
    inputs = {f"conv{index}": kernel**2 * 64 for index, (_, _, _, kernel, *_) in enumerate(GENERATOR, 1)}
    checked += [(generator.get_layer(name), count) for name, count in inputs.items()]
    checked += [(generator.get_layer("fc1"), 100)]
    for layer, count in checked:
        for weight in layer.get_weights():
            # Within 1 / sqrt(inputs), and filling that range.
            assert np.abs(weight).max() <= 1 / math.sqrt(count)
            if weight.size > 1000:
                assert abs(weight.std() - 1 / math.sqrt(3 * count)) < 0.05 / math.sqrt(count)
    heads = [layer for layer in critic.layers if isinstance(layer, keras.layers.Dense)]
    assert len(heads) == 2
    for head in heads:
        assert 0.9 / 8 < np.abs(head.get_weights()[0]).max() <= 1 / 8


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_xla_knows_the_gradient_penalty_s_derivatives(precision):
    """On a GPU steps are compiled (`jit: auto`), and XLA's max pool has second derivatives in float32 alone."""
    keras.mixed_precision.set_global_policy(precision)
    try:
        critic = IE534Critic(width=2).build((25, 25, 1), None, None)
    finally:
        keras.mixed_precision.set_global_policy("float32")

    @tf.function(jit_compile=True)
    def curvature(images):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(images)
                scores = critic(images, training=True)["score"]
            slope = inner.gradient(scores, images)
            penalty = tf.reduce_sum(slope**2)
        return [slope for slope in outer.gradient(penalty, critic.trainable_variables) if slope is not None]

    # Translated, not compiled, which would take long.
    assert "convolution" in curvature.experimental_get_compiler_ir(tf.ones([2, 25, 25, 1]))(stage="hlo")
