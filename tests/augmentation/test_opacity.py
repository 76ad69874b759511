"""Changes of colors leave a fourth channel, the opacity, as it is, and change colors as they do without it."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_course.augmentation import AdaptiveAugment, ColorJitter, DiffAugment
from tfgan_course.randomness import Draws


@pytest.mark.parametrize(
    "augmentation",
    [
        ColorJitter(),
        DiffAugment(policy=["color"]),
        AdaptiveAugment(policy=["brightness", "hue", "saturation"], strength=1.0),
    ],
    ids=lambda augmentation: type(augmentation).__name__,
)
def test_the_opacity_stays(augmentation):
    images = np.random.default_rng(0).uniform(-1, 1, (3, 6, 8, 4)).astype(np.float32)
    changed = augmentation(tf.constant(images), Draws(0, tf.constant(0, tf.int64), "a")).numpy()
    colors = augmentation(tf.constant(images[..., :3]), Draws(0, tf.constant(0, tf.int64), "a")).numpy()
    np.testing.assert_array_equal(changed[..., 3], images[..., 3])
    np.testing.assert_allclose(changed[..., :3], colors, atol=1e-6)
    assert np.abs(changed - images).max() > 0.01
