import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.models import DCGANCritic, SimpleCritic
from tfgan_course.objectives.pair import Batch, Pair
from tfgan_course.objectives.terms import FeatureMatching

DEPTH = 4


def gan_of(depth: int = DEPTH, **options) -> GAN:
    critic = SimpleCritic(width=3, depth=depth).build((8, 8, 1))
    # Activations of a size that shows: the initial weights shrink them layer by layer.
    critic.set_weights([weight / np.sqrt(weight.shape[0]) * 50 for weight in critic.get_weights()])
    rates = {name: keras.optimizers.SGD(0.0) for name in ("generator_optimizer", "critic_optimizer")}
    return GAN(tiny.generator(), critic, **{**rates, **options})


def by_hand(gan: GAN, real: tf.Tensor, fake: tf.Tensor, names: list[str]) -> float:
    real, fake = gan.critic(real)["features"], gan.critic(fake)["features"]
    return sum(((np.mean(real[name], 0) - np.mean(fake[name], 0)) ** 2).sum() for name in names)


@pytest.mark.parametrize(
    ("layers", "names"),
    [
        ("last", ["dense4"]),
        ("all", ["dense1", "dense2", "dense3", "dense4"]),
        ("every_second", ["dense2", "dense4"]),
        ("dense3", ["dense3"]),
        (["dense3", "dense1"], ["dense1", "dense3"]),
    ],
)
def test_is_the_squared_distance_of_the_mean_activations_summed_over_the_layers(layers, names):
    term = FeatureMatching(layers=layers)
    gan = gan_of(generator_terms=[term])
    shown = tiny.pair(gan)
    np.testing.assert_allclose(term(shown), by_hand(gan, shown.real.images, shown.fake.images, names), rtol=1e-4)


def test_activations_of_maps_are_averaged_over_the_batch_alone():
    term = FeatureMatching(layers=["conv1"])
    gan = GAN(tiny.generator(16), DCGANCritic(width=2, normalization="none").build((16, 16, 1)), generator_terms=[term])
    real, fake = (tf.random.stateless_uniform([5, 16, 16, 1], [seed, 0]) for seed in (1, 2))
    shown = Pair(gan, Batch(real), Batch(fake), tiny.pair(gan_of()).draws)
    assert gan.critic(real)["features"]["conv1"].shape == (5, 8, 8, 2)
    np.testing.assert_allclose(term(shown), by_hand(gan, real, fake, ["conv1"]), rtol=1e-4)


def test_layers_keep_the_networks_order_also_beyond_nine():
    gan = gan_of(11, generator_terms=[FeatureMatching(layers="last")])
    names = [f"dense{number}" for number in range(1, 12)]
    assert gan.critic_features == names
    assert gan.generator_terms["feature_matching"].chosen == ["dense11"]
    assert sorted(tiny.pair(gan).real_output.features) == sorted(names)


def test_equal_batches_match_in_whatever_order():
    term = FeatureMatching(layers="all")
    gan = gan_of(generator_terms=[term])
    shown = tiny.pair(gan)
    equal = Pair(gan, Batch(shown.real.images), Batch(tf.reverse(shown.real.images, [0])), shown.draws)
    np.testing.assert_allclose(term(equal), 0.0, atol=1e-10)
    assert term(shown) > 1e-4


def test_alone_it_moves_the_generator_along_its_gradient_and_the_critic_not_at_all():
    """`generator_loss_weight: 0`, the paper's objective. The real images' activations are a constant."""
    gan = gan_of(
        generator_terms=[FeatureMatching(2.0)],
        generator_loss_weight=0.0,
        generator_optimizer=keras.optimizers.SGD(0.1),
    )
    real = tiny.pair(gan, 16).real.images
    goal = tf.reduce_mean(gan.critic(real)["features"]["dense4"], 0)
    weights = [weight.numpy() for weight in gan.generator.trainable_variables]
    critic = tiny.weights(gan.critic)
    fakes = []
    generate = gan.generate
    gan.generate = lambda *args, **how: fakes.append(generate(*args, **how)) or fakes[-1]
    tiny.step(gan)
    moved = [weight.numpy() for weight in gan.generator.trainable_variables]
    assert tiny.equal(critic, tiny.weights(gan.critic))
    # The same once more, from the weights before.
    for variable, weight in zip(gan.generator.trainable_variables, weights, strict=True):
        variable.assign(weight)
    with tf.GradientTape() as tape:
        fake = gan.generator(fakes[-1].latents, training=True)
        difference = goal - tf.reduce_mean(gan.critic(fake)["features"]["dense4"], 0)
        distance = tf.reduce_sum(difference**2)
    gradients = tape.gradient(distance, gan.generator.trainable_variables)
    for old, new, gradient in zip(weights, moved, gradients, strict=True):
        np.testing.assert_allclose(new, old - 0.1 * 2.0 * gradient.numpy(), rtol=1e-4, atol=1e-6)
    assert max(np.abs(gradient).max() for gradient in gradients) > 1e-4


@pytest.mark.parametrize("layers", ["first", ["dense1", "conv9"], []])
def test_refuses_layers_that_are_not_there(layers):
    with pytest.raises(UserError) as error:
        gan_of(generator_terms=[FeatureMatching(layers=layers)])
    assert "last, all, every_second" in error.value.expected
    assert "dense1, dense2, dense3, dense4" in error.value.expected
    assert error.value.received == str(layers)


def test_refuses_a_critic_without_features_and_the_critic_as_a_player():
    with pytest.raises(UserError) as error:
        tiny.gan(generator_terms=[FeatureMatching()])
    assert "features" in error.value.expected
    with pytest.raises(UserError) as error:
        gan_of(critic_terms=[FeatureMatching()])
    assert error.value.expected == "FeatureMatching among generator_terms"
