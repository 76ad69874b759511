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
from tfgan_course import GAN
from tfgan_course.augmentation import DiffAugment
from tfgan_course.classifier.content_loss import ContentLoss
from tfgan_course.models import (
    CUTGenerator,
    MappingNetwork,
    PatchGANCritic,
    SRGANCritic,
    SRResNetGenerator,
    UNetGenerator,
)
from tfgan_course.models.conditioning import ConcatenatedEmbedding
from tfgan_course.objectives.label_noise import LabelNoise
from tfgan_course.objectives.terms import (
    DRAGAN,
    R1,
    AbsoluteError,
    ConsistencyRegularization,
    FeatureMatching,
    GradientAveraging,
    HistoricalAveraging,
    Lazy,
    LeCam,
    PatchNCE,
    PathLength,
    Term,
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
    found = variables_of(gan, strategy)
    for name, parts in TRANSLATION.items():
        found |= {f"{name}_{key}": value for key, value in translation(strategy, *parts).items()}
    return found


# From image to image: networks with dropout, BatchNorm and PReLU, and terms with variables that are trained.
TRANSLATION = {
    "unet": (
        UNetGenerator(width=2),
        PatchGANCritic(width=2, receptive_field=16, takes_condition=True),
        AbsoluteError(1),
    ),
    "sr": (SRResNetGenerator(width=2, blocks=1), SRGANCritic(width=2), ContentLoss()),
    "cut": (
        CUTGenerator(width=2, blocks=1),
        PatchGANCritic("instance", width=2, receptive_field=16),
        PatchNCE(layers=["image", "down1", "block1"], patches=8, size=4, temperature=0.5),
    ),
}


def translation(strategy: tf.distribute.Strategy, generator, critic, term: Term) -> dict[str, np.ndarray]:
    keras.utils.set_random_seed(0)
    shape = (8, 8, 1)
    with strategy.scope():
        gan = GAN(
            generator.build(shape, 0, condition_shape=shape),
            critic.build(shape, condition_shape=shape),
            generator_terms=[term],
            generator_optimizer=keras.optimizers.SGD(0.1),
            critic_optimizer=keras.optimizers.SGD(0.1),
        )
    images = tiny.images(4 * BATCH)
    data = {"images": images[: 2 * BATCH], "condition": images[2 * BATCH :]}
    gan.fit(tf.data.Dataset.from_tensor_slices(data).batch(BATCH, drop_remainder=True), verbose=0)
    return variables_of(gan, strategy)


def variables_of(gan: GAN, strategy: tf.distribute.Strategy) -> dict[str, np.ndarray]:
    """The players' weights and the terms' state, `term/number/replica`."""
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
