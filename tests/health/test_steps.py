"""The length of steps of players whose layers overwrite their own kernels."""

import pytest
from tensorflow import keras

from tests import tiny
from tfgan_course import GAN
from tfgan_course.config.schema import HealthConfig
from tfgan_course.data import Images
from tfgan_course.health.findings import LearningRateTooHigh
from tfgan_course.health.measure import MeasureHealth
from tfgan_course.layers import SpectralNormalization

KERAS_CANNOT_BE_TRACED = hasattr(keras.layers.SpectralNormalization, "normalize_weights")


def health_critic_step(implementation: str, learning_rate: float) -> float:
    """Return the figure after three updates of a critic."""
    critic = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            SpectralNormalization(
                keras.layers.Conv2D(4, 4, 2, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02)),
                implementation=implementation,
            ),
            keras.layers.Flatten(),
            SpectralNormalization(keras.layers.Dense(1), implementation=implementation),
        ]
    )
    gan = GAN(tiny.generator(), critic, critic_optimizer=keras.optimizers.Adam(learning_rate))
    images, logs = Images(tiny.images(64)), {}
    health = MeasureHealth(gan, HealthConfig(samples=50), images, images)
    gan.fit(images.images[:48], batch_size=16, verbose=0)
    health.on_epoch_end(0, logs)
    return logs["health_critic_step"]


@pytest.mark.parametrize("implementation", ["paper", "keras", "addons"])
def test_only_long_steps_are_a_finding_under_each_spectral_normalization(implementation):
    if implementation == "addons":
        pytest.importorskip("tensorflow_addons")
    if implementation == "keras" and KERAS_CANNOT_BE_TRACED:
        pytest.skip("Keras 2's layer fails in every tf.function")
    assert health_critic_step(implementation, 2e-4) < LearningRateTooHigh.threshold / 3
    assert health_critic_step(implementation, 1.0) > LearningRateTooHigh.threshold
