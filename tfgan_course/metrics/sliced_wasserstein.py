"""Sliced Wasserstein distance between the patches of two sets of images, for each scale. It needs no network."""

from collections import Counter
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from tfgan_course.errors import require, require_at_least
from tfgan_course.metrics.arrays import blocks, image_table
from tfgan_course.metrics.filters import along_both, expand, reduce

PATCH = 7
IMAGES_AT_ONCE = 256
DIRECTIONS_AT_ONCE = 16


class SlicedWasserstein(NamedTuple):
    """`levels`: distances by image height, full size first; `distance`: their mean. All are multiplied by 1,000."""

    distance: float
    levels: dict[int, float]


def sliced_wasserstein_distance(
    real: np.ndarray, fake: np.ndarray, patches: int = 128, directions: int = 512, seed: int = 0
) -> SlicedWasserstein:
    """Return the sliced Wasserstein distance on Laplacian pyramids (Karras et al. 2018, arXiv:1710.10196, section 5).

    Random 7 x 7 patches are taken from each level of each image's Laplacian pyramid. Each channel is standardized to
    mean 0 and variance 1 over the whole set. The patches are projected on random directions, and the mean distance
    between the sorted projections of reals and fakes is the level's distance. The full size measures sharpness and
    noise, and the smallest level measures shapes. Because each set is standardized separately, the distance does not
    notice a set that is darker or paler as a whole.

    Each level has half the size of the level before, as long as the size is even and at least 16: for 256 pixels the
    levels are 256, 128, 64, 32, 16, for 32 pixels 32 and 16, for 28 pixels only 28. Two finite samples of one
    distribution have a distance above 0, which falls with the number of images. So compare figures of equally many
    images. If the sets are unequal, a random part of the larger one is used. An image's content and the seed decide
    where its patches are, so neither set's order matters, and two equal sets have the distance 0.

    Args:
        real, fake: uint8 images (n, height, width, channels) of one shape, at least 16 x 16.
        patches: patches per image; the paper's 128 are meant for 16,384 images. Memory: images x patches x channels x
            392 bytes for the patches of both sets.
        directions: random projections; the paper's 512.
        seed: seed of patches, directions and the choice from the larger set.

    Raises:
        UserError: if an argument is not as described.
    """
    real, fake = image_table(real, "real images", 1), image_table(fake, "fake images", 1)
    received = f"{real.shape[1:]} and {fake.shape[1:]}"
    require(real.shape[1:] == fake.shape[1:], "real and fake images of one shape", received, "Resize one of them")
    require_at_least(1, patches=patches, directions=directions)
    rng, count = np.random.default_rng(seed), min(len(real), len(fake))
    keys = [image_keys(x, seed) for x in (real, fake)]
    orders = [np.argsort(key)[:count] for key in keys]
    real, fake = (x[order] for x, order in zip((real, fake), orders, strict=True))
    real_keys, fake_keys = (key[order] for key, order in zip(keys, orders, strict=True))
    levels = {}
    for level, height in enumerate(heights(*real.shape[1:3])):
        # Descriptors of one level at a time: all levels together need at least twice the memory.
        of_real = descriptors(real, level, patches, real_keys)
        of_fake = descriptors(fake, level, patches, fake_keys)
        levels[height] = 1000 * distance(of_real, of_fake, directions, rng)
    return SlicedWasserstein(float(np.mean(list(levels.values()))), levels)


def image_keys(images: np.ndarray, seed: int) -> np.ndarray:
    """Return a random number for each image, uint64 (n,), that the seed, its pixels and its number among copies decide.

    Copies of one image get different numbers, so that a set of few images still has many different patches.
    """
    copies: Counter[bytes] = Counter()
    keys = np.empty(len(images), np.uint64)
    for index, image in enumerate(images):
        digest = blake2b(image.tobytes(), digest_size=8, salt=(seed % 2**64).to_bytes(8, "big")).digest()
        number = copies[digest].to_bytes(8, "big")
        keys[index] = int.from_bytes(blake2b(digest + number, digest_size=8).digest(), "big")
        copies[digest] += 1
    return keys


def heights(height: int, width: int) -> list[int]:
    """Return the heights of the pyramid's levels, the full size first."""
    found = [height]
    while height % 2 == 0 and width % 2 == 0 and min(height, width) >= 32:
        height, width = height // 2, width // 2
        found.append(height)
    return found


def laplacian(x: np.ndarray, level: int) -> np.ndarray:
    """Return a level of the Laplacian pyramid of float32 (n, channels, height, width); the last is the small image."""
    for _ in range(level):
        x = along_both(x, reduce(x.shape[2]), reduce(x.shape[3]))
    height, width = x.shape[2:]
    if len(heights(height, width)) == 1:
        return x
    smaller = along_both(x, reduce(height), reduce(width))
    return x - along_both(smaller, expand(height), expand(width))


def descriptors(images: np.ndarray, level: int, patches: int, keys: np.ndarray) -> np.ndarray:
    """Return random patches of a level, each channel standardized: float32 (n x patches, channels x 49).

    The level and the image's key, uint64 (n,), decide where an image's patches are.
    """
    channels = images.shape[3]
    found = np.empty((len(images), patches, channels, PATCH, PATCH), np.float32)
    for rows in blocks(len(images), IMAGES_AT_ONCE):
        x = laplacian(images[rows].transpose(0, 3, 1, 2).astype(np.float32, order="C"), level)
        windows = np.lib.stride_tricks.sliding_window_view(x, (PATCH, PATCH), axis=(2, 3))
        height, width = windows.shape[2:4]
        numbers = _random_bits(keys[rows], level, patches)
        top, left = (numbers % np.uint64(height)).astype(int), (numbers >> np.uint64(32)) % np.uint64(width)
        found[rows] = windows[np.arange(len(x))[:, None], :, top, left.astype(int)]
    for channel in range(channels):
        values = found[:, :, channel]
        values -= values.mean(dtype=np.float64)
        # A uniform channel stays 0.
        values /= np.sqrt(np.mean(np.square(values), dtype=np.float64)) or 1.0
    return found.reshape(len(images) * patches, -1)


def _random_bits(keys: np.ndarray, level: int, count: int) -> np.ndarray:
    """Return `count` random numbers, uint64, for each key and level: SplitMix64 (Steele et al. 2014), vectorized."""
    numbers = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(level * count)
    z = keys[:, None] + numbers * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def distance(real: np.ndarray, fake: np.ndarray, directions: int, rng: np.random.Generator) -> float:
    """Return the mean Wasserstein-1 distance of both sets' projections on random unit directions."""
    drawn = rng.normal(size=(directions, real.shape[1])).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    total = 0.0
    for rows in blocks(directions, DIRECTIONS_AT_ONCE):
        a, b = (np.sort(drawn[rows] @ x.T, axis=1) for x in (real, fake))
        a -= b
        total += np.abs(a, out=a).mean(axis=1, dtype=np.float64).sum()
    return float(total / directions)
