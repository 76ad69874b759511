"""The smallest GAN that has every part: convolutions, BatchNorm in the generator, a critic without."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course import GAN
from tfgan_course.gan.batches import images_of
from tfgan_course.models import ImageToImageGenerator, SimpleCritic, SimpleGenerator
from tfgan_course.models.conditioning import ConcatenatedOneHot, Projection
from tfgan_course.objectives.pair import Batch, Pair
from tfgan_course.randomness import Draws


def generator(size: int = 8, channels: int = 1, latent_size: int = 4) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((latent_size,)),
            keras.layers.Dense((size // 2) ** 2 * 3),
            keras.layers.Reshape((size // 2, size // 2, 3)),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.LeakyReLU(0.2),
            keras.layers.Conv2DTranspose(channels, 4, 2, padding="same", activation="tanh"),
        ]
    )


def critic(size: int = 8, channels: int = 1, *extra: keras.layers.Layer) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((size, size, channels)),
            keras.layers.Conv2D(4, 4, 2, padding="same"),
            *extra,
            keras.layers.LeakyReLU(0.2),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )


def gan(**options) -> GAN:
    keras.utils.set_random_seed(0)
    return GAN(generator(), critic(), **options)


def images(count: int = 64, size: int = 8, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, channels)).astype(np.uint8)


def batches(count: int = 64, batch_size: int = 16) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(images(count)).batch(batch_size, drop_remainder=True)


def weights(model: keras.Model) -> list[np.ndarray]:
    return [np.array(weight) for weight in model.get_weights()]


def equal(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return len(first) == len(second) and all((a == b).all() for a, b in zip(first, second, strict=True))


CLASSES = 3


def conditional_gan(
    generator_conditioning=None, critic_conditioning=None, normalization="none", mapping=None, **options
) -> GAN:
    """Return perceptrons with these conditionings; unless given, one-hot after the latents, and a projection."""
    keras.utils.set_random_seed(0)
    generator = SimpleGenerator(width=6, depth=1, mapping=mapping).build(
        (8, 8, 1), 4, generator_conditioning or ConcatenatedOneHot(), CLASSES
    )
    critic = SimpleCritic(normalization, width=5, depth=2).build(
        (8, 8, 1), critic_conditioning or Projection(), CLASSES
    )
    # So small a network with so small initial weights would pass hardly any gradient on.
    critic.set_weights([10 * weight for weight in critic.get_weights()])
    return GAN(generator, critic, **{"classes": CLASSES, **options})


def labels(count: int = 64) -> np.ndarray:
    return np.random.default_rng(1).integers(0, CLASSES, count).astype(np.int32)


def labeled_batches(count: int = 64, batch_size: int = 16) -> tf.data.Dataset:
    data = tf.data.Dataset.from_tensor_slices((images(count), labels(count)))
    return data.batch(batch_size, drop_remainder=True)


def pair(gan: GAN, count: int = 6) -> Pair:
    """Return the pair of real and generated images of the first critic update."""
    draws = Draws(0, tf.constant(0, tf.int64), "critic_0")
    real = Batch(images_of(tf.constant(images(count))), tf.constant(labels(count)))
    return Pair(gan, real, gan.generate(draws, count, training=True), draws)


def step(gan: GAN, count: int = 16, labeled: bool = False) -> dict[str, tf.Tensor]:
    """Run one training step without compilation, which is faster than `fit` for one or two steps."""
    batch = tf.constant(images(count))
    return gan.train_step((batch, tf.constant(labels(count))) if labeled else batch)


@dataclass
class Translator(ImageToImageGenerator):
    """The smallest network from a condition to an image, whose size is a multiple of the condition's.

    Args:
        width: channels of the hidden layer.
    """

    width: int = 4

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        x = keras.layers.UpSampling2D(image_shape[0] // x.shape[1])(x)
        x = keras.layers.LeakyReLU(0.2)(normalize(keras.layers.Conv2D(self.width, 3, padding="same")(x)))
        x = keras.layers.Conv2D(image_shape[-1], 3, padding="same")(x)
        return keras.layers.Activation("tanh", dtype="float32")(x)
