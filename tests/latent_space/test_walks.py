import numpy as np
import pytest

from tests import tiny
from tests.latent_space.networks import Z, numbers, style_generator, w_space, z_space
from tfgan_course.errors import UserError
from tfgan_course.figures.grids import to_uint8
from tfgan_course.gan.latents import Normal, Spherical, Uniform
from tfgan_course.latent_space import ZSpace, blending, images_between, walk
from tfgan_course.models import DCGANGenerator, MappingNetwork
from tfgan_course.models.conditioning import ConcatenatedEmbedding, ConditionalNormalization, FirstOneHot


def test_a_straight_walk_is_that_of_numpy():
    start, end = numbers(2, 4)
    found = walk(np.stack([start, end]), 11)
    np.testing.assert_allclose(found, np.linspace(start, end, 11), rtol=1e-5, atol=1e-6)
    assert (found[0] == start).all()
    assert (found[-1] == end).all()


def test_a_walk_on_the_sphere_takes_equal_angles():
    stops = numbers(2, 6)
    stops *= 3 / np.linalg.norm(stops, axis=1, keepdims=True)
    found = walk(stops, 7, "slerp")
    angle = np.arccos(stops[0] @ stops[1] / 9)
    share = np.linspace(0, 1, 7)[:, None]
    expected = (np.sin((1 - share) * angle) * stops[0] + np.sin(share * angle) * stops[1]) / np.sin(angle)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert (found[[0, -1]] == stops).all()


@pytest.mark.parametrize("path", ["lerp", "slerp"])
def test_every_stop_is_a_frame_and_the_legs_are_alike(path):
    stops = numbers(4, 5)
    found = walk(stops, 100, path)
    at = [int(np.flatnonzero((found == stop).all(axis=1))[0]) for stop in stops]
    assert at == [0, 33, 66, 99]
    assert len(found) == 100


def test_a_loop_ends_a_step_before_its_beginning():
    stops = numbers(3, 5)
    found = walk(stops, 30, loop=True)
    assert [int(np.flatnonzero((found == stop).all(axis=1))[0]) for stop in stops] == [0, 10, 20]
    np.testing.assert_allclose(found[-1] + (stops[0] - stops[2]) / 10, stops[0], atol=1e-5)


@pytest.mark.parametrize(("stops", "frames"), [(2, 1), (1, 5), (3, 2), (2, 0), (2, -1)])
def test_too_few_frames_or_stops_are_refused(stops, frames):
    with pytest.raises(UserError):
        walk(numbers(stops, 3), frames)


@pytest.mark.parametrize("space", [z_space, w_space], ids=["z", "w"])
def test_stops_are_exactly_what_is_drawn_of_them_alone(space):
    space = space()
    stops = numbers(3, space.latent_size)
    images = list(images_between(space, stops, 21, batch_size=8))
    for frame, stop in ((0, 0), (10, 1), (20, 2)):
        np.testing.assert_array_equal(images[frame], space.drawn(space.points(stops[stop : stop + 1]))[0])


def test_in_w_both_ends_are_mapped_and_the_mapping_is_bypassed_between():
    space = w_space()
    stops = numbers(2, Z)
    images = list(images_between(space, stops, 5))
    w = space.style.mapping(stops).numpy()
    middle = space.style.synthesis(np.tile(w.mean(axis=0), (1, 3, 1))).numpy()
    assert np.abs(np.int32(images[2]) - to_uint8(middle)[0]).max() <= 1
    # Which is another image than that of the middle of the latents.
    in_z = list(images_between(ZSpace(style_generator()), stops, 5))
    assert (in_z[0] == images[0]).all()
    assert (in_z[2] != images[2]).any()


def test_the_sphere_is_left_out_where_latents_fill_a_cube_or_w():
    assert [ZSpace(tiny.generator(), of).straight for of in (Normal(), Spherical(), Uniform())] == [False, False, True]
    assert w_space().straight


CONDITIONED = {
    "one-hot": lambda: tiny.conditional_gan().generator,
    "embedding": lambda: tiny.conditional_gan(ConcatenatedEmbedding(4)).generator,
    "first one-hot": lambda: tiny.conditional_gan(FirstOneHot()).generator,
    "mapping": lambda: tiny.conditional_gan(mapping=MappingNetwork(depth=1, size=6)).generator,
    "normalization": lambda: DCGANGenerator(width=2).build((28, 28, 1), 4, ConditionalNormalization(), tiny.CLASSES),
}


@pytest.mark.parametrize("generator", CONDITIONED.values(), ids=CONDITIONED)
def test_a_share_of_one_is_the_label_and_half_shares_lie_between(generator):
    generator = generator()
    generator.set_weights([weight + 0.1 * numbers(1, weight.size).reshape(weight.shape) if weight.ndim < 3 else
                           5 * weight for weight in generator.get_weights()])  # fmt: skip
    blended = blending(generator, tiny.CLASSES)
    z, labels = numbers(3, 4), np.array([0, 1, 2])
    expected = generator([z, labels], training=False).numpy()
    np.testing.assert_allclose(blended([z, np.eye(3)[labels]], training=False), expected, atol=1e-5)
    shares = np.array([[0.5, 0.5, 0.0]], np.float32)
    half = blended([z[:1], shares], training=False).numpy()
    for label in (0, 1):
        assert np.abs(half - generator([z[:1], np.array([label])], training=False)).max() > 1e-5


def test_a_walk_from_class_to_class_begins_and_ends_with_them():
    gan = tiny.conditional_gan()
    space = ZSpace(gan.generator, classes=tiny.CLASSES)
    z = np.repeat(numbers(1, 4), 2, axis=0)
    images = list(images_between(space, z, 9, labels=np.array([0, 2]), batch_size=4))
    assert len(images) == 9
    for frame, label in ((0, 0), (-1, 2)):
        expected = to_uint8(gan.generator([z[:1], np.array([label])], training=False).numpy())[0]
        np.testing.assert_array_equal(images[frame], expected)
