import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.objectives.terms import ModeSeeking


def stretching_gan(factor: float) -> GAN:
    """Return a GAN whose generator draws each latent, times a factor, as pixels; distances grow by the factor."""
    generator = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(64, use_bias=False), keras.layers.Reshape((8, 8, 1))]
    )
    generator.set_weights([factor * np.tile(np.eye(4), 16)])
    return GAN(generator, tiny.critic(), generator_terms=[ModeSeeking()])


@pytest.mark.parametrize("factor", [0.1, 1.0, 3.0])
def test_is_the_latents_distance_over_the_images(factor):
    gan = stretching_gan(factor)
    np.testing.assert_allclose(ModeSeeking()(tiny.pair(gan)), 1 / (factor + 1e-5), rtol=1e-4)


def test_by_hand_on_any_generator_with_second_images_of_the_same_classes(monkeypatch):
    gan = tiny.conditional_gan()
    shown, made, generate = tiny.pair(gan, 8), [], gan.generate
    monkeypatch.setattr(gan, "generate", lambda *args, **how: made.append(generate(*args, **how)) or made[-1])
    value = ModeSeeking()(shown)
    (other,) = made
    np.testing.assert_array_equal(other.labels, shown.fake.labels)
    images = gan.generator([other.latents, shown.fake.labels]).numpy()
    image_distance = np.abs(images - shown.fake.images.numpy()).mean()
    latent_distance = np.abs(other.latents.numpy() - shown.fake.latents.numpy()).mean()
    assert latent_distance > 0.1
    np.testing.assert_allclose(value, 1 / (image_distance / latent_distance + 1e-5), rtol=1e-5)


def test_its_gradient_pushes_images_apart():
    gan = stretching_gan(0.5)
    draws = tiny.pair(gan).draws
    with tf.GradientTape() as tape:
        shown = tiny.pair(gan)
        shown.fake = shown.fake._replace(images=gan.generate(draws, 6, training=True).images)
        value = ModeSeeking()(shown)
    (kernel,) = gan.generator.trainable_variables
    # 1 / (factor + 1e-5) falls as the factor, along the kernel itself, grows.
    along = tf.reduce_sum(tape.gradient(value, kernel) * kernel)
    assert along < -0.5


def test_a_collapsed_generator_costs_much_and_has_a_finite_gradient():
    gan = stretching_gan(0.0)
    with tf.GradientTape() as tape:
        value = ModeSeeking()(tiny.pair(gan))
    np.testing.assert_allclose(value, 1e5, rtol=1e-4)
    assert np.isfinite(tape.gradient(value, gan.generator.trainable_variables)[0]).all()


def test_refuses_the_critic():
    with pytest.raises(UserError) as error:
        tiny.gan(critic_terms=[ModeSeeking()])
    assert error.value.expected == "ModeSeeking among generator_terms"


def test_refuses_a_generator_without_latents():
    inputs = keras.Input((8, 8, 1), name="condition")
    generator = keras.Model(inputs, keras.layers.Conv2D(1, 3, padding="same", activation="tanh")(inputs))
    with pytest.raises(UserError) as error:
        GAN(generator, tiny.critic(), generator_terms=[ModeSeeking()])
    assert "latents" in error.value.expected
