"""Images from a trained generator."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.figures.grids import to_uint8
from tfgan_course.gan.model import GAN


def latents(seed: int, count: int, gan: GAN) -> np.ndarray:
    """Float32 (count, latent_size) of the GAN's distribution; row i depends on the seed and i alone."""
    return gan.latents.of_normal(tf.constant(normal_numbers(seed, count, gan.latent_size))).numpy()


def normal_numbers(seed: int, count: int, size: int) -> np.ndarray:
    """Standard normal numbers that latents are made of, float32 (count, size); row i by the seed and i alone."""
    rows = [np.random.default_rng([seed, row]).standard_normal(size) for row in range(count)]
    return np.array(rows, np.float32)


def class_columns(count: int, classes: int) -> np.ndarray:
    """int32 labels for a grid with a column for each class, of at most `count` images but one row at least."""
    columns = min(classes, count)
    return np.arange(max(count // columns, 1) * columns, dtype=np.int32) % columns


def labels_of(asked: Sequence[str], class_names: Sequence[str] | None) -> np.ndarray:
    """int32 labels of classes given by name, in capitals or not, or by number.

    Raises:
        UserError: for a class that there is not.
    """
    names = list(class_names or ())
    # As written first: two classes' names may differ in their capitals alone.
    anyhow = {name.casefold(): label for label, name in reversed([*enumerate(names)])}
    labels = []
    for name in asked:
        if name in names:
            labels.append(names.index(name))
        elif name.isdecimal() and int(name) < len(names):
            labels.append(int(name))
        elif name.casefold() in anyhow:
            labels.append(anyhow[name.casefold()])
        else:
            known = ", ".join(f"{number} {known}" for number, known in enumerate(names))
            raise UserError(f"there is no class {name!r}. Classes: {known or 'none'}")
    return np.array(labels, np.int32)


def generate(
    gan: GAN, latents: np.ndarray, labels: np.ndarray | None = None, batch_size: int = 64, average: bool = True
) -> np.ndarray:
    """uint8 images of latents, by the averaged generator unless there is none or `average` is False.

    Args:
        gan: the GAN.
        latents: float32 (n, latent_size).
        labels: int32 (n,), for a conditional generator.
        batch_size: images made at once.
        average: use the averaged generator.
    """
    generator = gan.ema_generator if average and gan.ema_generator is not None else gan.generator
    images = []
    for first in range(0, len(latents), batch_size):
        part = slice(first, first + batch_size)
        inputs = [latents[part], labels[part]] if gan.generator_takes_labels else latents[part]
        images.append(to_uint8(generator(inputs, training=False).numpy()))
    return np.concatenate(images)
