"""A tiny GAN from image to image, for terms that need a condition."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.gan.batches import images_of
from tfgan_course.models import CUTGenerator
from tfgan_course.objectives.pair import Batch, Pair
from tfgan_course.randomness import Draws


def translating_gan(blocks: int = 2, **options) -> GAN:
    keras.utils.set_random_seed(0)
    generator = CUTGenerator(width=2, blocks=blocks).build((8, 8, 1), 0, condition_shape=(8, 8, 1))
    return GAN(generator, tiny.critic(), **options)


def arrays(count: int = 16) -> dict[str, np.ndarray]:
    images = tiny.images(2 * count)
    return {"images": images[:count], "condition": images[count:]}


def translation_pair(gan: GAN, images: tf.Tensor | None = None) -> Pair:
    """Return the pair of a generator's update; `images` are also the condition, unless given both are random."""
    draws = Draws(0, tf.constant(0, tf.int64), "generator")
    if images is None:
        images, condition = (images_of(tf.constant(part)) for part in arrays(3).values())
    else:
        condition = images
    real = Batch(images, condition=condition)
    return Pair(gan, real, gan.generate(draws, images.shape[0], training=True, condition=condition), draws)
