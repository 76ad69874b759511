"""Images from a trained generator."""

import numpy as np

from tfgan_course.gan import GAN
from tfgan_course.grids import to_uint8


def latents(seed: int, count: int, latent_size: int) -> np.ndarray:
    """Float32 standard normal (count, latent_size); row i depends on the seed and i alone."""
    rows = [np.random.default_rng([seed, row]).standard_normal(latent_size) for row in range(count)]
    return np.array(rows, np.float32)


def generate(gan: GAN, latents: np.ndarray, batch_size: int = 64, average: bool = True) -> np.ndarray:
    """uint8 images of latents, by the averaged generator unless there is none or `average` is False."""
    generator = gan.ema_generator if average and gan.ema_generator is not None else gan.generator
    batches = [latents[first : first + batch_size] for first in range(0, len(latents), batch_size)]
    return np.concatenate([to_uint8(generator(batch, training=False).numpy()) for batch in batches])
