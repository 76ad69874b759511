import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests.tiny import Translator
from tfgan_course.models import CUTGenerator, SRResNetGenerator, UNetGenerator
from tfgan_course.models.any_size import Sizes, at_any_size, sizes_of
from tfgan_course.models.conditioning import ConditionalNormalization


def random_weights(generator: keras.Model) -> keras.Model:
    random = np.random.default_rng(0)
    generator.set_weights([np.abs(random.normal(0.2, 0.2, w.shape)) + 0.1 for w in generator.get_weights()])
    return generator


def build(network, size: int, scale: int = 1, conditioning=None, classes=None) -> keras.Model:
    images, condition = (size * scale, size * scale, 3), (size, size, 3)
    return random_weights(network.build(images, 1, conditioning, classes, condition_shape=condition))


LOCAL = {
    "srresnet": (SRResNetGenerator(width=2, blocks=1), 2),
    "srresnet, same size": (SRResNetGenerator(width=2, blocks=2), 1),
    "shallow u-net": (UNetGenerator(width=2, depth=2), 1),
    "own": (Translator(), 2),
}


@pytest.mark.parametrize("name", LOCAL)
def test_at_another_size_it_is_the_network_built_for_this_size(name):
    network, scale = LOCAL[name]
    small, large = build(network, 16, scale), build(network, 24, scale)
    large.set_weights(small.get_weights())
    condition = tf.random.stateless_uniform([2, 24, 24, 3], [0, 0], -1, 1)
    expected = np.array(large(condition, training=False))
    np.testing.assert_allclose(at_any_size(small, {"condition": condition}), expected, rtol=1e-5, atol=1e-6)


def test_cut_is_too():
    small, large = (build(CUTGenerator(width=2, blocks=1), size) for size in (16, 24))
    assert sizes_of(small) == Sizes(4, None)
    condition = tf.random.stateless_uniform([2, 24, 24, 3], [0, 0], -1, 1)
    given = at_any_size(small, {"condition": condition})
    np.testing.assert_allclose(given, large(condition, training=False), rtol=1e-4, atol=1e-5)


def test_labels_are_handed_on():
    generator = build(Translator(), 8, 2, ConditionalNormalization(), 3)
    inputs = {"condition": tf.random.stateless_uniform([3, 8, 8, 3], [0, 0]), "labels": tf.constant([0, 1, 2])}
    expected = generator([inputs["condition"], inputs["labels"]], training=False)
    assert sizes_of(generator) is not None
    np.testing.assert_allclose(at_any_size(generator, inputs), expected, rtol=1e-6)


@pytest.mark.parametrize("name", LOCAL)
def test_no_pixel_beyond_the_margin_is_seen(name):
    network, scale = LOCAL[name]
    size = 48
    generator = build(network, size, scale)
    stride, margin = sizes_of(generator)
    # Without tanh, whose ends would hide changes.
    generator = keras.Model(generator.input, generator.layers[-1].input)
    condition = np.random.default_rng(0).uniform(-1, 1, (1, size, size, 3)).astype(np.float32)
    before = np.array(generator(condition))
    place, reached = 24, 0
    for moved in range(stride):  # places differ within a stride
        changed = condition.copy()
        changed[:, place + moved] += 10.0
        rows = np.flatnonzero(np.abs(np.array(generator(changed)) - before).max((0, 2, 3)) > 1e-3)
        distance = np.abs(rows // scale - (place + moved)).max()
        assert distance <= margin
        reached = max(reached, distance)
    assert reached >= margin - 2 * stride  # the bound is not much too large


def test_srresnets_margin_by_hand():
    """4 (9x9) + 16 * 2 (blocks) + 1 (3x3) + 1 (3x3) + 0.5 (doubled) + 4 / 2 (9x9 of half pixels) = 40.5, rounded up."""
    assert sizes_of(SRResNetGenerator(width=2).build((32, 32, 3), 1, condition_shape=(16, 16, 3))) == Sizes(1, 41)


def test_a_network_that_belongs_to_one_size():
    """U-Nets down to one pixel, and those that round a half up: 28, 14, 7, 4."""
    assert sizes_of(UNetGenerator(width=2).build((16, 16, 3), 1, condition_shape=(16, 16, 3))) is None
    assert sizes_of(UNetGenerator(width=2, depth=3).build((28, 28, 3), 1, condition_shape=(28, 28, 3))) is None
    assert sizes_of(UNetGenerator(width=2, depth=3).build((32, 32, 3), 1, condition_shape=(32, 32, 3))).stride == 8
    x = keras.Input((8, 8, 1), name="condition")
    y = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64)(keras.layers.Flatten()(x)))
    assert sizes_of(keras.Model(x, y)) is None
