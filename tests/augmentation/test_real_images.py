import colorsys

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from tests.augmentation.test_augmentation import draws, images
from tests.augmentation.test_diff_augment import uniform
from tfgan_course.augmentation import ColorJitter, RandomFlip, RandomResizedCrop


def test_half_the_images_are_flipped():
    x = images((1000, 4, 6, 3))
    flipped = RandomFlip()(x, draws()).numpy()
    same = (flipped == x).all(axis=(1, 2, 3))
    np.testing.assert_array_equal(flipped[~same], x[~same, :, ::-1])
    assert uniform(np.array([same.sum(), (~same).sum()]))


def resized(image: np.ndarray, top: int, left: int, height: int, width: int) -> np.ndarray:
    """Return a part of an image that Pillow enlarges bilinearly to the whole image's size."""
    part = image[top : top + height, left : left + width]
    channels = [
        Image.fromarray(part[..., channel]).resize(image.shape[1::-1], Image.Resampling.BILINEAR)
        for channel in range(image.shape[2])
    ]
    return np.stack([np.asarray(channel) for channel in channels], axis=-1)


@pytest.mark.parametrize("channels", [1, 3])
def test_crops_equal_pillow_s(channels):
    image = images((12, 12, channels))
    # Shares of the area from 0.5 to 1 of 12 pixels: sides of 8 (8.49) to 12.
    places = [(side, y, x) for side in range(8, 13) for y in range(13 - side) for x in range(13 - side)]
    possible = np.stack([resized(image, top, left, side, side) for side, top, left in places])
    cropped = RandomResizedCrop(0.5, 1.0)(np.repeat(image[None], 3000, axis=0), draws()).numpy()
    distance = np.abs(cropped[:, None] - possible[None]).max(axis=(2, 3, 4))
    assert distance.min(axis=1).max() < 1e-5
    counts = np.bincount(distance.argmin(axis=1), minlength=len(places))
    sides = np.array([side for side, _, _ in places])
    # P(side) for an area uniform in [72, 144], then any place alike.
    edges = np.clip((np.arange(8, 14) - 0.5) ** 2, 72, 144)
    chance = dict(zip(range(8, 13), np.diff(edges) / 72, strict=True))
    expected = np.array([3000 * chance[side] / (13 - side) ** 2 for side in sides])
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()


def test_crops_keep_the_proportions_of_oblong_images():
    image = images((8, 16, 1))
    cropped = RandomResizedCrop(0.3, 0.3)(image[None], draws()).numpy()[0]
    # The root of 0.3 is 0.548: 4 rows of 8 and 9 columns of 16.
    possible = [resized(image, top, left, 4, 9) for top in range(5) for left in range(8)]
    assert min(np.abs(cropped - each).max() for each in possible) < 1e-5


def test_the_whole_image_is_itself():
    x = images((4, 8, 8, 3))
    np.testing.assert_allclose(RandomResizedCrop(1.0, 1.0)(x, draws()), x, atol=1e-6)


def scaled(x: np.ndarray) -> np.ndarray:
    """From [-1, 1] to [0, 1]."""
    return (x + 1) / 2


NONE = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0}
GRAY = np.array([0.299, 0.587, 0.114])


def counterpart(name: str, values: np.ndarray) -> np.ndarray:
    """Return the colors in [0, 1] after the change with factor 0."""
    gray = values @ GRAY
    whole = {"brightness": 0.0, "contrast": gray.mean(axis=(1, 2))[:, None, None], "saturation": gray}[name]
    return np.broadcast_to(np.asarray(whole)[..., None], values.shape)


def factors(name: str, strength: float, count: int) -> np.ndarray:
    """Return the factors that each image gets, measured on mild colors that are not clipped."""
    values = images((count, 4, 4, 3), 0.4, 0.6)
    changed = scaled(ColorJitter(**NONE | {name: strength})(2 * values - 1, draws()).numpy())
    base = counterpart(name, values)
    distance = values - base
    factor = ((changed - base) * distance).sum(axis=(1, 2, 3)) / (distance**2).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(changed, base + factor[:, None, None, None] * distance, atol=1e-6)
    return factor


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_factors_are_uniform(name):
    found = factors(name, 0.4, 2000)
    assert uniform(np.histogram(found, 10, (0.6 - 1e-4, 1.4 + 1e-4))[0])
    assert np.histogram(found, 1, (0.6 - 1e-4, 1.4 + 1e-4))[0] == [2000]


@pytest.mark.parametrize(
    ("name", "enhance"),
    [
        ("brightness", ImageEnhance.Brightness),
        ("contrast", ImageEnhance.Contrast),
        ("saturation", ImageEnhance.Color),
    ],
)
def test_jitter_equals_pillow_s(name, enhance):
    pixels = np.random.default_rng(1).integers(0, 256, (12, 8, 8, 3), np.uint8)
    changed = ColorJitter(**NONE | {name: 0.8})(pixels / np.float32(127.5) - 1, draws()).numpy()
    for image, factor, ours in zip(pixels, factors(name, 0.8, 12), changed, strict=True):
        theirs = np.asarray(enhance(Image.fromarray(image)).enhance(factor), np.float32)
        # Pillow rounds the gray version, its mean and the result.
        np.testing.assert_allclose(127.5 * (ours + 1), theirs, atol=2.0)


def test_hue_turns_and_leaves_saturation_and_value():
    x = images((300, 4, 4, 3))
    changed = ColorJitter(**NONE | {"hue": 0.2})(x, draws()).numpy()
    before, after = (
        np.array([colorsys.rgb_to_hsv(*pixel) for pixel in scaled(y).reshape(-1, 3)]).reshape(300, 16, 3)
        for y in (x, changed)
    )
    np.testing.assert_allclose(after[..., 1:], before[..., 1:], atol=1e-5)
    # In pixels with some color; turns of -0.2 to 0.2 of the circle, one an image.
    turns = np.where(before[..., 1] > 0.2, (after[..., 0] - before[..., 0] + 0.5) % 1 - 0.5, np.nan)
    assert (np.nanmax(turns, axis=1) - np.nanmin(turns, axis=1)).max() < 1e-4
    assert uniform(np.histogram(np.nanmean(turns, axis=1), 8, (-0.2 - 1e-4, 0.2 + 1e-4))[0])
    assert np.nanmax(np.abs(turns)) <= 0.2 + 1e-4


def test_all_together_is_one_after_the_other():
    x = images((10, 6, 6, 3))
    step_by_step = x
    for name in ("brightness", "contrast", "saturation", "hue"):
        step_by_step = ColorJitter(**NONE | {name: 0.4})(step_by_step, draws())
    np.testing.assert_allclose(ColorJitter(0.4, 0.4, 0.4, 0.4)(x, draws()), step_by_step, atol=1e-5)


def test_gray_images_get_brightness_and_contrast():
    values = images((20, 4, 4, 1), 0.4, 0.6)
    changed = scaled(ColorJitter(0.1, 0.3, 0.5, 0.5)(2 * values - 1, draws()).numpy())
    brighter = scaled(ColorJitter(0.1, 0.0, 0.0, 0.0)(2 * values - 1, draws()).numpy())
    mean = brighter.mean(axis=(1, 2, 3), keepdims=True)
    contrast = ((changed - mean) / (brighter - mean)).mean(axis=(1, 2, 3), keepdims=True)
    np.testing.assert_allclose(changed, mean + contrast * (brighter - mean), atol=1e-5)
    assert np.ptp(contrast) > 0.3
