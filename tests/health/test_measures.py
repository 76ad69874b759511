"""Each measure on images made by hand: the fault that it detects changes it, and other faults do not."""

import numpy as np
import pytest

from tfgan_course.data import DataConfig, load
from tfgan_course.health import measures
from tfgan_course.metrics.alike import thumbnails


@pytest.fixture(scope="module")
def images() -> tuple[np.ndarray, np.ndarray]:
    """1,000 training images and 256 that are held out."""
    train, test = load(DataConfig())
    return train.images[:1000], np.random.default_rng(0).permutation(test.images)[:256]


@pytest.fixture(scope="module")
def small(images) -> tuple[np.ndarray, np.ndarray]:
    return tuple(thumbnails(part) for part in images)


def test_thumbnails_are_means_of_blocks_channel_by_channel():
    image = np.arange(36 * 36 * 3).reshape(1, 36, 36, 3).astype(np.uint8)
    rows = thumbnails(image)
    assert rows.shape == (1, 12 * 12 * 3)
    np.testing.assert_allclose(rows[0, 3 * 12 + 1], image[0, 3:6, 0:3, 1].mean() / 255, rtol=1e-6)
    assert thumbnails(np.zeros((2, 28, 28, 1), np.uint8)).shape == (2, 14 * 14)
    assert thumbnails(np.zeros((2, 100, 100, 1), np.uint8), side=8).shape == (2, 7 * 7)
    assert thumbnails(np.zeros((2, 10, 10, 1), np.uint8)).shape == (2, 100)


def test_diversity_of_real_images_is_1_and_of_a_few_modes_0(small):
    train, test = small
    assert 0.9 < measures.diversity(test, train) < 1.1
    assert measures.diversity(np.repeat(test[:1], 256, axis=0), train) < 1e-3
    few = test[np.random.default_rng(0).integers(10, size=256)]
    assert measures.diversity(few, train) < 1e-3
    assert measures.spread(few, train) > 0.5  # which is why diversity goes by nearest images
    blurred = few + np.random.default_rng(1).normal(0, 0.02, few.shape).astype(np.float32)
    assert measures.diversity(blurred, train) < 0.3


def test_spread_is_the_ratio_of_variances(small):
    train, test = small
    assert 0.9 < measures.spread(test, train) < 1.1
    np.testing.assert_allclose(measures.spread(0.5 * train + 0.3, train), 0.25, rtol=1e-4)
    assert measures.spread(np.repeat(test[:1], 9, axis=0), train) < 1e-6


def test_copies_are_found_under_noise_and_new_images_are_none(small):
    train, test = small
    assert measures.copies(test, train) < 0.02
    noise = np.random.default_rng(0).normal(0, 0.03, (200, train.shape[1]))
    copied = np.concatenate([train[:200] + noise, test[:200]]).astype(np.float32)
    assert 0.45 < measures.copies(copied, train) < 0.52
    # The worst reference of many: that it is its own nearest image must not count.
    assert measures.copies(train[:50], train) == 1


@pytest.mark.parametrize("noise", [0.0, 0.004], ids=["equal files", "files that differ a little"])
def test_duplicates_in_the_training_set_hide_neither_copies_nor_a_collapse(small, noise):
    train, test = small
    random = np.random.default_rng(0)
    twice = np.concatenate([train, train]) + noise * random.normal(size=(2 * len(train), train.shape[1]))
    twice = random.permutation(twice).astype(np.float32)
    near = (train[:200] + random.normal(0, 0.03, (200, train.shape[1]))).astype(np.float32)
    assert measures.copies(near, twice) > 0.9
    assert measures.copies(test, twice) < 0.02
    few = np.repeat(test[:4], 50, axis=0) + random.normal(0, 0.02, (200, train.shape[1])).astype(np.float32)
    assert measures.diversity(few, twice) == pytest.approx(measures.diversity(few, train), abs=0.1)
    assert measures.diversity(few, twice) < 0.3


def test_a_training_set_of_one_image(small):
    equal = np.repeat(small[0][:1], 60, axis=0)
    assert measures.copies(equal[:5], equal) == 1
    assert measures.copies(small[1], equal) == 0  # nothing tells what is near
    assert measures.diversity(small[1], equal) == 1


def test_nearest_other_against_all_distances(small):
    train, _ = small
    index = np.array([3, 77, 500])
    tables = np.linalg.norm(train[index, None].astype(np.float64) - train, axis=2)
    tables[np.arange(3), index] = np.inf
    np.testing.assert_allclose(measures.nearest_other(index, train), tables.min(axis=1), rtol=1e-3)


def test_saturation_counts_values_at_either_end_beyond_those_of_real_images():
    real = np.full((2, 20, 20, 1), 100, np.uint8)
    real[:, :10] = 0
    dark, bright = real.copy(), real.copy()
    dark[:, :15] = 1
    bright[:, 18:] = 254
    assert measures.saturation(real, real) == 0
    assert measures.saturation(dark, real) == pytest.approx(0.25)
    assert measures.saturation(bright, real) == pytest.approx(0.1)
    assert measures.saturation(np.full_like(real, 100), real) == 0


def test_white_patches_are_solid_and_white_in_all_channels():
    real = np.full((1, 28, 28, 3), 90, np.uint8)
    blob, red, lines = real.copy(), real.copy(), real.copy()
    blob[:, 4:14, 4:14] = 255  # ten wide: 7 x 7 places for a square of four
    red[:, 4:14, 4:14, 0] = 255
    lines[:, ::2] = 255
    assert measures.white_patches(blob, real) == pytest.approx(49 / 25**2)
    assert measures.white_patches(red, real) == measures.white_patches(lines, real) == 0
    assert measures.white_patches(blob, blob) == 0


def test_checkerboards_of_both_periods_are_seen_and_other_detail_is_not(images):
    train, test = images
    assert abs(measures.checkerboard(test, train)) < 0.3
    for period, contrast in ((2, 12), (4, 40)):
        board = np.add.outer(np.arange(28), np.arange(28)) % period < period // 2
        for pattern in (board, board[:1].repeat(28, axis=0), board[:, :1].repeat(28, axis=1)):
            drawn = test + np.where(pattern, contrast, 0)[..., None]
            assert measures.checkerboard(np.clip(drawn, 0, 255).astype(np.uint8), train) > 1
    noise = np.random.default_rng(0).normal(0, 30, test.shape)
    assert measures.checkerboard(np.clip(test + noise, 0, 255).astype(np.uint8), train) < 0.6
    blurred = (test[:, :-1] // 2 + test[:, 1:] // 2)[:, :, :-1]
    assert measures.checkerboard(blurred, train) < 0.3
    # Where real images have no detail at all, a pattern below a gray level is nothing.
    flat = np.full((4, 28, 28, 1), 100, np.uint8)
    assert measures.checkerboard(flat, flat) == 0


def test_distance_is_1_between_real_images_and_copies_of_their_mean_plus_one_deviation(small):
    train, test = small
    assert measures.distance(test, train) < 0.1
    deviation = np.sqrt(train.astype(np.float64).var(axis=0, ddof=1))
    one = np.repeat((train.mean(axis=0, dtype=np.float64) + deviation)[None], 10, axis=0)
    np.testing.assert_allclose(measures.distance(one, train.astype(np.float64)), 1, rtol=1e-6)


def test_separation_is_that_of_all_pairs():
    assert measures.separation(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == 1
    assert measures.separation(np.array([1.0, 3.0]), np.array([2.0, 2.0])) == 0
    assert measures.separation(np.array([1.0, 2.0]), np.array([2.0, 3.0])) == pytest.approx(-3 / 4)


@pytest.mark.parametrize("shape", [(28, 28, 1), (30, 30, 3), (64, 64, 3)])
def test_all_of_them_on_few_and_flat_images_of_any_shape(shape):
    rng = np.random.default_rng(0)
    for real in (rng.integers(0, 256, (2, *shape)).astype(np.uint8), np.zeros((2, *shape), np.uint8)):
        fake = rng.integers(0, 256, (3, *shape)).astype(np.uint8)
        a, b = thumbnails(fake), thumbnails(real)
        of_rows = (measures.diversity, measures.spread, measures.copies, measures.distance)
        of_images = (measures.saturation, measures.white_patches, measures.checkerboard)
        found = [measure(a, b) for measure in of_rows] + [measure(fake, real) for measure in of_images]
        assert np.isfinite(found).all()


def test_step_length_of_a_walk():
    rng = np.random.default_rng(0)
    initial = [rng.normal(0, 0.02, (50, 40)), rng.normal(0, 0.02, (40, 3))]
    now = [weight.copy() for weight in initial]
    for _ in range(100):
        for weight in now:
            weight += rng.normal(0, 0.002, weight.shape)
    np.testing.assert_allclose(measures.step_length(initial, now, 100), 0.1, rtol=0.05)
    assert measures.step_length(initial, initial, 5) == 0
    assert np.isnan(measures.step_length([], [], 5))
