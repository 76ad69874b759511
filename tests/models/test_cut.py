import numpy as np
import pytest
import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.layers import features_of
from tfgan_course.models import CUTGenerator


def test_has_the_parameters_of_the_papers_generator():
    """7x7 to 64; 3x3 to 128 and 256; nine blocks of two 3x3 at 256; 3x3 to 128 and 64; 7x7 to 3; each with a bias.

    49x3x64 + 64 = 9,472; 73,856 + 295,168; 18 x 590,080 = 10,621,440; 295,040 + 73,792; 49x64x3 + 3 = 9,411. The
    authors' code prints 11.378 M.
    """
    shape = (256, 256, 3)
    blocks = 2 * (9 * 256 * 256 + 256)
    others = 9_472 + 73_856 + 295_168 + 295_040 + 73_792 + 9_411
    assert CUTGenerator(blocks=9).build(shape, 0, condition_shape=shape).count_params() == others + 9 * blocks
    assert CUTGenerator(blocks=6).build(shape, 0, condition_shape=shape).count_params() == others + 6 * blocks
    assert others + 9 * blocks == 11_378_179


def test_hands_out_its_features():
    generator = CUTGenerator(width=2, blocks=2).build((12, 8, 3), 0, condition_shape=(12, 8, 3))
    shapes = {name: tuple(tensor.shape[1:]) for name, tensor in features_of(generator).items()}
    assert shapes == {
        "image": (12, 8, 3),
        "down1": (6, 4, 4),
        "down2": (3, 2, 8),
        "block1": (3, 2, 8),
        "block2": (3, 2, 8),
    }


def test_each_image_is_normalized_alone():
    generator = CUTGenerator(width=2, blocks=1).build((8, 8, 1), 0, condition_shape=(8, 8, 1))
    condition = tf.random.stateless_uniform((3, 8, 8, 1), (0, 0), -1, 1)
    together = generator(condition, training=True)[:1]
    np.testing.assert_allclose(generator(condition[:1], training=True), together, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "condition"), [((10, 10, 1), (10, 10, 1)), ((4, 4, 1), (4, 4, 1)), ((16, 16, 1), (8, 8, 1))]
)
def test_refuses_sizes_that_it_cannot_make(shape, condition):
    with pytest.raises(UserError) as error:
        CUTGenerator(width=2, blocks=1).build(shape, 0, condition_shape=condition)
    assert f"{condition[0]} x {condition[1]}" in error.value.received
