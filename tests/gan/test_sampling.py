import numpy as np
import pytest

from tests import tiny
from tfgan_course.errors import UserError
from tfgan_course.gan.latents import Spherical
from tfgan_course.gan.sampling import class_columns, generate, labels_of, latents


def test_a_latent_depends_on_the_seed_and_its_place_alone():
    gan = tiny.gan()
    many = latents(1, 2000, gan)
    np.testing.assert_array_equal(latents(1, 3, gan), many[:3])
    assert len(np.unique(many, axis=0)) == 2000
    assert not np.isclose(latents(2, 3, gan), many[:3]).all(axis=1).any()
    assert abs(many.mean()) < 5 / np.sqrt(many.size)
    assert abs(many.std() - 1) < 5 / np.sqrt(2 * many.size)


def test_latents_are_of_the_distribution_trained_with():
    z = latents(0, 10, tiny.gan(latents=Spherical()))
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 2.0, rtol=1e-5)


def test_images_come_from_the_averaged_generator_in_batches_of_any_size():
    gan = tiny.gan(ema_decay=0.5)
    gan.fit(tiny.batches(), verbose=0)
    z = latents(0, 5, gan)
    averaged = generate(gan, z)
    assert averaged.shape == (5, 8, 8, 1)
    assert averaged.dtype == np.uint8
    np.testing.assert_array_equal(averaged, generate(gan, z, batch_size=2))
    assert (averaged != generate(gan, z, average=False)).any()
    levels = (np.array(gan.ema_generator(z, training=False)) + 1) * 127.5
    assert np.abs(averaged - levels).max() <= 0.5 + 1e-3


def test_a_grids_columns_are_the_classes():
    assert class_columns(7, 3).tolist() == [0, 1, 2, 0, 1, 2]
    assert class_columns(2, 3).tolist() == [0, 1]
    assert class_columns(3, 3).tolist() == [0, 1, 2]


def test_classes_are_named_or_numbered():
    names = ["cat", "7", "dog"]
    # A name that looks like a number is a name first.
    assert labels_of(["dog", "0", "7", "2"], names).tolist() == [2, 0, 1, 2]
    assert labels_of(["Dog"], names).tolist() == [2]
    assert labels_of(["Cat", "cat", "CAT"], ["Cat", "cat"]).tolist() == [0, 1, 0]
    for wrong in ("horse", "3", "-1", "²"):
        with pytest.raises(UserError, match=rf"there is no class '{wrong}'. Classes: 0 cat, 1 7, 2 dog"):
            labels_of([wrong], names)
