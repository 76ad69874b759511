"""Trains a small GAN with every term that keeps state or compares images, on one replica and on two.

python -m tests.objectives.terms.replicas OUT

OUT.npz then holds every variable as each replica has it. A process of its own, since a strategy divides the CPU before
TensorFlow's first operation.
"""

import sys

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tfgan_course.augmentation import DiffAugment
from tfgan_course.models import MappingNetwork
from tfgan_course.models.conditioning import ConcatenatedEmbedding
from tfgan_course.objectives.label_noise import LabelNoise
from tfgan_course.objectives.terms import (
    DRAGAN,
    R1,
    ConsistencyRegularization,
    FeatureMatching,
    GradientAveraging,
    HistoricalAveraging,
    Lazy,
    LeCam,
    PathLength,
)
from tfgan_course.replicas import tf_variable

STEPS, BATCH = 4, 16


def variables_after_training(strategy: tf.distribute.Strategy) -> dict[str, np.ndarray]:
    """The players' weights and the terms' state, `term/number/replica`."""
    with strategy.scope():
        # Nothing mixes images, and SGD: only rounding may depend on how a batch is divided.
        gan = tiny.conditional_gan(
            ConcatenatedEmbedding(2),
            mapping=MappingNetwork(depth=1, size=6),  # which keeps the average w
            critic_terms=[
                LeCam(0.3, decay=0.5),
                HistoricalAveraging(0.5),
                GradientAveraging(0.5),
                ConsistencyRegularization(),
                DRAGAN(0.001),
                Lazy(R1(0.01), 2),
            ],
            generator_terms=[
                FeatureMatching(0.01),
                HistoricalAveraging(0.5),
                GradientAveraging(0.5),
                Lazy(PathLength(0.1, share=1), 2),  # a share would be other images of each replica's
            ],
            joint_batches=True,
            label_noise=LabelNoise(real=(0.7, 1.2), flip_rate=0.2),
            augmentations=[DiffAugment(["color"])],
            generator_optimizer=keras.optimizers.SGD(0.1),
            critic_optimizer=keras.optimizers.SGD(0.1),
        )
    gan.fit(tiny.labeled_batches(STEPS * BATCH, BATCH), verbose=0)
    groups = {"generator": gan.generator.weights, "critic": gan.critic.weights}
    for name, term in {**gan.critic_terms, **gan.generator_terms}.items():
        groups[name] = list(term.variables)
    return {
        f"{group}/{index}/{replica}": component.numpy()
        for group, variables in groups.items()
        for index, variable in enumerate(variables)
        for replica, component in enumerate(strategy.experimental_local_results(tf_variable(variable)))
    }


def main(out: str) -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    alone = variables_after_training(tf.distribute.get_strategy())
    mirrored = variables_after_training(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]))
    np.savez(out, **{f"alone/{key}": value for key, value in alone.items()}, **mirrored)


if __name__ == "__main__":
    main(*sys.argv[1:])
