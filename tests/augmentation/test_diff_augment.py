import itertools

import numpy as np
import pytest

from tests.augmentation.test_augmentation import draws, images
from tfgan_course.augmentation import DiffAugment


def shifted(image: np.ndarray, down: int, right: int) -> np.ndarray:
    moved = np.zeros_like(image)
    for row, column in itertools.product(*map(range, image.shape[:2])):
        if 0 <= row - down < image.shape[0] and 0 <= column - right < image.shape[1]:
            moved[row, column] = image[row - down, column - right]
    return moved


def uniform(counts: np.ndarray) -> bool:
    """Return whether all outcomes are equally frequent, within five standard deviations."""
    chance = 1 / len(counts)
    return np.abs(counts - counts.sum() * chance).max() < 5 * np.sqrt(counts.sum() * chance * (1 - chance))


@pytest.mark.parametrize("channels", [1, 3])
def test_translation_moves_by_up_to_an_eighth_with_zeros_coming_in(channels):
    # The same image many times: 45 places it can go to. An eighth of 28, 3.5, is rounded up, as in the authors' code.
    image = images((16, 28, channels))
    places = np.stack([shifted(image, down, right) for down in range(-2, 3) for right in range(-4, 5)])
    moved = DiffAugment(["translation"])(np.repeat(image[None], 2000, axis=0), draws()).numpy()
    equal = (moved[:, None, :, :, 0] == places[None, ..., 0]).all(axis=(2, 3))
    np.testing.assert_array_equal(equal.sum(axis=1), 1)
    assert uniform(equal.sum(axis=0))
    np.testing.assert_array_equal(moved, places[equal.argmax(axis=1)])


@pytest.mark.parametrize(("height", "width"), [(8, 12), (7, 10), (5, 8)])
def test_cutout_is_a_rectangle_of_half_the_size_anywhere(height, width):
    kept = DiffAugment(["cutout"])(np.ones((2000, height, width, 3), np.float32), draws()).numpy()
    assert set(np.unique(kept)) == {0.0, 1.0}
    np.testing.assert_array_equal(kept[..., 0], kept[..., 2])
    cut = kept[..., 0] == 0
    for length, covered in ((height, cut.any(axis=2)), (width, cut.any(axis=1))):
        size = (length + 1) // 2
        # By hand: middles at 0 to 8 of 8 pixels, between two of them; at 0 to 4 of 5 pixels, on one of them.
        middles = range(length + 1 if size % 2 == 0 else length)
        possible = np.array([[m - size // 2 <= k < m - size // 2 + size for k in range(length)] for m in middles])
        which = (covered[:, None] == possible[None]).all(axis=2)
        np.testing.assert_array_equal(which.sum(axis=1), 1)
        assert uniform(which.sum(axis=0))
    np.testing.assert_array_equal(cut, cut.any(axis=2)[:, :, None] & cut.any(axis=1)[:, None, :])


def test_color_is_brightness_then_saturation_then_contrast():
    x = images((3000, 4, 4, 3))
    changed = DiffAugment(["color"])(x, draws()).numpy()
    found = []
    for before, after in zip(x, changed, strict=True):
        # after = c s before + c (1 - s) (mean over the pixel's channels) + a number, where the image's mean moves by b.
        pixel_means = np.repeat(before.mean(axis=2, keepdims=True), 3, axis=2)
        columns = np.stack([before.ravel(), pixel_means.ravel(), np.ones(48)], axis=1)
        (own, gray, _), residual, *_ = np.linalg.lstsq(columns, after.ravel(), rcond=None)
        assert residual < 1e-9
        found.append([after.mean() - before.mean(), own / (own + gray), own + gray])
    for numbers, low, high in zip(np.transpose(found), (-0.5, 0.0, 0.5), (0.5, 2.0, 1.5), strict=True):
        assert low - 1e-4 <= numbers.min()
        assert numbers.max() <= high + 1e-4
        assert uniform(np.histogram(numbers, 10, (low - 1e-4, high + 1e-4))[0])
    # Drawn independently of each other.
    correlations = np.corrcoef(np.transpose(found)) - np.eye(3)
    assert np.abs(correlations).max() < 5 / np.sqrt(len(found))


def test_gray_images_change_in_brightness_and_contrast():
    x = images((200, 8, 8, 1))
    changed = DiffAugment(["color"])(x, draws()).numpy()
    distances = x - x.mean(axis=(1, 2, 3), keepdims=True)
    changed_distances = changed - changed.mean(axis=(1, 2, 3), keepdims=True)
    contrast = (changed_distances * distances).sum(axis=(1, 2, 3)) / (distances**2).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(changed_distances, contrast[:, None, None, None] * distances, atol=1e-5)
    assert 0.5 <= contrast.min() < 0.55
    assert 1.45 < contrast.max() <= 1.5
    moved = (changed - x).mean(axis=(1, 2, 3))
    assert -0.5 <= moved.min() < -0.45
    assert 0.45 < moved.max() <= 0.5


def test_the_policy_is_followed_in_its_order():
    x = images((50, 8, 8, 3))
    assert (DiffAugment(["color", "cutout"])(x, draws()).numpy() == 0).mean() > 0.1
    assert (DiffAugment(["cutout", "color"])(x, draws()).numpy() == 0).mean() < 0.01
