"""Each way to save a GAN keeps everything, or is refused."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.augmentation import AdaptiveAugment
from tfgan_course.errors import UserError
from tfgan_course.objectives.terms import LeCam

STEPS = 50


def made() -> GAN:
    keras.utils.set_random_seed(3)  # not the weights that are loaded
    return GAN(
        tiny.generator(),
        tiny.critic(),
        critic_terms=[LeCam()],
        augmentations=[AdaptiveAugment(["x_flip"])],
        ema_half_life=26.0,
        seed=5,
    )


def data() -> tf.data.Dataset:
    return tiny.batches(STEPS * 4, 4)


def with_weights_file(gan: GAN, folder) -> GAN:
    gan.save_weights(folder / "gan.weights.h5")
    loaded = made()
    loaded.load_weights(folder / "gan.weights.h5")
    return loaded


def with_checkpoint(gan: GAN, folder) -> GAN:
    path = gan.checkpoint().save(str(folder / "gan"))
    loaded = made()
    loaded.checkpoint().restore(path).assert_consumed()
    return loaded


@pytest.mark.parametrize("way", [with_weights_file, with_checkpoint])
def test_a_gan_goes_on_with_the_same_losses_and_the_same_average(way, tmp_path):
    gan = made()
    gan.fit(data(), verbose=0)
    loaded = way(gan, tmp_path)
    assert loaded.steps_done == STEPS
    assert tiny.equal(tiny.weights(gan.ema_generator), tiny.weights(loaded.ema_generator))
    assert not tiny.equal(tiny.weights(gan.generator), tiny.weights(gan.ema_generator))
    first, second = (one.fit(data(), verbose=0).history for one in (gan, loaded))
    assert first == second
    for name in ("generator", "critic", "ema_generator"):
        assert tiny.equal(tiny.weights(getattr(gan, name)), tiny.weights(getattr(loaded, name)))


def test_weights_of_another_gan_are_refused_before_any_is_changed(tmp_path):
    tiny.gan().save_weights(tmp_path / "other.weights.h5")
    gan = made()
    before = tiny.weights(gan.generator)
    with pytest.raises(UserError):
        gan.load_weights(tmp_path / "other.weights.h5")
    assert tiny.equal(before, tiny.weights(gan.generator))


def test_saving_the_gan_whole_is_refused_and_leaves_no_file(tmp_path):
    with pytest.raises(UserError) as error:
        tiny.gan().save(tmp_path / "gan.keras")
    assert "save_weights" in error.value.remedy
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["gan.h5", "gan.weights"])
def test_another_ending_is_refused(name, tmp_path):
    with pytest.raises(UserError) as error:
        tiny.gan().save_weights(tmp_path / name)
    assert ".weights.h5" in error.value.expected


def test_keras_callback_saves_and_restores_all(tmp_path):
    gan = made()
    path = str(tmp_path / "best.weights.h5")
    gan.fit(data().take(4), verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(path, save_weights_only=True)])
    loaded = made()
    loaded.load_weights(path)
    assert loaded.steps_done == 4
    np.testing.assert_array_equal(loaded.critic_terms["le_cam"].averages, gan.critic_terms["le_cam"].averages)
