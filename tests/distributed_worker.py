"""Train small GANs in a separate process: python -m tests.distributed_worker alone|mirrored|workers OUT.

`workers` takes its place among the others from TF_CONFIG. OUT.npz then holds what the process has in the end, and
OUT.json what fit returned.
"""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.cli import main as cli
from tfgan_course.config.parser import read
from tfgan_course.config.schema import TrainConfig
from tfgan_course.config.variants import variants
from tfgan_course.data import Images, load, training_batches, validation_batches
from tfgan_course.models import SimpleCritic, SimpleGenerator
from tfgan_course.objectives.terms import GradientPenalty
from tfgan_course.optimizers.optimizers import SGD
from tfgan_course.replicas import tf_variable
from tfgan_course.runs.build import build
from tfgan_course.training.distribution import make_strategy

EPOCHS, STEPS, BATCH = 2, 3, 16
# Of the cases that are compared with one process, where an error of the division would add up.
COMPARED = {"unmixed": 25, "batch_norm": 25, "accumulated": 3}
# A run small enough for a test, by gradient descent: Adam would turn rounding into whole steps.
RUN = ("--variant", "simple_gan", "--generator.width", "8", "--critic.width", "8", "--batch_size", str(BATCH))
RUN += ("--samples.count", "4", "--epochs", "2", "--steps_per_epoch", "3", "--checkpoints.every_steps", "2")
RUN += ("--generator_optimizer", "SGD", "--critic_optimizer", "SGD", "--metrics.samples", "100")


def variant(name: str) -> TrainConfig:
    """A variant of the package, unchanged except for its size."""
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
        critic=SimpleCritic(width=8, normalization="none"),
        generator_optimizer=SGD(0.02),
        critic_optimizer=SGD(0.02),
    )


def penalized() -> TrainConfig:
    """A GAN with a gradient penalty, with which rounding errors grow threefold in each step."""
    return dataclasses.replace(
        unmixed(),
        critic=SimpleCritic(width=8, normalization="layer"),
        critic_terms=[GradientPenalty()],
        generator_optimizer=SGD(0.1),
        critic_optimizer=SGD(0.005),
    )


def batch_norm() -> TrainConfig:
    """BatchNormalization in both networks: the statistics must be those of the whole batch."""
    config = variant("lsgan")
    return dataclasses.replace(
        config,
        generator=dataclasses.replace(config.generator, width=2),
        critic=dataclasses.replace(config.critic, width=2, normalization="batch"),
        generator_optimizer=SGD(0.002),
        critic_optimizer=SGD(0.002),
    )


def accumulated() -> TrainConfig:
    """Each update in two parts on each replica, and two updates of the critic."""
    return dataclasses.replace(penalized(), critic_updates=2, gradient_accumulation=2)


def wgan_gp() -> TrainConfig:
    config = dataclasses.replace(variant("wgan_gp"), critic_updates=2, precision="float16")
    critic = SimpleCritic(width=4, normalization="layer")
    return dataclasses.replace(config, generator=SimpleGenerator(width=4, depth=2), critic=critic)


def lsgan() -> TrainConfig:
    """A GAN with Adam, whose moments and counters must be equal as well."""
    return dataclasses.replace(
        variant("lsgan"), generator=SimpleGenerator(width=4, depth=2), critic=SimpleCritic(width=4)
    )


ALONE = {"unmixed": unmixed, "batch_norm": batch_norm, "accumulated": accumulated}
CASES = {
    "alone": ALONE,
    "mirrored": {"lsgan": lsgan, "wgan_gp": wgan_gp, **ALONE},
    "workers": {"lsgan": lsgan, "unmixed": unmixed, "batch_norm": batch_norm},
}


def strategy_named(name: str) -> tf.distribute.Strategy:
    strategies = {"alone": "default", "mirrored": "mirrored", "workers": "multi_worker"}
    return make_strategy(strategies[name], 2 if name == "mirrored" else None)


def train(case: str, config: TrainConfig, strategy: tf.distribute.Strategy) -> tuple[dict, dict]:
    """Return every variable on each replica of this process after a training, and the training's history."""
    train_images, test_images = load(config.data)
    # A last batch of one image cannot be divided.
    test_images = Images(test_images.images[: 2 * BATCH + 1])
    with strategy.scope():
        gan = build(config, train_images.images.shape[1:], train_images.classes)
    size = config.batch_size * config.critic_updates
    history = gan.fit(
        strategy.distribute_datasets_from_function(
            lambda context: training_batches(train_images, size, config.seed, 0, config.critic_updates, context)
        ),
        epochs=EPOCHS,
        steps_per_epoch=COMPARED.get(case, STEPS),
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
    """Return the numbers of the images that each replica gets: (batches of two passes, replicas, images)."""
    numbers = np.arange(3 * BATCH + 5).reshape(-1, 1, 1, 1)
    images = Images(numbers)
    batches = iter(
        strategy.distribute_datasets_from_function(
            lambda context: training_batches(images, BATCH, seed=0, context=context)
        )
    )
    parts = [strategy.experimental_local_results(next(batches)) for _ in range(6)]
    return np.array([[np.ravel(part) for part in batch] for batch in parts])


def main(name: str, out: str) -> None:
    strategy = strategy_named(name)
    arrays, histories = {"images_read": images_read(strategy)}, {}
    for case, config in CASES[name].items():
        components, histories[case] = train(case, config(), strategy)
        arrays |= {f"{case}/{key}": component for key, component in components.items()}
    np.savez(f"{out}.npz", **arrays)
    Path(f"{out}.json").write_text(json.dumps(histories))
    keras.mixed_precision.set_global_policy("float32")
    run = f"{out}-run"
    if name == "workers":
        # The second time from the checkpoint of a step within an epoch.
        command(*RUN, "--strategy", "multi_worker", "--steps_per_execution", "2", "--out", run)
        command("--resume", run, "--epochs", "3", "--strategy", "multi_worker")
        space = Path(f"{out}-space.yaml")
        space.write_text("{parameters: {generator_optimizer.learning_rate: {choices: [0.01, 0.02]}}}")
        tuned = ("--space", str(space), "--strategy", "multi_worker", "--out", f"{out}-search")
        assert cli.main(["tune", *RUN, *tuned]) == 0
    if name == "mirrored":
        command(*RUN, "--strategy", "mirrored", "--replicas", "2", "--out", run)
        command(*RUN, "--out", f"{out}-other")
        command("--resume", run, "--epochs", "3", "--strategy", "default")
        command("--resume", f"{out}-other", "--epochs", "3", "--strategy", "mirrored", "--replicas", "2")


def command(*args: str) -> None:
    """Run the command `train` as a user types it."""
    assert cli.main(["train", *args]) == 0


if __name__ == "__main__":
    main(*sys.argv[1:])
