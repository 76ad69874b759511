"""All operations on points except walks: mixing, truncation, directions, path length, projection."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from scipy import stats

from tests import tiny
from tests.latent_space.networks import Styled, W, Z, linear_generator, numbers, style_generator, w_space, z_space
from tfgan_course.errors import UserError
from tfgan_course.figures.grids import to_uint8
from tfgan_course.gan.latents import Uniform
from tfgan_course.gan.sampling import numbers_of_seeds, sample
from tfgan_course.latent_space import (
    WSpace,
    ZSpace,
    directions,
    first_weights,
    mixed,
    path_length,
    project,
    read_pictures,
    slid,
    spread,
    truncations,
)
from tfgan_course.models import MappingNetwork, StyleGAN2Generator, StyleGANGenerator
from tfgan_course.models.conditioning import ConcatenatedOneHot, FirstOneHot


def flat(images: tf.Tensor) -> tf.Tensor:
    return tf.reshape(images, [tf.shape(images)[0], -1])


def test_mixing_gives_some_layers_the_other_w():
    space = w_space(4)
    coarse, fine = (space.points(numbers(count, Z, count)) for count in (2, 3))
    images = mixed(space, coarse, fine)
    assert images.shape == (2, 3, 8, 8, 1)
    ws = np.stack([coarse[1], coarse[1], fine[2], fine[2]])[np.newaxis]
    expected = to_uint8(space.style.synthesis(ws).numpy())[0]
    assert np.abs(np.int32(images[1, 2]) - expected).max() <= 1
    every = mixed(space, coarse, fine, range(4))
    assert np.abs(np.int32(every[1]) - space.drawn(fine)).max() <= 1


@pytest.mark.parametrize("space", [z_space, lambda: w_space(1)], ids=["no w", "one w"])
def test_where_there_is_nothing_to_mix_it_says_so(space):
    space = space()
    point = space.points(numbers(1, space.latent_size))
    with pytest.raises(UserError):
        mixed(space, point, point)


def test_truncation_of_zero_is_the_averages_image_and_of_one_the_sample():
    space = w_space()
    images = truncations(space, [0, 1], [0, 1, -1])
    average = np.linspace(-1, 1, W, dtype=np.float32)
    expected = to_uint8(space.style.synthesis(np.tile(average, (1, 3, 1))).numpy())[0]
    assert (np.abs(np.int32(images[:, 0]) - expected) <= 1).all()
    points = space.points_of_seeds([0, 1])
    assert np.abs(np.int32(images[:, 1]) - space.drawn(points)).max() <= 1
    assert np.abs(np.int32(images[:, 2]) - space.drawn(2 * average - points)).max() <= 1


def test_in_z_the_numbers_keep_their_rank_within_the_truncated_normal_distribution():
    drawn = numbers_of_seeds(range(9), 4)
    for threshold in (0.1, 1.0, 3.0):
        expected = stats.truncnorm(-threshold, threshold).ppf(stats.norm.cdf(drawn))
        np.testing.assert_allclose(numbers_of_seeds(range(9), 4, threshold), expected, atol=1e-5)
    gan = tiny.gan()
    images = truncations(ZSpace(gan.generator), [3, 4], [0.5, 10])
    for column, threshold in enumerate([0.5, 10]):
        expected = sample(gan, 2, 3, truncation=threshold, average=False)
        assert np.abs(np.int32(images[:, column]) - expected).max() <= 1
    assert (images[:, 0] != images[:, 1]).any()
    with pytest.raises(UserError, match="0"):
        truncations(z_space(), [3, 4], [1, 0])


def check_directions(found, matrix: np.ndarray) -> None:
    """Against the eigenvectors of A^T A."""
    values, vectors = np.linalg.eigh(matrix.T @ matrix)
    count = len(found.vectors)
    np.testing.assert_allclose(found.strengths, values[::-1][:count], rtol=1e-3)
    alike = np.abs(found.vectors @ vectors[:, ::-1][:, :count])
    np.testing.assert_allclose(alike, np.eye(count), atol=1e-2)


def test_directions_of_z_are_eigenvectors_of_the_first_dense_layer():
    generator = tiny.generator()
    check_directions(directions(ZSpace(generator), 3), generator.get_weights()[0].T)
    mapped = style_generator()
    check_directions(directions(ZSpace(mapped), 2), mapped.get_weights()[0].T)


@pytest.mark.parametrize("conditioning", [ConcatenatedOneHot(), FirstOneHot()], ids=lambda it: type(it).__name__)
def test_the_part_of_the_weights_that_meets_the_label_counts_for_nothing(conditioning):
    gan = tiny.conditional_gan(conditioning)
    kernel = next(weight for weight in gan.generator.get_weights() if weight.ndim == 2)
    if isinstance(conditioning, FirstOneHot):
        seen = np.concatenate([np.zeros_like(kernel[:3]), kernel[3:]])
    else:
        seen = kernel[:4]
    found = directions(ZSpace(gan.generator, classes=3), 1)
    check_directions(found, seen.T)


def test_directions_of_w_are_eigenvectors_of_all_that_makes_styles():
    space = w_space(3)
    kernels = [matrix.sum(axis=1) for matrix in first_weights(space).values()]
    synthesis = space.style.synthesis
    styled = [layer for layer in synthesis.layers if isinstance(layer, Styled)]
    expected = [layer.get_weights()[0].T for layer in (synthesis.get_layer("first"), *(one.style for one in styled))]
    for kernel, right in zip(kernels, expected, strict=True):
        np.testing.assert_allclose(kernel, right, atol=1e-6)
    check_directions(directions(space, 2), np.concatenate(expected))
    check_directions(directions(space, 2, [2]), expected[2])
    with pytest.raises(UserError, match="0 to 2"):
        directions(space, 2, [3])


@pytest.mark.parametrize("network", [StyleGANGenerator, StyleGAN2Generator], ids=lambda it: it.__name__)
def test_every_layer_of_a_style_network_that_makes_a_style_is_found(network):
    mapping = MappingNetwork(depth=1, size=W)
    space = WSpace(network(width=2, mapping=mapping).build((8, 8, 1), Z))
    found = first_weights(space)
    styled = {layer.name: layer for layer in space.style.synthesis.layers if hasattr(layer, "style_kernel")}
    assert found.keys() == styled.keys()
    assert len(found) >= space.style.layers
    for name, matrix in found.items():
        np.testing.assert_allclose(
            matrix.sum(axis=1), styled[name].effective(styled[name].style_kernel).numpy().T, atol=1e-6
        )
        assert sum(place.any() for place in np.moveaxis(matrix, 1, 0)) == 1


def test_a_slider_moves_the_point_or_some_layers_of_it():
    space = w_space()
    point, vector = space.points(numbers(1, Z))[0], np.eye(W, dtype=np.float32)[1]
    images = slid(space, point, vector, [-1, 0, 2])
    assert np.abs(np.int32(images) - space.drawn(point + np.array([[-1], [0], [2]], np.float32) * vector)).max() <= 1
    ws = np.tile(point, (1, 3, 1))
    ws[0, 2, 1] += 2
    assert np.abs(np.int32(slid(space, point, vector, [2], layers=[2])) - space.drawn(ws)).max() <= 1
    space = ZSpace(linear_generator(np.ones((2, 3), np.float32)), Uniform())
    np.testing.assert_allclose(spread(space, np.eye(2), numbers(20_000, 2)), 3**-0.5, rtol=0.02)


def test_path_length_of_a_linear_generator_is_the_mean_squared_length_of_its_images_differences():
    matrix = numbers(3, 4) / 10
    first, second = numbers(200, 3, 1), numbers(200, 3, 2)
    # The uniform distribution's space is walked in straight lines: d = |A (b - a)|^2 wherever on the way.
    space = ZSpace(linear_generator(matrix), Uniform())
    found = path_length(space, flat, first, second, epsilon=1e-2)
    lengths = (((space.points(second) - space.points(first)) @ matrix) ** 2).sum(axis=1)
    np.testing.assert_allclose(found.lengths, lengths, rtol=2e-3, atol=1e-5)
    ranked = np.sort(lengths)[1:-1]  # 1% of 200 paths are left out at each end, those at the border kept
    assert found.mean == pytest.approx(ranked.mean(), rel=0.02)
    assert found.error == pytest.approx(ranked.std() / 200**0.5, rel=0.05)


def test_path_length_on_the_sphere_is_that_of_the_arc():
    # Points of one length: the arc's speed is that length times the angle.
    space = ZSpace(linear_generator(np.eye(3, dtype=np.float32)))
    first, second = (
        2 * rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (numbers(20, 3, 1), numbers(20, 3, 2))
    )
    angles = np.arccos((first * second).sum(axis=1) / 4)
    for places in ("full", "end"):
        found = path_length(space, flat, first, second, epsilon=1e-2, places=places)
        np.testing.assert_allclose(found.lengths, (2 * angles) ** 2, rtol=5e-3)


def test_path_length_in_w_walks_between_mapped_points():
    space = WSpace(style_generator())
    first, second = numbers(4, Z, 1), numbers(4, Z, 2)
    found = path_length(space, flat, first, second, epsilon=1e-2, places="end")
    start, end = space.points(first), space.points(second)
    near = space.images(tf.constant(start + 0.01 * (end - start)))
    moved = flat(near - space.images(tf.constant(start)))
    np.testing.assert_allclose(found.lengths, (np.array(moved) ** 2).sum(axis=1) / 1e-4, rtol=2e-2)


@pytest.mark.parametrize("space", [z_space, w_space], ids=["z", "w"])
def test_a_generated_images_point_is_found_again(space):
    space = space()
    truth = space.points(numbers(2, space.latent_size, 5))
    images = space.images(tf.constant(truth)).numpy()
    found = project(space, images, numbers(50, space.latent_size, 6), steps=150, rate=0.1)
    assert found.errors.shape == (151, 2)
    varied = images.var()
    assert (found.errors[-1] < 0.01 * varied).all()
    assert (found.errors[-1] < found.errors[0]).all()
    np.testing.assert_allclose(
        ((found.images - images) ** 2).mean(axis=(1, 2, 3)), found.errors[-1], rtol=1e-3, atol=1e-7
    )
    np.testing.assert_allclose(space.images(tf.constant(found.points)), found.images, atol=1e-5)


def test_a_projection_may_look_at_features_too_and_takes_labels():
    gan = tiny.conditional_gan()
    space = ZSpace(gan.generator, classes=3)
    labels = np.array([2, 0], np.int32)
    images = space.images(tf.constant(numbers(2, 4, 5)), tf.constant(labels)).numpy()
    found = project(space, images, numbers(30, 4, 6), labels, steps=60, rate=0.1, features=flat, weight=0.5)
    assert (found.errors[-1] < found.errors[0]).all()
    with pytest.raises(UserError, match="candidates"):
        project(space, images, numbers(3, 4), labels, starts=4)


def test_a_picture_of_too_many_pixels_is_one_clear_error(tmp_path):
    huge, broken = tmp_path / "huge.png", tmp_path / "broken.png"
    Image.new("1", (14_000, 14_000)).save(huge)
    broken.write_bytes(huge.read_bytes()[:100])
    for path in (huge, broken):
        with pytest.raises(UserError) as error:
            read_pictures([path], (8, 8, 1))
        assert str(path) in error.value.received
        assert len(str(error.value).splitlines()) == 1
