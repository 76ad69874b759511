from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.models import SRGANCritic, SRResNetGenerator


def trained(model: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_variables)


def test_srresnet_has_the_parameters_of_figure_4_at_four_times_the_size():
    """k9n64 and PReLU, 16 blocks, k3n64 and BatchNorm, two k3n256 with PReLU, k9n3. PReLU has 64 slopes.

    First: 81x3x64 + 64 + 64 = 15,680. Block: 2 x 9x64x64 + 2 x 128 + 64 = 74,048 (BatchNorm has the bias). After the
    blocks: 9x64x64 + 128 = 36,992. Doubling: 9x64x256 + 256 + 64 = 147,776. Last: 81x64x3 + 3 = 15,555. With a bias in
    the 33 convolutions before BatchNorm (2,112) and one slope for all channels (19 x 63 fewer) these are the 1,549,462
    of the PyTorch versions.
    """
    first, block, after, doubling, last = 15_680, 74_048, 36_992, 147_776, 15_555
    assert block == 2 * 9 * 64 * 64 + 2 * 128 + 64
    for scale, doublings in ((2, 1), (4, 2)):
        generator = SRResNetGenerator().build((24 * scale, 24 * scale, 3), 0, condition_shape=(24, 24, 3))
        assert trained(generator) == first + 16 * block + after + doublings * doubling + last
    assert trained(generator) == 1_548_547 == 1_549_462 - 33 * 64 + 19 * 63


def test_the_critic_has_the_parameters_of_figure_4_at_96_pixels():
    """n64s1, n64s2, n128s1, n128s2, n256s1, n256s2, n512s1, n512s2, dense 1024 on 6 x 6 places, dense 1."""
    widths = [3, 64, 64, 128, 128, 256, 256, 512, 512]
    kernels = sum(9 * before * after for before, after in pairwise(widths)) + 64
    batch_normalization = 2 * sum(widths[2:])
    dense = 6 * 6 * 512 * 1024 + 1024 + 1024 + 1
    critic = SRGANCritic().build((96, 96, 3))
    assert trained(critic) == kernels + batch_normalization + dense == 23_563_649


@pytest.mark.parametrize(("small", "large"), [((8, 8), (8, 8)), ((8, 6), (16, 12)), ((7, 7), (28, 28))])
def test_makes_images_of_one_two_and_four_times_the_size(small, large):
    generator = SRResNetGenerator(width=2, blocks=1).build((*large, 3), 0, condition_shape=(*small, 1))
    assert generator(tf.zeros([2, *small, 1])).shape == (2, *large, 3)
    assert sum(type(layer).__name__ == "SubPixel" for layer in generator.layers) == round(np.log2(large[0] / small[0]))


def test_the_same_weights_work_at_any_size():
    """The middle of a large image, which no border reaches, is what a small part of the condition gives."""
    network = SRResNetGenerator(width=3, blocks=1)
    small, large = (network.build((2 * s, 2 * s, 1), 0, condition_shape=(s, s, 1)) for s in (28, 40))
    large.set_weights(small.get_weights())
    condition = tf.random.stateless_uniform((1, 40, 40, 1), (0, 0), -1, 1)
    part = condition[:, 6:34, 6:34]
    # The field at the condition's size: 4 (9x9) + 4 (four 3x3) + 2 (9x9 at twice the size) pixels to each side.
    middle = slice(20, 36)
    np.testing.assert_allclose(large(condition)[:, 32:48, 32:48], small(part)[:, middle, middle], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [10, 24, 4])
def test_refuses_sizes_that_doubling_does_not_reach(size):
    with pytest.raises(UserError) as error:
        SRResNetGenerator(width=2, blocks=1).build((size, size, 1), 0, condition_shape=(8, 8, 1))
    assert error.value.received == f"{size} x {size}"


@pytest.mark.parametrize("size", [8, 28, 72])
def test_the_critic_judges_images_of_any_size(size):
    output = SRGANCritic(width=2).build((size, size, 3))(tf.zeros([2, size, size, 3]))
    assert output["score"].shape == (2, 1)
    assert [*output["features"]] == [*(f"conv{level}" for level in range(1, 9)), "dense"]
