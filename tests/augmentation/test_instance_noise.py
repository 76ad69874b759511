import numpy as np
import pytest

from tests.augmentation.test_augmentation import draws, images
from tfgan_course.augmentation import InstanceNoise


@pytest.mark.parametrize(("step", "std"), [(0, 0.2), (250, 0.15), (1000, 0.0), (5000, 0.0)])
def test_the_noise_is_normal_and_decays_linearly(step, std):
    x = images((50, 16, 16, 3))
    noise = InstanceNoise(0.2, decay_steps=1000)(x, draws(step)).numpy() - x
    # Five standard errors.
    assert abs(noise.std() - std) <= 5 * std / np.sqrt(2 * noise.size)
    assert abs(noise.mean()) <= 5 * std / np.sqrt(noise.size)
    if std:
        assert abs((noise**4).mean() / std**4 - 3) < 5 * np.sqrt(96 / noise.size)


def test_without_decay_it_stays():
    x = images((50, 16, 16, 3))
    noise = InstanceNoise(0.1)(x, draws(10**9)).numpy() - x
    assert abs(noise.std() - 0.1) < 5 * 0.1 / np.sqrt(2 * noise.size)
