import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.models import (
    DCGANGenerator,
    IE534Generator,
    MappingNetwork,
    ResNetGenerator,
    SimpleGenerator,
    StyleSpace,
)
from tfgan_course.models.conditioning import ConcatenatedEmbedding, ConditionalNormalization

MAPPING = MappingNetwork(depth=2, size=6)
GENERATORS = [
    DCGANGenerator(width=2, mapping=MAPPING),
    SimpleGenerator(width=4, mapping=MAPPING),
    ResNetGenerator(2, mapping=MAPPING),
    IE534Generator(2, mapping=MAPPING),
]


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("architecture", GENERATORS, ids=lambda architecture: type(architecture).__name__)
def test_every_generator_is_its_synthesis_of_its_mapping(architecture, conditional):
    generator = architecture.build((28, 28, 1), 5, ConcatenatedEmbedding(3) if conditional else None, 4)
    space = StyleSpace.of(generator)
    z = tf.random.stateless_normal((3, 5), (0, 0))
    inputs = [z, tf.constant([0, 1, 2])] if conditional else z
    w = space.mapping(inputs)
    assert w.dtype == tf.float32
    assert w.shape == (3, space.w_size) == (3, 6)
    assert space.average.shape == (6,)
    images = generator(inputs).numpy()
    assert np.ptp(images) > 0
    np.testing.assert_allclose(space.synthesis(space.repeated(w)), images, atol=1e-6)


def test_the_mapping_is_leaky_dense_layers():
    mapping = StyleSpace.of(SimpleGenerator(width=4, mapping=MappingNetwork(2, 6)).build((8, 8, 1), 5)).mapping
    x = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    expected = x
    for kernel, bias in zip(mapping.get_weights()[0:4:2], mapping.get_weights()[1:4:2], strict=True):
        expected = expected @ kernel + bias
        expected = np.where(expected > 0, expected, 0.2 * expected)
    np.testing.assert_allclose(mapping(x), expected, rtol=1e-4, atol=1e-6)


def test_a_generator_without_a_mapping_has_no_style_space():
    assert StyleSpace.of(tiny.generator()) is None
    assert StyleSpace.of(DCGANGenerator(width=2).build((28, 28, 1), 5)) is None


def mapped_gan() -> GAN:
    keras.utils.set_random_seed(0)
    return GAN(SimpleGenerator(width=4, depth=1, mapping=MAPPING).build((8, 8, 1), 5), tiny.critic(), ema_ramp=None)


def test_the_averaged_generator_has_a_style_space_of_its_own():
    gan = mapped_gan()
    gan.fit(tiny.batches(), verbose=0)
    trained, averaged = StyleSpace.of(gan.generator), StyleSpace.of(gan.ema_generator)
    assert trained.mapping is not averaged.mapping
    assert np.abs(trained.average).max() > 0
    assert np.abs(averaged.average).max() > 0
    z = tf.random.stateless_normal((3, 5), (0, 0))
    assert not np.allclose(trained.mapping(z), averaged.mapping(z), atol=1e-6)
    np.testing.assert_allclose(averaged.synthesis(averaged.repeated(averaged.mapping(z))), gan.ema_generator(z))


def test_checkpoints_carry_the_style_space(tmp_path):
    gan, other = mapped_gan(), mapped_gan()
    gan.fit(tiny.batches(), verbose=0)
    path = gan.checkpoint().write(str(tmp_path / "checkpoint"))
    other.checkpoint().read(path).assert_consumed()
    np.testing.assert_array_equal(StyleSpace.of(other.generator).average, StyleSpace.of(gan.generator).average)
    z = tf.random.stateless_normal((3, 5), (0, 0))
    np.testing.assert_array_equal(other.generator(z), gan.generator(z))


def test_validation_leaves_the_average_alone():
    gan = mapped_gan()
    gan.evaluate(tiny.batches(), verbose=0)
    np.testing.assert_array_equal(StyleSpace.of(gan.generator).average, 0)


def test_truncation_moves_w_towards_the_average():
    space = StyleSpace.of(mapped_gan().generator)
    space.mapping.layers[-1].average.assign([1.0, 2, 3, 4, 5, 6])
    w = tf.zeros([2, 6])
    np.testing.assert_array_equal(space.truncated(w, 1.0), w)
    np.testing.assert_allclose(space.truncated(w, 0.25)[1], [0.75, 1.5, 2.25, 3, 3.75, 4.5])
    np.testing.assert_array_equal(space.truncated(w, 0.0)[0], space.average)


@pytest.mark.parametrize(
    ("mistake", "expected", "received"),
    [
        (lambda: MappingNetwork(depth=0), "depth", "0"),
        (lambda: SimpleGenerator(style_mixing=0.5).build((8, 8, 1), 5), "style_mixing", "SimpleGenerator"),
        (
            lambda: SimpleGenerator(mapping=MAPPING, style_mixing=0.5).build((8, 8, 1), 5),
            "style_mixing",
            "SimpleGenerator",
        ),
        (lambda: SimpleGenerator(mapping=MAPPING, style_mixing=1.5), "style_mixing", "1.5"),
        (
            lambda: DCGANGenerator(mapping=MAPPING).build((28, 28, 1), 5, ConditionalNormalization(), 4),
            "takes the labels",
            "ConditionalNormalization",
        ),
    ],
)
def test_refuses_what_cannot_be(mistake, expected, received):
    with pytest.raises(UserError) as error:
        mistake()
    assert expected in error.value.expected
    assert received in error.value.received


def test_keras_prints_both_halves():
    lines = []
    SimpleGenerator(width=4, mapping=MAPPING).build((8, 8, 1), 5).summary(
        expand_nested=True, print_fn=lambda line, **_: lines.append(line)
    )
    assert "mapping" in "".join(lines)
    assert "average" in "".join(lines)
