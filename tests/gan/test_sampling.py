import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course.errors import UserError
from tfgan_course.gan.latents import Spherical
from tfgan_course.gan.sampling import class_columns, generate, images_of_seeds, latents, numbers_of_seeds, sample
from tfgan_course.gan.seeds import normal_rows
from tfgan_course.models import MappingNetwork


def test_a_latent_depends_on_the_seed_and_its_place_alone():
    gan = tiny.gan()
    many = latents(1, 2000, gan)
    np.testing.assert_array_equal(latents(1, 3, gan), many[:3])
    assert len(np.unique(many, axis=0)) == 2000
    assert not np.isclose(latents(2, 3, gan), many[:3]).all(axis=1).any()
    assert abs(many.mean()) < 5 / np.sqrt(many.size)
    assert abs(many.std() - 1) < 5 / np.sqrt(2 * many.size)


def test_more_images_than_memory_has_room_for_are_refused_before_one_is_made():
    gan, many = tiny.gan(), 10**13
    for make in (lambda: latents(0, many, gan), lambda: sample(gan, many)):
        with pytest.raises(UserError) as error:
            make()
        assert "800000.0 GB" in error.value.expected  # 64 bytes of pixels, and four numbers of 4 bytes


def test_latents_are_of_the_distribution_trained_with():
    z = latents(0, 10, tiny.gan(latents=Spherical()))
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 2.0, rtol=1e-5)


def test_images_come_from_the_averaged_generator_in_batches_of_any_size():
    gan = tiny.gan(ema_half_life=16.0, ema_ramp=None)
    gan.fit(tiny.batches(), verbose=0)
    z = latents(0, 5, gan)
    averaged = generate(gan, z)
    assert averaged.shape == (5, 8, 8, 1)
    assert averaged.dtype == np.uint8
    np.testing.assert_array_equal(averaged, generate(gan, z, batch_size=2))
    assert (averaged != generate(gan, z, average=False)).any()
    levels = (np.array(gan.ema_generator(z, training=False)) + 1) * 127.5
    assert np.abs(averaged - levels).max() <= 0.5 + 1e-3


def test_a_sample_has_a_seed_of_its_own():
    gan = tiny.gan()
    many = sample(gan, 7, seed=2**40)
    assert len(np.unique(many, axis=0)) == 7
    for row in range(7):
        alone = sample(gan, 1, seed=2**40 + row)[0]
        assert np.abs(np.int32(alone) - many[row]).max() <= 1  # kernels of other sizes add in another order
    np.testing.assert_array_equal(many, sample(gan, 7, seed=2**40, batch_size=7))


@pytest.mark.parametrize("options", [{}, {"mapping": MappingNetwork(depth=1, size=6)}], ids=["z", "w"])
def test_samples_that_are_not_truncated_are_the_generators_images(options):
    gan, labels = tiny.conditional_gan(latents=Spherical(), **options), np.int32([0, 2, 1, 0])
    numbers = normal_rows(tf.range(5, 9, dtype=tf.int64), tf.fill([4], 10.0), 4)
    expected = generate(gan, gan.latents.of_normal(numbers).numpy(), labels)
    np.testing.assert_array_equal(sample(gan, 4, 5, labels), expected)
    np.testing.assert_array_equal(numbers_of_seeds([5, 6, 7, 8], 4), numbers)
    assert (sample(gan, 4, 5, labels, truncation=0.1) != expected).any()


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"seed": 2**63 - 1}, {"truncation": 0.0}, {"truncation": 11.0}, {"truncation": np.nan}]
)
def test_seeds_and_truncations_out_of_range_are_refused(wrong):
    with pytest.raises(UserError):
        sample(tiny.gan(), 2, **wrong)


def test_a_grids_columns_are_the_classes():
    assert class_columns(7, 3).tolist() == [0, 1, 2, 0, 1, 2]
    assert class_columns(2, 3).tolist() == [0, 1]
    assert class_columns(3, 3).tolist() == [0, 1, 2]


def test_a_generator_that_makes_images_of_images_is_refused():
    latents, photo = keras.Input((4,), name="latents"), keras.Input((8, 8, 1), name="condition")
    images = photo + keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64)(latents))
    generator = keras.Model([latents, photo], images)
    with pytest.raises(UserError) as refused:
        images_of_seeds(generator, Spherical(), tf.constant([1], tf.int64), tf.constant([10.0]))
    assert "condition" in refused.value.received
