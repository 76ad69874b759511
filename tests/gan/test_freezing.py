"""Frozen layers do not change by a bit, all others train, and mistakes list the layers."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN, UserError
from tfgan_course.gan.averaging import average_statistics
from tfgan_course.gan.freezing import frozen_weights
from tfgan_course.gan.options import Freeze
from tfgan_course.models import DCGANCritic, DCGANGenerator
from tfgan_course.models.conditioning import ConditionalNormalization, Projection
from tfgan_course.models.layer_names import named_weights
from tfgan_course.models.mapping import MappingNetwork


def values(network: keras.Model) -> dict[str, np.ndarray]:
    return {name: np.array(weight) for name, weight in named_weights(network).items()}


def changed(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> set[str]:
    return {name for name in before if before[name].tobytes() != after[name].tobytes()}


def trained(gan: GAN) -> dict[str, set[str]]:
    """Train two epochs of four steps, and return the names of the weights that changed."""
    networks = {"generator": gan.generator, "critic": gan.critic, "average": gan.ema_generator}
    before = {name: values(network) for name, network in networks.items()}
    labels = tiny.labels() if gan.generator_takes_labels else None
    gan.fit(tiny.images(64, 16), labels, batch_size=16, epochs=2, verbose=0)
    return {name: changed(before[name], values(network)) for name, network in networks.items()}


def conditional_gan(**options) -> GAN:
    generator = DCGANGenerator(width=2).build((16, 16, 1), 4, ConditionalNormalization(), tiny.CLASSES)
    critic = DCGANCritic("spectral", width=2, depth=2).build((16, 16, 1), Projection(), tiny.CLASSES)
    return GAN(generator, critic, classes=tiny.CLASSES, **options)


def test_frozen_weights_statistics_and_singular_vectors_keep_every_bit_and_the_others_train():
    names = values(conditional_gan().generator), values(conditional_gan().critic)
    freeze = {"generator": ["conditional_*", "conv2d_transpose*"], "critic": ["conv2d*"]}
    found = trained(conditional_gan(freeze=freeze))
    assert any("moving_mean" in name for name in names[0])
    assert any("/u" in name for name in names[1])
    assert found["critic"] == {name for name in names[1] if name.startswith("dense")}
    assert found["generator"] == found["average"] == {"dense/kernel"}
    # Without `freeze` all of them change.
    assert trained(conditional_gan())["critic"] == set(names[1])


def test_freezing_a_group_freezes_the_average_of_w():
    def network() -> keras.Model:
        return DCGANGenerator(width=2, mapping=MappingNetwork(size=4, depth=2)).build((16, 16, 1), 4)

    found = trained(GAN(network(), tiny.critic(16), freeze=Freeze(generator=["mapping"])))
    assert found["generator"] == {name for name in values(network()) if name.startswith("synthesis/")}
    found = trained(GAN(network(), tiny.critic(16), freeze=Freeze(generator=["synthesis/*"])))
    assert found["generator"] == {name for name in values(network()) if name.startswith("mapping/")}
    assert "mapping/average/average" in found["generator"]


def test_the_optimizer_has_no_state_for_frozen_weights():
    sizes = [len(tiny.gan(freeze=freeze).critic_optimizer.variables) for freeze in (Freeze(), {"critic": ["conv2d"]})]
    assert sizes[1] < sizes[0]


def test_a_frozen_layer_is_left_out_of_the_mean_over_replicas():
    gan = conditional_gan(freeze={"critic": ["conv2d"]})
    frozen = {id(weight) for weight in frozen_weights(gan.critic)}
    assert {name for name, weight in named_weights(gan.critic).items() if id(weight) in frozen} == {
        "conv2d/u",
        "conv2d/kernel",
        "conv2d/bias",
    }

    class Doubling:
        """A strategy whose mean over replicas is wrong, so that every weight that it touches changes."""

        def run(self, function):
            return function()

        def reduce(self, _, value, axis):
            return 2 * value

    before = values(gan.critic)
    average_statistics(Doubling(), [gan.critic])
    assert changed(before, values(gan.critic)) == {"conv2d_1/u", "dense/u", "dense_1/u"}


@pytest.mark.parametrize(
    ("freeze", "received"),
    [
        ({"critic": ["conv2d_7"]}, "'conv2d_7'"),
        ({"critic": ["conv2d", "dense"]}, "['conv2d', 'dense']"),
        ({"generator": ["*"]}, "['*']"),
        ({"critics": ["conv2d"]}, "{'critics': ['conv2d']}"),
        ({"critic": "conv2d"}, "'conv2d'"),
        (["conv2d"], "['conv2d']"),
    ],
)
def test_mistakes_say_what_was_received(freeze, received):
    with pytest.raises(UserError) as error:
        tiny.gan(freeze=freeze)
    assert error.value.received == received


def test_an_unknown_name_lists_the_layers():
    with pytest.raises(UserError, match="conv2d, dense"):
        tiny.gan(freeze={"critic": ["conv9"]})


def test_a_layer_that_overwrites_its_kernel_cannot_be_frozen():
    keras_2 = hasattr(keras.layers.SpectralNormalization, "normalize_weights")  # its own layer cannot be compiled
    critic = DCGANCritic("spectral", spectral_implementation="addons" if keras_2 else "keras", width=2)
    with pytest.raises(UserError) as error:
        GAN(tiny.generator(16), critic.build((16, 16, 1)), freeze={"critic": ["conv2d"]})
    assert "conv2d" in error.value.received


def test_no_pattern_gives_the_same_bits():
    results = []
    for options in ({}, {"freeze": {"critic": [], "generator": []}}):
        gan = tiny.gan(**options)
        tf.random.set_seed(0)
        gan.fit(tiny.batches(), epochs=1, verbose=0)
        results.append([weight.tobytes() for weight in tiny.weights(gan.generator) + tiny.weights(gan.critic)])
    assert results[0] == results[1]
