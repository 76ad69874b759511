"""Builds the GAN of a configuration."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import UserError
from tfgan_course.gan.model import GAN

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}


def build(config: TrainConfig, image_shape: tuple[int, int, int], classes: int | None, steps_per_epoch: int = 1) -> GAN:
    """Return the GAN of a configuration, its weights drawn from the configuration's seed.

    Args:
        config: what to build.
        image_shape: (height, width, channels).
        classes: the number of classes; None without labels.
        steps_per_epoch: generator updates in an epoch, which the learning rates' schedules count with; needed to train.

    Raises:
        UserError: if a conditioning needs labels that the images do not have, or the parts cannot work together.
    """
    for option in ("generator_conditioning", "critic_conditioning"):
        conditioning = getattr(config, option)
        if conditioning is not None and classes is None:
            raise UserError(
                f"{option} {type(conditioning).__name__} needs labels, which these images do not have: use a folder "
                f"with a sub-folder for each class, or write {option}: null"
            )
    keras.mixed_precision.set_global_policy(POLICIES[config.precision])
    keras.utils.set_random_seed(config.seed)
    return GAN(
        config.generator.build(image_shape, config.latent_size, config.generator_conditioning, classes),
        config.critic.build(image_shape, config.critic_conditioning, classes),
        loss=config.loss,
        critic_terms=config.critic_terms,
        generator_terms=config.generator_terms,
        generator_loss_weight=config.generator_loss_weight,
        generator_optimizer=config.generator_optimizer.build(steps_per_epoch, config.epochs),
        critic_optimizer=config.critic_optimizer.build(steps_per_epoch * config.critic_updates, config.epochs),
        critic_updates=config.critic_updates,
        joint_batches=config.joint_batches,
        reuse_fakes=config.reuse_fakes,
        ema_decay=config.ema_decay,
        classes=classes,
        fake_labels=config.fake_labels,
        latents=config.latents,
        label_noise=config.label_noise,
        augmentations=config.augmentations,
        real_augmentations=config.real_augmentations,
        generator_first=config.generator_first,
        gradient_accumulation=config.gradient_accumulation,
        steps_per_execution=config.steps_per_execution,
        seed=config.seed,
        jit_compile=compiled(config),
    )


@contextmanager
def policy_kept() -> Iterator[None]:
    """Put Keras's global precision back, which `build` sets, so that a user's own layers keep the user's precision."""
    before = keras.mixed_precision.global_policy()
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)


def compiled(config: TrainConfig) -> bool:
    """Return whether the step is compiled with XLA."""
    if tf.distribute.get_strategy().num_replicas_in_sync > 1:
        if config.jit is True:
            raise UserError("XLA compiles the step of one replica only: use jit auto or false with several")
        return False
    return bool(tf.config.list_physical_devices("GPU")) if config.jit == "auto" else config.jit
