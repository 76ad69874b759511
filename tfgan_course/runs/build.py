"""Builds the GAN of a configuration."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

from tensorflow import keras

from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import UserError
from tfgan_course.gan.model import GAN
from tfgan_course.gan.options import StepOptions
from tfgan_course.schedules import TrainingLength

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}


def build(
    config: TrainConfig,
    image_shape: tuple[int, int, int],
    classes: int | None,
    steps_per_epoch: int = 1,
    condition_shape: tuple[int, int, int] | None = None,
) -> GAN:
    """Return the GAN of a configuration; the configuration's seed decides its initial weights.

    Args:
        config: the configuration.
        image_shape: (height, width, channels).
        classes: the number of classes; None without labels.
        steps_per_epoch: the generator updates in an epoch, see the function of this name; for schedules in epochs, and
            those that end with the training.
        condition_shape: (height, width, channels) of the image that the generator is given; None without one.

    Raises:
        UserError: if a conditioning needs labels and the images have none, or the parts cannot work together.
    """
    for option in ("generator_conditioning", "critic_conditioning"):
        conditioning = getattr(config, option)
        if conditioning is not None and classes is None:
            raise UserError(
                expected=f"images with labels, for {option} {type(conditioning).__name__}",
                received="images without labels",
                remedy=f"Use a folder with a sub-folder for each class, or set {option} to null",
            )
    keras.mixed_precision.set_global_policy(POLICIES[config.precision])
    keras.utils.set_random_seed(config.seed)
    length = length_of(config, steps_per_epoch)
    return GAN(
        config.generator.build(
            image_shape, config.latent_size, config.generator_conditioning, classes, condition_shape
        ),
        config.critic.build(image_shape, config.critic_conditioning, classes, condition_shape),
        generator_optimizer=config.generator_optimizer.build(config.images_shown_per_step, length),
        critic_optimizer=config.critic_optimizer.build(config.batch_size, length),
        classes=classes,
        length=length,
        **{option.name: getattr(config, option.name) for option in fields(StepOptions)},
    )


def steps_per_epoch(config: TrainConfig, images: int) -> int:
    """Return the number of steps in an epoch: the configured number, or one pass over `images` images; at least 1."""
    return config.steps_per_epoch or max(1, images // config.images_per_step)


def length_of(config: TrainConfig, steps_per_epoch: int) -> TrainingLength:
    """Return how long a training is for its schedules: until `max_images`, or else `epochs`."""
    last = config.last_step
    epochs = config.epochs if last is None else last / steps_per_epoch
    return TrainingLength(steps_per_epoch * config.images_shown_per_step, epochs)


@contextmanager
def policy_kept() -> Iterator[None]:
    """Restore Keras's global precision after the block, because `build` changes it and the user's layers use it."""
    before = keras.mixed_precision.global_policy()
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)
