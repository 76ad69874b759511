import numpy as np

from tests import tiny
from tfgan_course.sampling import generate, latents


def test_a_latent_depends_on_the_seed_and_its_place_alone():
    many = latents(1, 2000, gan(5))
    np.testing.assert_array_equal(latents(1, 3, gan(5)), many[:3])
    assert len(np.unique(many, axis=0)) == 2000
    assert not np.isclose(latents(2, 3, gan(5)), many[:3]).all(axis=1).any()
    assert abs(many.mean()) < 5 / np.sqrt(many.size)
    assert abs(many.std() - 1) < 5 / np.sqrt(2 * many.size)


def test_images_come_from_the_averaged_generator_in_batches_of_any_size():
    gan = tiny.gan(ema_decay=0.5)
    gan.fit(tiny.batches(), verbose=0)
    z = latents(0, 5, 4)
    averaged = generate(gan, z)
    assert averaged.shape == (5, 8, 8, 1)
    assert averaged.dtype == np.uint8
    np.testing.assert_array_equal(averaged, generate(gan, z, batch_size=2))
    assert (averaged != generate(gan, z, average=False)).any()
    levels = (np.array(gan.ema_generator(z, training=False)) + 1) * 127.5
    assert np.abs(averaged - levels).max() <= 0.5 + 1e-3
