"""Networks for images that are not square."""

import numpy as np
import pytest
from tensorflow import keras

from tfgan_course.config.parser import from_python
from tfgan_course.errors import UserError
from tfgan_course.layers import ConstantInput
from tfgan_course.models import (
    CUTGenerator,
    DCGANCritic,
    DCGANGenerator,
    IE534Critic,
    IE534Generator,
    PatchGANCritic,
    ProGANCritic,
    ProGANGenerator,
    R3GANCritic,
    R3GANGenerator,
    ResNetCritic,
    ResNetGenerator,
    SimpleCritic,
    SimpleGenerator,
    SRGANCritic,
    SRResNetGenerator,
    StyleGAN2Critic,
    StyleGAN2Generator,
    StyleGANGenerator,
    UNetGenerator,
)
from tfgan_course.models.classifier import FastClassifier

GENERATORS = [
    SimpleGenerator(width=4),
    DCGANGenerator(width=2),
    ResNetGenerator(width=4),
    R3GANGenerator(width=4, widest=4, blocks=1),
    IE534Generator(width=4),
    StyleGANGenerator(width=2, widest=4),
    StyleGAN2Generator(width=2, widest=4),
]
CRITICS = [
    SimpleCritic(width=4),
    DCGANCritic(width=2),
    ResNetCritic(width=4),
    R3GANCritic(width=4, widest=4, blocks=1),
    IE534Critic(width=4),
    StyleGAN2Critic(width=2, widest=4),
    FastClassifier(width=2),
    PatchGANCritic(width=2),
    SRGANCritic(width=2),
]
TRANSLATORS = [UNetGenerator(width=2), CUTGenerator(width=2, blocks=1), SRResNetGenerator(width=4, blocks=1)]
named = {"ids": lambda value: type(value).__name__ if not isinstance(value, tuple) else "x".join(map(str, value))}


@pytest.mark.parametrize("size", [(48, 64), (40, 32)], **named)
@pytest.mark.parametrize("network", GENERATORS, **named)
def test_generators_make_images_that_are_not_square(network, size):
    network.check_image_size(*size)
    model = network.build((*size, 3), 5)
    assert model(np.ones((2, 5), np.float32)).shape == (2, *size, 3)


@pytest.mark.parametrize("size", [(48, 64), (40, 32)], **named)
@pytest.mark.parametrize("network", CRITICS, **named)
def test_critics_see_every_pixel_of_images_that_are_not_square(network, size):
    network.check_image_size(*size)
    model = network.build((*size, 1))
    images = np.random.default_rng(0).uniform(-1, 1, (3, *size, 1)).astype(np.float32)
    images[1], images[2] = images[0], images[0]
    images[1, -8:] = 0.5  # the last rows
    images[2, :, -8:] = 0.5  # the last columns
    score = model(images, training=False)["score"].numpy().reshape(3, -1)
    assert len(np.unique(score.sum(axis=1))) == 3


@pytest.mark.parametrize("network", TRANSLATORS, **named)
def test_networks_from_image_to_image_keep_the_proportions(network):
    model = network.build((28, 44, 3), 5, condition_shape=(28, 44, 1))
    assert model(np.ones((1, 28, 44, 1), np.float32)).shape == (1, 28, 44, 3)


def test_super_resolution_doubles_both_sides():
    model = SRResNetGenerator(width=4, blocks=1).build((28, 44, 3), 5, condition_shape=(14, 22, 3))
    assert model(np.ones((1, 14, 22, 3), np.float32)).shape == (1, 28, 44, 3)


def test_the_first_maps_have_the_proportions_of_the_image():
    dense = next(layer for layer in DCGANGenerator(width=2).build((48, 64, 3), 5).layers if "dense" in layer.name)
    assert dense.kernel.shape[-1] == 6 * 8 * 8  # three doublings, 2 x 4 channels
    constants = [
        layer
        for model in StyleGANGenerator(width=2, widest=4).build((48, 64, 3), 5).layers
        if model.name == "synthesis"
        for layer in model.layers
        if isinstance(layer, ConstantInput)
    ]
    assert [tuple(layer.picture.shape[:2]) for layer in constants] == [(3, 4)]


@pytest.mark.parametrize("size", [4, (3, 4)])
def test_a_constant_input_survives_its_description(size):
    layer = ConstantInput(size, 2)
    again = ConstantInput.from_config(layer.get_config())
    assert layer(np.ones((2, 7))).shape == again(np.ones((2, 7))).shape
    assert keras.Input((7,)).shape == (None, 7)


@pytest.mark.parametrize("attention", [12, 24])
def test_attention_is_placed_by_the_shorter_side(attention):
    for network in (ResNetGenerator(width=8, attention=attention), ResNetCritic(width=8, attention=attention)):
        network.check_image_size(48, 64)
    wrong = ResNetGenerator(width=8, attention=16)
    with pytest.raises(UserError, match="12"):
        wrong.check_image_size(48, 64)


@pytest.mark.parametrize("network", [StyleGAN2Generator(), StyleGAN2Critic()], **named)
@pytest.mark.parametrize("size", [(50, 70), (36, 48), (28, 30), (33, 200)], **named)
def test_a_style_network_names_a_size_that_it_can(network, size):
    with pytest.raises(UserError) as error:
        network.check_image_size(*size)
    advised = next(word for word in error.value.remedy.replace(",", " ").split() if "x" in word and word[0].isdigit())
    network.check_image_size(*map(int, advised.split("x")))


@pytest.mark.parametrize("network", [ProGANGenerator(), ProGANCritic()], **named)
def test_growing_networks_refuse_images_that_are_not_square(network):
    with pytest.raises(UserError) as error:
        network.check_image_size(48, 64)
    assert "48" in error.value.received
    assert "square" in error.value.expected


@pytest.mark.parametrize(
    "options",
    [
        {"variant": "progan", "data": {"size": "48x64"}},
        {"variant": "stylegan2", "data": {"size": "50x70"}},
        {"variant": "cut", "data": {"size": "30x32"}},
        {"variant": "dcgan", "generator": {"depth": 4}, "data": {"size": "28x64"}},
        {"variant": "dcgan", "augmentations": ["AdaptiveAugment"], "data": {"size": "28x40"}},
    ],
    ids=["progan", "stylegan2", "cut", "dcgan", "rotation"],
)
def test_a_network_that_cannot_says_so_before_images_are_read(options):
    data = {**options.pop("data"), "folder": "a folder that does not exist"}
    with pytest.raises(UserError) as error:
        from_python(options.pop("variant"), data=data, **options).make()
    assert "folder" not in str(error.value)
