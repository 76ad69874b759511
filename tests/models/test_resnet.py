from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.gan.checks import all_layers
from tfgan_course.layers import GatedSum, SpectralNormalization
from tfgan_course.models import ResNetCritic, ResNetGenerator


def convolution(before: int, after: int, kernel: int = 3) -> int:
    return kernel * kernel * before * after + after


def generator_parameters(start: int, widths: list[int], latents: int) -> int:
    """Of the paper's tables: dense, a block for each further width, BatchNorm (4 numbers a channel), convolution."""
    count = latents * start**2 * widths[0] + start**2 * widths[0]
    for before, after in pairwise(widths):
        count += convolution(before, after) + convolution(after, after) + convolution(before, after, 1)
        count += 4 * before + 4 * after
    return count + 4 * widths[-1] + convolution(widths[-1], 3)


def critic_parameters(widths: list[int], halving: int) -> int:
    """The first block from 3 channels, wide inside; the others as wide inside as before; a shortcut where needed."""
    count = convolution(3, widths[0]) + convolution(widths[0], widths[0]) + convolution(3, widths[0], 1)
    for block, (before, after) in enumerate(pairwise(widths), 2):
        count += convolution(before, before) + convolution(before, after)
        count += convolution(before, after, 1) if block <= halving or before != after else 0
    return count + widths[-1] + 1


def test_cifars_networks_have_the_parameters_of_table_4():
    # z to 4x4x256, three blocks of 256; four blocks of 128, the first two of which halve.
    generator = ResNetGenerator().build((32, 32, 3), 128)
    assert generator.count_params() == generator_parameters(4, [256] * 4, 128)
    critic = ResNetCritic(normalization="none").build((32, 32, 3))
    assert critic.count_params() == critic_parameters([128] * 4, halving=2)


def test_wider_networks_have_the_parameters_of_tables_5_and_6():
    # An eighth of the widths, same shape.
    generator = ResNetGenerator(widths=[64, 32, 16, 8]).build((48, 48, 3), 16)
    assert generator.count_params() == generator_parameters(6, [64, 32, 16, 8], 16)
    widths = [8, 16, 32, 64, 128]
    critic = ResNetCritic(widths=widths, depth=4, normalization="none").build((48, 48, 3))
    assert critic.count_params() == critic_parameters(widths, halving=4)
    sizes = [critic.output["features"][f"block{block}"].shape[1] for block in range(1, 6)]
    assert sizes == [24, 12, 6, 3, 3]
    widths = [8, 16, 32, 64, 128, 128]
    critic = ResNetCritic(widths=widths, depth=5, normalization="none").build((128, 128, 3))
    assert critic.count_params() == critic_parameters(widths, halving=5)


@pytest.mark.parametrize(("size", "channels", "attention"), [(28, 1, 14), (45, 3, None), (128, 1, 32)])
def test_sizes_and_attention(size, channels, attention):
    up = {14: 16}.get(attention, attention)  # 28 is made from 32
    generator = ResNetGenerator(width=4, attention=up, spectral=size == 28).build((size, size, channels), 7)
    images = generator(tf.random.stateless_normal((2, 7), seed=(0, 0)))
    assert images.shape == (2, size, size, channels)
    assert np.abs(images).max() <= 1
    normalization = "spectral" if size == 28 else "none"
    critic = ResNetCritic(width=4, attention=attention, normalization=normalization).build((size, size, channels))
    assert critic(images)["score"].shape == (2, 1)
    for model, place in ((generator, up), (critic, attention)):
        gates = [layer for layer in model.layers if isinstance(layer, GatedSum)]
        assert [gate.output.shape[1] for gate in gates] == ([place] if place else [])


def test_spectral_wraps_every_kernel_of_both():
    generator = ResNetGenerator(width=8, attention=16, spectral=True).build((32, 32, 3), 7)
    critic = ResNetCritic(width=8, attention=16).build((32, 32, 3))
    for model in (generator, critic):
        inside = [layer.layer for layer in model.layers if isinstance(layer, SpectralNormalization)]
        kernels = [layer for layer in all_layers(model) if isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense))]
        assert {id(layer) for layer in kernels} == {id(layer) for layer in inside}
        # Blocks' convolutions and shortcuts, the attention's four, the dense and, in the generator, the last one.
        assert len(inside) == 3 * 3 + 4 + 2 if model is generator else 3 * 2 + 2 * 2 + 4 + 1


def test_the_score_of_the_plain_critic_is_a_sum_over_places():
    """Repeating a picture in all directions repeats what is summed: four times the score, but for the borders."""
    critic = ResNetCritic(width=8, normalization="none", depth=1, widths=[8, 8])
    small, large = critic.build((8, 8, 3)), critic.build((64, 64, 3))
    large.set_weights(small.get_weights())
    constant = [tf.fill([1, size, size, 3], 0.5) for size in (8, 64)]
    scores = [
        float(model(image)["features"]["sum"][0, 0]) for model, image in zip((small, large), constant, strict=True)
    ]
    means = [score / places for score, places in zip(scores, (4 * 4, 32 * 32), strict=True)]
    assert 0.5 < means[0] / means[1] < 2


def test_residual_branches_add_to_their_shortcuts():
    """With the branches' last kernels at 0 a block is its shortcut: here all four leave 2x2 means of the image."""
    critic = ResNetCritic(widths=[3, 3], depth=1, normalization="none").build((8, 8, 3))
    weights = [np.zeros_like(weight) for weight in critic.get_weights()]
    shortcut = next(i for i, weight in enumerate(weights) if weight.shape[:2] == (1, 1))
    weights[shortcut][0, 0] = np.eye(3)
    critic.set_weights(weights)
    images = np.random.default_rng(0).uniform(-1, 1, (2, 8, 8, 3)).astype(np.float32)
    features = critic(images)["features"]
    means = images.reshape(2, 4, 2, 4, 2, 3).mean((2, 4))
    np.testing.assert_allclose(features["block1"], means, atol=1e-6)
    np.testing.assert_allclose(features["block2"], means, atol=1e-6)
    np.testing.assert_allclose(features["sum"], np.maximum(means, 0).sum((1, 2)), atol=1e-5)


@pytest.mark.parametrize(
    ("mistake", "expected", "received"),
    [
        (lambda: ResNetGenerator(attention=12).build((32, 32, 3), 7), "[8, 16, 32]", "12"),
        (lambda: ResNetCritic(attention=32).build((32, 32, 3)), "[16, 8, 8, 8]", "32"),
        (lambda: ResNetGenerator(widths=[]), "widths", "[]"),
        (lambda: ResNetGenerator(widths=[8]).build((32, 32, 3), 7), "one block", "[8]"),
        (lambda: ResNetGenerator(widths=[8] * 9).build((32, 32, 3), 7), "depth of 1 to 3", "8"),
        (lambda: ResNetCritic(widths=[8, 0]), "widths", "[8, 0]"),
        (lambda: ResNetCritic(widths=[8], depth=2).build((32, 32, 3)), "2 blocks", "[8]"),
        (lambda: ResNetCritic(depth=9).build((32, 32, 3)), "depth of 1 to 4", "9"),
        (lambda: ResNetCritic(width=0), "width", "0"),
    ],
)
def test_refuses_what_cannot_be_built(mistake, expected, received):
    with pytest.raises(UserError) as error:
        mistake()
    assert expected in error.value.expected
    assert received in error.value.received
