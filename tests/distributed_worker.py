"""Trains small GANs in a process of its own: python -m tests.distributed_worker alone|mirrored|workers OUT.

`workers` takes its place among the others from TF_CONFIG. OUT.npz then holds what the process has in the end, and
OUT.json what fit returned.
"""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfgan_course.config import TrainConfig, read, variants
from tfgan_course.data import Images, load, training_batches, validation_batches
from tfgan_course.models import SimpleCritic, SimpleGenerator
from tfgan_course.terms import GradientPenalty
from tfgan_course.training.optimizers import SGD
from tfgan_course.training.train import build
from tfgan_course.variables import tf_variable

EPOCHS, STEPS, BATCH = 2, 3, 16


def variant(name: str) -> TrainConfig:
    """A variant of ours as it is but for its size."""
    config = read(variants()[name])
    return dataclasses.replace(
        config,
        generator=dataclasses.replace(config.generator, width=4),
        critic=dataclasses.replace(config.critic, width=4),
        batch_size=BATCH,
    )


def unmixed() -> TrainConfig:
    """Nothing mixes the images of a batch, so how a batch is divided changes rounding alone.

    SGD: Adam would hide gradients that are too large by a factor, and turn the rounding of tiny ones into whole steps.
    """
    return dataclasses.replace(
        variant("lsgan"),
        generator=SimpleGenerator(width=8, depth=2),
        critic=SimpleCritic(width=8, normalization="layer"),
        critic_terms=[GradientPenalty()],
        generator_optimizer=SGD(0.1),
        critic_optimizer=SGD(0.005),
    )


def wgan_gp() -> TrainConfig:
    return dataclasses.replace(variant("wgan_gp"), critic_updates=2)


CASES = {
    "alone": {"unmixed": unmixed},
    "mirrored": {"lsgan": lambda: variant("lsgan"), "wgan_gp": wgan_gp, "unmixed": unmixed},
    "workers": {"lsgan": lambda: variant("lsgan"), "unmixed": unmixed},
}


def strategy_named(name: str) -> tf.distribute.Strategy:
    if name == "mirrored":
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    return tf.distribute.MultiWorkerMirroredStrategy() if name == "workers" else tf.distribute.get_strategy()


def train(config: TrainConfig, strategy: tf.distribute.Strategy) -> tuple[dict, dict]:
    """This process's component of every variable for each of its replicas, after a training, and its history."""
    train_images, test_images = load(config.data)
    # A last batch of one image cannot be divided.
    test_images = Images(test_images.images[: 2 * BATCH + 1])
    with strategy.scope():
        gan = build(config, train_images.images.shape[1:], train_images.classes)
    history = gan.fit(
        training_batches(train_images, config.batch_size * config.critic_updates, config.seed),
        epochs=EPOCHS,
        steps_per_epoch=STEPS,
        validation_data=validation_batches(test_images, config.batch_size),
        verbose=0,
    ).history
    groups = {name: getattr(gan, name).weights for name in ("generator", "critic", "ema_generator")}
    groups |= {name: list(getattr(gan, name).variables) for name in ("generator_optimizer", "critic_optimizer")}
    groups["counts"] = [gan.step, gan.train_means.sums, gan.train_means.count]
    return {
        f"{group}/{index}/{replica}": component.numpy()
        for group, variables in groups.items()
        for index, variable in enumerate(variables)
        for replica, component in enumerate(strategy.experimental_local_results(tf_variable(variable)))
    }, history


def images_read(strategy: tf.distribute.Strategy) -> np.ndarray:
    """The numbers of the images that each replica of this process gets: (batches of two passes, replicas, images)."""
    numbers = np.arange(3 * BATCH + 5).reshape(-1, 1, 1, 1)
    batches = iter(strategy.experimental_distribute_dataset(training_batches(Images(numbers), BATCH, seed=0)))
    parts = [strategy.experimental_local_results(next(batches)) for _ in range(6)]
    return np.array([[np.ravel(part) for part in batch] for batch in parts])


def main(name: str, out: str) -> None:
    strategy = strategy_named(name)
    arrays, histories = {"images_read": images_read(strategy)}, {}
    for case, config in CASES[name].items():
        components, histories[case] = train(config(), strategy)
        arrays |= {f"{case}/{key}": component for key, component in components.items()}
    np.savez(f"{out}.npz", **arrays)
    Path(f"{out}.json").write_text(json.dumps(histories))


if __name__ == "__main__":
    main(*sys.argv[1:])
