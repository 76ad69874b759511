"""Training from image to image: grids, metrics, checks; see tests/end_to_end/test_image_to_image.py for whole runs."""

import numpy as np
import pytest
import tensorflow as tf

from tests import tiny
from tfgan_course import GAN
from tfgan_course.augmentation import ColorJitter, DiffAugment, RandomFlip, RandomResizedCrop
from tfgan_course.errors import UserError
from tfgan_course.figures.grids import GAP, GROUP_GAP, side_by_side
from tfgan_course.gan.sampling import draw
from tfgan_course.models import SimpleCritic
from tfgan_course.randomness import Draws

SHAPE, SMALL = (16, 16, 3), (8, 8, 3)


def gan(takes_condition: bool = True, **options) -> GAN:
    generator = tiny.Translator().build(SHAPE, 1, condition_shape=SMALL)
    critic = SimpleCritic(width=4, takes_condition=takes_condition).build(SHAPE, condition_shape=SMALL)
    return GAN(generator, critic, **options)


@pytest.mark.parametrize("augmentation", [RandomFlip(), RandomResizedCrop(0.3, 0.9), ColorJitter(0.3, 0.0, 0.3, 0.1)])
def test_both_images_of_a_pair_are_changed_alike(augmentation):
    draws = Draws(0, tf.constant(3, tf.int64), "real")
    small = tf.random.stateless_uniform((6, *SMALL), (0, 0), -1.0, 1.0)
    large = tf.repeat(tf.repeat(small, 2, axis=1), 2, axis=2)
    images, condition = augmentation.of_pairs(large, small, draws.part())
    assert np.abs(condition - small).max() > 0.1
    # The centers of the images' pixels lie beside those of the condition's, whose means they are.
    means = tf.nn.avg_pool2d(images, 2, 2, "VALID")
    inner = np.s_[:, 1:-1, 1:-1] if isinstance(augmentation, RandomResizedCrop) else np.s_[:]
    tolerance = 0.45 if isinstance(augmentation, RandomResizedCrop) else 1e-5
    assert np.abs((means - condition).numpy()[inner]).max() < tolerance
    same, _ = augmentation.of_pairs(large, large, Draws(0, tf.constant(3, tf.int64), "real").part())
    alone = augmentation(large, Draws(0, tf.constant(3, tf.int64), "real").part())
    assert (same.numpy() == alone.numpy()).all()


def test_a_crop_begins_and_ends_at_the_same_place_in_both():
    # A ramp shows the place: the value of a pixel is its row in the whole image.
    ramp = [
        np.broadcast_to(((np.arange(n, dtype=np.float32) + 0.5) / n)[:, None, None], (50, n, n, 1)) for n in (16, 8)
    ]
    images, condition = RandomResizedCrop(0.3, 0.9).of_pairs(
        *map(tf.constant, ramp), Draws(0, tf.constant(0, tf.int64), "x")
    )
    middle = images[:, 7:9].numpy().mean((1, 2, 3)), condition[:, 3:5].numpy().mean((1, 2, 3))
    np.testing.assert_allclose(*middle, atol=1e-5)
    inner = images[:, 2:14, 0, 0], condition[:, 1:7, 0, 0]
    lengths = [np.ptp(part.numpy(), axis=1) for part in inner]
    np.testing.assert_allclose(lengths[0] / 11, lengths[1] / 10, atol=1e-5)


def test_real_augmentations_reach_the_condition_in_a_step():
    seen = []

    class Spy(RandomFlip):
        def of_pairs(self, images, condition, draws):
            seen.append((images.shape, condition.shape))
            return super().of_pairs(images, condition, draws)

    model = gan(real_augmentations=[Spy()])
    images = tiny.images(4, 16, 3)
    model.train_step({"images": tf.constant(images), "condition": tf.constant(images[:, ::2, ::2])})
    assert seen == [((4, *SHAPE), (4, *SMALL))]


def test_augmentations_of_the_critics_images_need_a_critic_without_condition():
    assert gan(takes_condition=False, augmentations=[DiffAugment(["translation"])])
    with pytest.raises(UserError) as error:
        gan(augmentations=[DiffAugment(["translation"])])
    assert "augmentations" in error.value.received


def test_a_grid_shows_condition_output_and_target_side_by_side():
    condition = np.arange(4, dtype=np.uint8).reshape(2, 1, 1, 2)[:, :, :, :1].repeat(2, 1).repeat(2, 2)
    outputs, targets = np.full((2, 4, 4, 3), 100, np.uint8), np.full((2, 4, 4, 3), 200, np.uint8)
    picture = side_by_side(condition, outputs, targets)
    assert picture.shape == (2 * 4 + 2, 3 * 4 + 2 * 2, 3)
    assert (picture[:4, :4] == 0).all()
    assert (picture[6:, :4] == 2).all()
    assert (picture[:4, 6:10] == 100).all()
    assert (picture[:4, 12:] == 200).all()
    assert side_by_side(condition, outputs).shape == (2 * 4 + 2, 2 * 4 + 2, 3)


def test_wider_columns_divide_the_groups_of_a_grid():
    parts = [np.full((8, 4, 4, 1), gray, np.uint8) for gray in (0, 100)]
    row = side_by_side(*parts)[0, :, 0]
    a_group = [0] * 4 + [255] * GAP + [100] * 4
    assert GROUP_GAP > GAP
    assert row.tolist() == [*a_group, *[255] * GROUP_GAP, *a_group]


def test_images_without_a_condition_cannot_be_translated():
    with pytest.raises(UserError) as error:
        draw(gan(), 4, 0)
    assert "no images" in error.value.received
    assert "images_from" in error.value.remedy
