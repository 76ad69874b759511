import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import Dropout, features_of
from tfgan_course.models import PatchGANCritic, UNetGenerator
from tfgan_course.models.conditioning import Projection
from tfgan_course.models.receptive_field import receptive_fields
from tfgan_course.randomness import Draws, drawn_by_layers

PAPER = (256, 256, 3)


def trained(model: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_variables)


def test_the_unet_has_the_parameters_of_the_papers_at_256_pixels():
    """Encoder C64-C128-C256-C512 x 5, decoder CD512 x 3, C512-C256-C128-C64, all with 4x4 kernels (section 6.1.1).

    Encoder: 16 x (3x64 + 64x128 + 128x256 + 256x512 + 4 x 512x512) = 19,532,800, no bias.
    Decoder: 16 x (512x512 + 3 x 1024x512 + 1024x256 + 512x128 + 256x64) = 34,865,152, with doubled inputs by the skips,
    and 16 x 128 x 3 + 3 = 6,147 for the colors. C512 at 2 pixels to C512 at 16 pixels are four stages.
    BatchNorm's gains and biases: 2 x (128 + 256 + 4 x 512) in the encoder, 2 x (4 x 512 + 256 + 128 + 64) in the
    decoder: 4,864 + 4,992. The authors' code prints 54.414 M.
    """
    encoder = 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 4 * 512 * 512)
    decoder = 16 * (512 * 512 + 3 * 1024 * 512 + 1024 * 256 + 512 * 128 + 256 * 64) + 16 * 128 * 3 + 3
    batch_normalization = 2 * (128 + 256 + 4 * 512) + 2 * (4 * 512 + 256 + 128 + 64)
    generator = UNetGenerator().build(PAPER, 0, condition_shape=PAPER)
    assert trained(generator) == encoder + decoder + batch_normalization == 54_413_955
    sizes = [feature.shape[1] for feature in features_of(generator).values()]
    assert sizes == [128, 64, 32, 16, 8, 4, 2, 1]


def test_the_critic_has_the_parameters_of_the_papers_with_a_field_of_70():
    """C64-C128-C256-C512 and a convolution to one channel, on 6 channels: condition and image (section 6.1.2).

    6 x 64 x 16 + 64, 16 x (64x128 + 128x256 + 256x512), BatchNorm 2 x (128 + 256 + 512), 16 x 512 + 1. The authors'
    code prints 2.769 M.
    """
    critic = PatchGANCritic(takes_condition=True).build(PAPER, condition_shape=PAPER)
    kernels = 6 * 64 * 16 + 64 + 16 * (64 * 128 + 128 * 256 + 256 * 512) + 16 * 512 + 1
    assert trained(critic) == kernels + 2 * (128 + 256 + 512) == 2_768_705


@pytest.mark.parametrize(
    ("asked", "size", "field"), [(16, 256, 16), (70, 256, 70), ("full", 256, 286), ("full", 28, 34)]
)
def test_a_score_judges_a_patch_of_the_size_asked_for(asked, size, field):
    critic = PatchGANCritic(width=2, receptive_field=asked).build((size, size, 3))
    assert receptive_fields(critic)[-1].size == (field, field)


def test_pixels_outside_the_patch_do_not_change_its_score():
    critic = PatchGANCritic("none", width=2, receptive_field=16).build((32, 32, 1))
    # Gradients by the first weights, N(0, 0.02), would be hard to tell from 0.
    critic.set_weights([10 * weight for weight in critic.get_weights()])
    image = tf.random.stateless_uniform((1, 32, 32, 1), (0, 0), -1, 1)
    with tf.GradientTape() as tape:
        tape.watch(image)
        score = critic(image)["score"][0, 8, 8, 0]
    rows = np.flatnonzero(np.abs(tape.gradient(score, image)[0, :, :, 0]).sum(1))
    assert (rows.min(), rows.max()) == (11, 26)
    assert critic(image)["score"].shape == (1, 16, 16, 1)


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 3), (45, 45, 1), (72, 40, 3)])
def test_makes_images_of_any_size(shape):
    condition_shape = (*shape[:2], 2)
    generator = UNetGenerator(width=2).build(shape, 0, condition_shape=condition_shape)
    images = generator(tf.random.stateless_uniform((2, *condition_shape), (0, 0), -1, 1))
    assert images.shape == (2, *shape)
    assert [*features_of(generator).values()][-1].shape[1] == 1 or shape[0] != shape[1]
    assert np.abs(images).max() <= 1


def test_skips_keep_each_pixel_in_its_place():
    """A U-Net of depth 1 is one convolution and its transpose, so no pixel acts on pixels far from it."""
    generator = UNetGenerator(width=2, depth=2).build((13, 13, 1), 0, condition_shape=(13, 13, 1))
    generator.set_weights([20 * weight for weight in generator.get_weights()])
    condition = tf.random.stateless_uniform((1, 13, 13, 1), (0, 0), -1, 1)
    with tf.GradientTape() as tape:
        tape.watch(condition)
        pixel = generator(condition)[0, 12, 12, 0]
    rows = np.flatnonzero(np.abs(tape.gradient(pixel, condition)[0, :, :, 0]).sum(1))
    assert rows.min() >= 12 - 10
    assert rows.max() == 12


def images_of(generator: keras.Model, step: int) -> np.ndarray:
    condition = tf.random.stateless_uniform((2, 32, 32, 1), (0, 0), -1, 1)
    with drawn_by_layers(Draws(0, tf.constant(step, tf.int64), "sample")):
        return generator(condition, training=False).numpy()


@pytest.mark.parametrize("sampling_dropout", [False, True])
def test_dropout_in_three_stages_is_noise_of_sampling_only_where_asked_for(sampling_dropout):
    network = UNetGenerator(width=2, sampling_dropout=sampling_dropout)
    generator = network.build((32, 32, 1), 0, condition_shape=(32, 32, 1))
    generator.set_weights([5 * weight for weight in generator.get_weights()])
    places = [layer.output.shape[1] for layer in generator.layers if isinstance(layer, Dropout)]
    assert places == [2, 4, 8]
    np.testing.assert_array_equal(images_of(generator, 0), images_of(generator, 0))
    assert (images_of(generator, 0) != images_of(generator, 1)).any() == sampling_dropout


@pytest.mark.parametrize(
    ("mistake", "received"),
    [
        (lambda: UNetGenerator(width=2).build((8, 8, 1), 0, condition_shape=(4, 4, 1)), "4 x 4"),
        (lambda: UNetGenerator(width=2, depth=4).build((8, 8, 1), 0, condition_shape=(8, 8, 1)), "4"),
        (lambda: PatchGANCritic(width=2).build((16, 16, 1), Projection(), 3), "Projection"),
    ],
)
def test_refuses_what_cannot_be_built(mistake, received):
    with pytest.raises(UserError) as error:
        mistake()
    assert received in str(error.value.received)
