"""Networks are called by the names of their inputs."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.models.inputs import feed, input_names, input_shape, takes
from tfgan_course.objectives.pair import Batch
from tfgan_course.randomness import Draws

SHAPE = (8, 8, 1)


def colored(condition_first: bool, as_dictionary: bool, name: str = "generator") -> keras.Model:
    """An image from an image: latents (4,) shift a condition (8, 8, 1) by their mean."""
    condition, latents = keras.Input(SHAPE, name="condition"), keras.Input((4,), name="latents")
    shift = keras.layers.Reshape((1, 1, 1))(keras.layers.Dense(1, kernel_initializer="ones", use_bias=False)(latents))
    images = keras.layers.Add()([keras.layers.Conv2D(1, 1, kernel_initializer="ones")(condition), shift])
    inputs = [condition, latents] if condition_first else [latents, condition]
    return keras.Model({tensor.name: tensor for tensor in inputs} if as_dictionary else inputs, images, name=name)


def pair_critic() -> keras.Model:
    images, condition = keras.Input(SHAPE, name="images"), keras.Input(SHAPE, name="condition")
    x = keras.layers.Flatten()(keras.layers.Concatenate()([condition, images]))
    return keras.Model([condition, images], keras.layers.Dense(1)(x))


def paired_data(count: int = 16) -> dict[str, np.ndarray]:
    return {"images": tiny.images(count), "condition": tiny.images(count)[::-1].copy()}


@pytest.mark.parametrize("as_dictionary", [False, True])
@pytest.mark.parametrize("condition_first", [False, True])
def test_the_order_and_the_form_of_inputs_change_nothing(condition_first, as_dictionary):
    gan = GAN(colored(condition_first, as_dictionary), pair_critic())
    condition = tf.constant(np.random.default_rng(0).uniform(-1, 1, (3, *SHAPE)), tf.float32)
    made = gan.generate(Draws(0, tf.constant(0, tf.int64), "x"), 3, training=False, condition=condition)
    by_hand = condition + tf.reshape(tf.reduce_sum(made.latents, axis=1), (3, 1, 1, 1))
    np.testing.assert_allclose(made.images, by_hand, rtol=1e-5, atol=1e-6)
    assert gan.latent_size == 4
    score = gan.judge(Batch(made.images, condition=condition), training=False).score
    np.testing.assert_allclose(score, gan.critic([condition, made.images]), rtol=1e-5, atol=1e-6)


def test_a_gan_from_image_to_image_trains_and_validates():
    keras.utils.set_random_seed(0)
    gan = GAN(colored(True, False), pair_critic())
    data = tf.data.Dataset.from_tensor_slices(paired_data(32)).batch(8)
    before = tiny.weights(gan.generator)
    history = gan.fit(data, validation_data=data, epochs=2, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())
    assert not tiny.equal(before, tiny.weights(gan.generator))


@pytest.mark.parametrize("as_dataset", [False, True])
def test_a_condition_of_another_size_is_refused_before_the_first_step(as_dataset):
    gan = GAN(colored(True, False), pair_critic())
    data = {"images": tiny.images(16), "condition": tiny.images(16, size=4)}
    with pytest.raises(UserError) as error:
        gan.fit(tf.data.Dataset.from_tensor_slices(data).batch(8) if as_dataset else data, batch_size=8, verbose=0)
    assert "condition" in error.value.expected
    assert "8, 8, 1" in error.value.expected
    assert "4, 4, 1" in error.value.received
    assert gan.steps_done == 0


def test_validation_images_of_another_size_are_refused():
    gan = GAN(colored(True, False), pair_critic())
    right = tf.data.Dataset.from_tensor_slices(paired_data()).batch(8)
    wrong = tf.data.Dataset.from_tensor_slices({**paired_data(), "condition": tiny.images(16, size=4)}).batch(8)
    with pytest.raises(UserError) as error:
        gan.fit(right, validation_data=wrong, verbose=0)
    assert "condition" in error.value.expected
    assert gan.steps_done == 0


def test_networks_with_conditions_of_different_sizes_are_refused():
    images, condition = keras.Input(SHAPE, name="images"), keras.Input((4, 4, 1), name="condition")
    flat = [keras.layers.Flatten()(tensor) for tensor in (images, condition)]
    critic = keras.Model([images, condition], keras.layers.Dense(1)(keras.layers.Concatenate()(flat)))
    with pytest.raises(UserError) as error:
        GAN(colored(True, False), critic)
    assert "8, 8, 1" in error.value.expected
    assert "4, 4, 1" in error.value.received


def test_a_generator_of_the_condition_alone_draws_no_latents():
    condition = keras.Input(SHAPE, name="condition")
    gan = GAN(keras.Model(condition, keras.layers.Conv2D(1, 1)(condition)), pair_critic())
    gan.fit(tf.data.Dataset.from_tensor_slices(paired_data()).batch(8), verbose=0)
    assert gan.latent_size is None


def test_a_missing_field_is_named():
    gan = GAN(colored(True, False), pair_critic())
    with pytest.raises(UserError) as error:
        gan.train_step({"images": tf.constant(tiny.images(4))})
    assert "condition" in error.value.expected
    assert "condition" not in error.value.received


@pytest.mark.parametrize(
    ("network", "build"),
    [
        ("generator", lambda: GAN(named_generator("noise"), tiny.critic())),
        ("generator", lambda: GAN(named_generator("images"), tiny.critic())),
        ("critic", lambda: GAN(tiny.generator(), named_critic("pictures"))),
    ],
)
def test_a_wrong_name_gives_one_error_with_the_names_found_and_allowed(network, build):
    with pytest.raises(UserError) as error:
        build()
    assert network in error.value.expected
    assert "labels" in error.value.expected
    assert any(name in error.value.received for name in ("noise", "images", "pictures"))


def named_generator(name: str) -> keras.Model:
    latents = keras.Input((4,), name=name)
    return keras.Model(latents, tiny.generator()(latents))


def named_critic(name: str) -> keras.Model:
    images = keras.Input(SHAPE, name=name)
    return keras.Model(images, tiny.critic()(images))


def test_a_single_input_without_a_name_takes_the_first_field():
    model = tiny.generator()
    assert input_names(model) == [None]
    assert feed(model, latents="z", labels="y") == "z"
    assert input_shape(model, "latents") == (4,)
    assert not takes(model, "labels")


def test_conditions_with_augmentations_are_refused():
    from tfgan_course.augmentation import DiffAugment

    with pytest.raises(UserError) as error:
        GAN(colored(True, False), pair_critic(), augmentations=[DiffAugment(["translation"])])
    assert "augmentations" in error.value.received
