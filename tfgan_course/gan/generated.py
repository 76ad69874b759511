"""The images to judge."""

from typing import NamedTuple

import numpy as np

from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import generate, latents


class Generated(NamedTuple):
    """Images uint8 (n, height, width, channels), their classes int32 (n,) or None, and where they are from."""

    images: np.ndarray
    labels: np.ndarray | None = None
    source: dict = {}  # noqa: RUF012 (never mutated)


def draw(gan: GAN, count: int, seed: int, average: bool = True) -> Generated:
    """Images of a generator, of a conditional one as many of each class as it goes."""
    labels = np.arange(count, dtype=np.int32) % gan.classes if gan.generator_takes_labels else None
    return Generated(generate(gan, latents(seed, count, gan), labels, average=average), labels)
