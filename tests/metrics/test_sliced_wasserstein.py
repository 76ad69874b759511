import numpy as np
import pytest

from tfgan_course.errors import UserError
from tfgan_course.metrics import sliced_wasserstein_distance as swd
from tfgan_course.metrics.filters import expand, reduce
from tfgan_course.metrics.sliced_wasserstein import descriptors, distance, heights, image_keys, laplacian


def pictures(rng, n, size=32, channels=3):
    """Smooth images: straight lines of brightness between 5 x 5 random points."""
    lines = np.stack([np.interp(np.linspace(0, 4, size), np.arange(5), point) for point in np.eye(5)], axis=1)
    points = rng.integers(0, 256, size=(n, channels, 5, 5))
    return (lines @ points @ lines.T).transpose(0, 2, 3, 1).astype(np.uint8)


def test_filters_equal_convolution_by_hand():
    """[1, 4, 6, 4, 1] / 16 on images mirrored about their outermost pixels."""
    x = np.array([3.0, 1, 4, 1, 5, 9])
    mirrored = np.pad(x, 2, mode="reflect")
    blurred = np.convolve(mirrored, [1, 4, 6, 4, 1], mode="valid") / 16
    np.testing.assert_allclose(reduce(6) @ x, blurred[::2], rtol=1e-6)
    spread = np.zeros(6)
    spread[::2] = x[:3]
    expected = np.convolve(np.pad(spread, 2, mode="reflect"), [1, 4, 6, 4, 1], mode="valid") / 8
    np.testing.assert_allclose(expand(6) @ x[:3], expected, rtol=1e-6)


def test_pyramid_adds_up_to_the_image():
    x = np.random.default_rng(0).normal(size=(2, 3, 64, 48)).astype(np.float32)
    assert heights(64, 48) == [64, 32]
    fine, coarse = laplacian(x, 0), laplacian(x, 1)
    np.testing.assert_allclose(fine + expand(64) @ coarse @ expand(48).T, x, rtol=1e-5, atol=1e-5)
    assert [heights(size, size) for size in (28, 32, 50, 256)] == [[28], [32, 16], [50, 25], [256, 128, 64, 32, 16]]


def test_descriptors_are_patches_of_the_image_standardized():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(300, 20, 17, 2), dtype=np.uint8)
    found = descriptors(images, 0, 5, np.arange(300, dtype=np.uint64)).reshape(300, 5, 2, 49)
    np.testing.assert_allclose(found.mean(axis=(0, 1, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(found.std(axis=(0, 1, 3)), 1, rtol=1e-5)
    # Every patch is one of its own image's windows, up to the same scale and shift for the whole set.
    windows = np.lib.stride_tricks.sliding_window_view(images[299], (7, 7), axis=(0, 1))[..., 0, :, :].reshape(-1, 49)
    patch = found[299, 4, 0]
    correlations = [np.corrcoef(patch, window)[0, 1] for window in windows]
    assert max(correlations) == pytest.approx(1)


def test_distance_of_points_on_a_line_by_hand():
    """In one dimension directions are +1 and -1: sorted, 0 1 5 beside 1 3 8 are 1, 2 and 3 apart."""
    real, fake = np.array([[5.0], [0], [1]], np.float32), np.array([[1.0], [8], [3]], np.float32)
    assert distance(real, fake, 20, np.random.default_rng(0)) == pytest.approx(2)


def test_noise_shows_in_the_fine_level():
    rng = np.random.default_rng(0)
    real, fake = pictures(rng, 200), pictures(rng, 200)
    same = swd(real, fake, 32, 64)
    assert list(same.levels) == [32, 16]
    np.testing.assert_allclose(same.distance, np.mean(list(same.levels.values())))
    noisy = [
        swd(real, np.clip(fake + sigma * rng.normal(size=fake.shape), 0, 255).astype(np.uint8), 32, 64)
        for sigma in (5, 15)
    ]
    assert 1.5 * same.levels[32] < noisy[0].levels[32] < noisy[1].levels[32]
    np.testing.assert_allclose(noisy[1].levels[16], same.levels[16], rtol=0.2)


def test_dropped_modes_raise_it_and_repeating_both_sets_leaves_it():
    rng = np.random.default_rng(0)
    real, fake = pictures(rng, 200, 16, 1), pictures(rng, 200, 16, 1)
    same, twice = swd(real, fake, 32, 64), swd(np.tile(real, (2, 1, 1, 1)), np.tile(fake, (2, 1, 1, 1)), 32, 64)
    np.testing.assert_allclose(twice.distance, same.distance, rtol=0.35)
    assert swd(real, np.tile(fake[:3], (67, 1, 1, 1)), 32, 64).distance > 2 * same.distance


def test_seeded_cut_to_the_smaller_set_and_even_images_are_finite():
    rng = np.random.default_rng(0)
    real, fake = pictures(rng, 30, 28), pictures(rng, 20, 28)
    assert swd(real, fake, 8, 16, seed=3) == swd(real, fake, 8, 16, seed=3)
    assert swd(real, fake, 8, 16, seed=3) != swd(real, fake, 8, 16, seed=4)
    assert np.isfinite(swd(real, np.zeros_like(fake), 8, 16).distance)


def test_equal_sets_have_the_distance_0_in_any_order_and_with_copies():
    rng = np.random.default_rng(0)
    images = pictures(rng, 40)
    images = np.concatenate([images, images[:7], images[:3]])
    order = rng.permutation(50)
    assert swd(images, images[order], 8, 16).distance == 0
    other = pictures(rng, 30)  # a part of the larger set is used, whatever its order
    assert swd(images, other, 8, 16) == swd(images[order], other[::-1], 8, 16)
    assert swd(images, other, 8, 16).distance > 0


def test_copies_of_an_image_have_different_patches():
    images = np.repeat(pictures(np.random.default_rng(0), 1), 2, axis=0)
    found = descriptors(images, 0, 8, image_keys(images, 0))
    assert len(np.unique(found, axis=0)) > 8


@pytest.mark.parametrize(
    ("real", "fake", "received"),
    [
        (np.zeros((2, 32, 32, 3)), np.zeros((2, 32, 32, 3), np.uint8), "float64"),
        (np.zeros((2, 32, 32), np.uint8), np.zeros((2, 32, 32), np.uint8), "shape (2, 32, 32)"),
        (np.zeros((2, 32, 32, 3), np.uint8), np.zeros((2, 28, 28, 3), np.uint8), "(32, 32, 3) and (28, 28, 3)"),
        (np.zeros((2, 8, 32, 3), np.uint8), np.zeros((2, 8, 32, 3), np.uint8), "8 x 32"),
        (np.zeros((0, 32, 32, 3), np.uint8), np.zeros((2, 32, 32, 3), np.uint8), "0"),
    ],
)
def test_refuses(real, fake, received):
    with pytest.raises(UserError) as error:
        swd(real, fake)
    assert received in error.value.received


def test_refuses_no_patches():
    with pytest.raises(UserError) as error:
        swd(*np.zeros((2, 2, 16, 16, 1), np.uint8), patches=0)
    assert "patches" in error.value.expected
