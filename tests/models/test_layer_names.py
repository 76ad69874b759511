"""Layers and weights have the same names whatever else the process has built."""

from tensorflow import keras

from tfgan_course.models import DCGANCritic, DCGANGenerator
from tfgan_course.models.conditioning import ConditionalNormalization, Projection
from tfgan_course.models.layer_names import named_layers, named_weights, names_of
from tfgan_course.models.mapping import MappingNetwork
from tfgan_course.models.receptive_field import receptive_fields


def critic(normalization: str = "spectral") -> keras.Model:
    return DCGANCritic(normalization, width=2).build((16, 16, 1), Projection(), 3)


def test_names_do_not_depend_on_networks_built_before():
    first, second = critic(), critic()
    assert first.layers[1].name != second.layers[1].name
    assert [*named_weights(first)] == [*named_weights(second)]
    # The projection's dense layer was made first. A wrapper has the name of the layer inside.
    assert [*named_layers(first)] == ["conv2d", "conv2d_1", "dense", "dense_1"]
    assert {name for name in named_weights(first) if name.startswith("conv2d/")} == {
        "conv2d/u",
        "conv2d/kernel",
        "conv2d/bias",
    }


def test_layers_without_weights_have_names_too_and_receptive_fields_the_same():
    first, second = critic(), critic()
    names = names_of(first.layers)
    assert names == names_of(second.layers)
    assert len({*names}) == len(names)
    weighted = [name for name, layer in zip(names, first.layers, strict=True) if layer.weights]
    assert weighted == [name for name in named_layers(first) if "/" not in name]
    seen = [[field.layer for field in receptive_fields(network)] for network in (first, second)]
    assert seen[0] == seen[1]
    assert {*seen[0]} < {*names}


def test_every_weight_has_one_name():
    networks = [
        critic(),
        DCGANGenerator(width=2).build((16, 16, 1), 4, ConditionalNormalization(), 3),
        DCGANGenerator(width=2, style="adain", mapping=MappingNetwork(size=4, depth=2)).build((16, 16, 1), 4),
    ]
    for network in networks:
        for from_end in (False, True):
            named = named_weights(network, from_end)
            assert sorted(map(id, named.values())) == sorted(map(id, network.weights))
    assert "conditional_batch_normalization_1/batch_normalization/moving_mean" in named_weights(networks[1])
    assert "mapping/average/average" in named_weights(networks[2])


def test_layers_numbered_from_the_end():
    small, large = (DCGANGenerator(width=2).build((size, size, 1), 4) for size in (16, 32))
    ends = [{name: weight.shape for name, weight in named_weights(one, True).items()} for one in (small, large)]
    assert all(ends[0][f"conv2d_transpose_{place}/kernel"] == ends[1][f"conv2d_transpose_{place}/kernel"]
               for place in (-1, -2))  # fmt: skip


def test_a_name_that_a_user_chose_stays():
    layers = [keras.layers.Dense(2, name="conv_2"), keras.layers.Dense(2, name="head"), keras.layers.Dense(1)]
    assert [*named_layers(keras.Sequential([keras.Input((3,)), *layers]))] == ["conv_2", "head", "dense"]
