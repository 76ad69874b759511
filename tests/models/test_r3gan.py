import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.errors import UserError
from tfgan_course.models import R3GANCritic, R3GANGenerator
from tfgan_course.models.conditioning import ConcatenatedEmbedding, Projection
from tfgan_course.objectives.terms import R1, R2

NARROW = {"width": 8, "widest": 16}


def block(width: int, expansion: int = 2, group_size: int = 16) -> int:
    """1x1 to `inside` channels with a bias, 3x3 in groups with a bias, 1x1 back without."""
    inside = expansion * width
    return width * inside + inside + 9 * group_size * inside + inside + inside * width


def test_cifars_networks_have_the_parameters_of_the_paper():
    """Width 768 in four stages of two blocks, z of 64 beside an embedding of 64, a projection of 768, ten classes.

    A block: 768 x 1536 + 1536, 9 x 16 x 1536 + 1536, 1536 x 768: 2,583,552; eight are 20,668,416.
    G: + 128 x 768 (linear) + 16 x 768 (the map) + 768 x 3 (colors) + 10 x 64 (embedding).
    D: + 3 x 768 (colors) + 16 x 768 (depthwise) + 768 x 768 (linear) + 10 x 768 (embedding).
    """
    assert block(768) == 2_583_552
    wide = {"width": 768, "widest": 768}
    generator = R3GANGenerator(**wide).build((32, 32, 3), 64, ConcatenatedEmbedding(64, 0.316), 10)
    assert generator.count_params() == 8 * 2_583_552 + 98_304 + 12_288 + 2_304 + 640 == 20_781_952
    critic = R3GANCritic(**wide).build((32, 32, 3), Projection(768), 10)
    assert critic.count_params() == 8 * 2_583_552 + 2_304 + 12_288 + 589_824 + 7_680 == 21_280_512


def test_a_pyramid_has_a_convolution_where_its_width_changes():
    # Widths 16, 16, 8 at 4, 8, 16 pixels; one block a stage.
    generator = R3GANGenerator(blocks=1, **NARROW).build((16, 16, 1), 5)
    blocks = 2 * block(16) + block(8)
    assert generator.count_params() == blocks + 16 * 8 + 5 * 16 + 16 * 16 + 8 * 1
    critic = R3GANCritic(blocks=1, **NARROW).build((16, 16, 1))
    assert critic.count_params() == blocks + 8 * 16 + 1 * 8 + 16 * 16 + 16


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 28, 45, 64])
def test_makes_and_judges_images_of_any_size(size, channels):
    generator = R3GANGenerator(blocks=1, **NARROW).build((size, size, channels), 7)
    images = generator(tf.random.stateless_normal((2, 7), seed=(0, 0)))
    assert images.shape == (2, size, size, channels)
    output = R3GANCritic(blocks=1, **NARROW).build((size, size, channels))(images)
    assert output["score"].shape == (2, 1)
    assert [name for name in output["features"] if name.startswith("stage")][
        -1
    ] == f"stage{len(output['features']) - 1}"


def numpy_block(x, kernels):
    """One block at one place: matrices and the middle of the 3x3 kernel, since its neighbours are zeros."""
    first, first_bias, grouped, grouped_bias, last = kernels
    leaky = lambda y: np.where(y > 0, y, 0.2 * y)  # noqa: E731
    y = leaky(x @ first[0, 0] + first_bias)
    groups = grouped.shape[3] // grouped.shape[2]
    middle = np.concatenate(
        [a @ b for a, b in zip(np.split(y, groups, -1), np.split(grouped[1, 1], groups, -1), strict=True)], -1
    )
    return x + leaky(middle + grouped_bias) @ last[0, 0]


def test_a_block_is_the_papers_formula():
    x = keras.Input((1, 1, 8))
    network = R3GANGenerator(blocks=1, group_size=4, **NARROW)

    def convolution(layer, channels, kernel_size, gain, **options):
        return layer(channels, kernel_size, **{"use_bias": False, **options})

    model = keras.Model(x, network.stage(x, 1, convolution))
    rng = np.random.default_rng(0)
    kernels = [rng.normal(size=weight.shape) for weight in model.get_weights()]
    model.set_weights(kernels)
    points = rng.normal(size=(3, 1, 1, 8)).astype(np.float32)
    np.testing.assert_allclose(model(points), numpy_block(points, kernels), rtol=1e-4, atol=1e-4)


def test_the_critic_ends_in_a_weighted_sum_of_places():
    critic = R3GANCritic(blocks=1, **NARROW).build((8, 8, 1))
    images = np.random.default_rng(0).normal(size=(3, 8, 8, 1)).astype(np.float32)
    output = critic(images)
    *_, depthwise, dense = critic.get_weights()
    maps = output["features"]["stage2"].numpy()
    by_hand = np.einsum("nhwc,hwc,co->no", maps, depthwise[:, :, 0], dense)
    np.testing.assert_allclose(output["score"], by_hand, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("architecture", [R3GANGenerator, R3GANCritic])
def test_weights_begin_as_in_fixup(architecture):
    network = architecture(width=64, widest=64)
    model = network.build((16, 16, 3), 32) if architecture is R3GANGenerator else network.build((16, 16, 3))
    gain = np.sqrt(2 / 1.04) * 6**-0.25  # three stages of two blocks
    inside = {(1, 1, 64, 128): gain / np.sqrt(64), (3, 3, 16, 128): gain / np.sqrt(144), (1, 1, 128, 64): 0.0}
    others = {
        (32, 64): 1 / np.sqrt(32),
        (4, 4, 64): 1.0,
        (1, 1, 64, 3): 1 / 8,
        (1, 1, 3, 64): 1 / np.sqrt(3),
        (4, 4, 1, 64): 1 / 4,
        (64, 1): 1 / 8,
    }
    for weight in model.get_weights():
        if weight.ndim == 1:
            assert not weight.any()
        else:
            deviation = {**inside, **others}[weight.shape]
            assert abs(weight.std() - deviation) <= 5 * deviation / np.sqrt(2 * weight.size)
            assert abs(weight.mean()) <= 5 * deviation / np.sqrt(weight.size)


def test_at_first_the_blocks_pass_their_input_on():
    """So at first the generator is the learned map, scaled by the latents and enlarged: linear in the latents."""
    generator = R3GANGenerator(**NARROW).build((16, 16, 1), 7)
    latents = tf.random.stateless_normal((2, 7), (0, 0))
    np.testing.assert_allclose(generator(3.0 * latents), 3.0 * generator(latents), rtol=1e-4, atol=1e-5)


def test_the_projection_of_a_size_has_no_part_without_the_class():
    critic = R3GANCritic(blocks=1, **NARROW).build((8, 8, 1), Projection(5), 3)
    images = tf.random.stateless_normal((2, 8, 8, 1), (0, 0))
    maps = critic([images, tf.constant([0, 2])])["features"]["stage2"].numpy()
    depthwise, embedding = (
        next(w for w in critic.get_weights() if w.shape == shape) for shape in [(4, 4, 1, 16), (3, 5)]
    )
    matrix = next(w for w in critic.get_weights() if w.shape == (16, 5))
    h = np.einsum("nhwc,hwc->nc", maps, depthwise[:, :, 0])
    by_hand = np.einsum("nk,nk->n", h @ matrix, embedding[[0, 2]]) / np.sqrt(5)
    np.testing.assert_allclose(critic([images, tf.constant([0, 2])])["score"][:, 0], by_hand, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_step_of_its_game_moves_every_weight_that_it_can(policy):
    keras.mixed_precision.set_global_policy(policy)
    keras.utils.set_random_seed(0)
    generator = R3GANGenerator(blocks=1, **NARROW).build((8, 8, 1), 4, ConcatenatedEmbedding(4, 0.5), 3)
    critic = R3GANCritic(blocks=1, **NARROW).build((8, 8, 1), Projection(8), 3)
    for network in (generator, critic):  # behind kernels of 0 nothing would move
        network.set_weights([w if w.any() else w + 0.1 for w in network.get_weights()])
    gan = GAN(generator, critic, classes=3, loss="RelativisticPaired", critic_terms=[R1(0.05), R2(0.05)])
    before = [weight.numpy() for weight in [*generator.trainable_variables, *critic.trainable_variables]]
    logs = gan.train_step((tf.constant(tiny.images(8)), tf.constant(tiny.labels(8))))
    assert np.isfinite([float(value) for value in logs.values()]).all()
    after = [*generator.trainable_variables, *critic.trainable_variables]
    for old, new in zip(before, after, strict=True):
        assert (old != new.numpy()).any(), new.name


@pytest.mark.parametrize(
    ("mistake", "expected", "received"),
    [
        (lambda: R3GANGenerator(width=12).build((32, 32, 1), 7), "group_size", "24"),
        (lambda: R3GANCritic(widest=20).build((32, 32, 1)), "group_size", "40"),
        (lambda: R3GANCritic(blocks=0), "blocks", "0"),
        (lambda: R3GANGenerator(group_size=0), "group_size", "0"),
    ],
)
def test_refuses_what_cannot_be_built(mistake, expected, received):
    with pytest.raises(UserError) as error:
        mistake()
    assert expected in error.value.expected
    assert received in error.value.received
