import numpy as np
import pytest
import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.metrics import ms_ssim_diversity
from tfgan_course.metrics.ms_ssim import WEIGHTS, ms_ssim


@pytest.mark.parametrize(
    ("size", "scales"), [((176, 180), 5), ((64, 64), 3), ((45, 51), 3), ((28, 28), 2), ((16, 16), 1)]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_equals_tensorflows(size, scales, channels):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 256, size=(2, *size, channels), dtype=np.uint8)
    b = np.clip(a + rng.normal(0, 60, size=a.shape), 0, 255).astype(np.uint8)
    weights = np.array(WEIGHTS[:scales]) / sum(WEIGHTS[:scales])
    expected = tf.image.ssim_multiscale(a, b, 255, power_factors=weights.tolist())
    np.testing.assert_allclose(ms_ssim(a, b), expected, rtol=1e-4)


def test_of_an_image_with_itself_is_one_and_with_its_negative_none():
    a = np.random.default_rng(0).integers(0, 256, size=(3, 32, 32, 3), dtype=np.uint8)
    np.testing.assert_allclose(ms_ssim(a, a), 1, rtol=1e-6)
    np.testing.assert_allclose(ms_ssim(a, 255 - a), 0, atol=1e-6)


def test_mean_over_pairs_of_different_images():
    """Of two images there is one pair."""
    images = np.random.default_rng(0).integers(0, 256, size=(2, 32, 32, 1), dtype=np.uint8)
    images[1] = images[0] // 2 + images[1] // 2
    similarity, error, per_class = ms_ssim_diversity(images, pairs=70)
    np.testing.assert_allclose(similarity, ms_ssim(images[:1], images[1:])[0], rtol=1e-6)
    assert error < 1e-6
    assert per_class == {}


def smooth(rng, n):
    return rng.integers(0, 256, size=(n, 4, 4, 1)).repeat(8, axis=1).repeat(8, axis=2).astype(np.uint8)


def test_dropped_modes_and_duplicates_raise_it_and_noise_lowers_it():
    rng = np.random.default_rng(0)
    various = smooth(rng, 200)
    real = ms_ssim_diversity(various, pairs=300)
    repeated = [ms_ssim_diversity(np.tile(various[:n], (200 // n, 1, 1, 1)), pairs=300) for n in (5, 2)]
    assert real.similarity + 3 * real.error < repeated[0].similarity < repeated[1].similarity
    alike = np.clip(various[:1] + rng.normal(0, 10, size=various.shape), 0, 255).astype(np.uint8)
    noisy = np.clip(various[:1] + rng.normal(0, 60, size=various.shape), 0, 255).astype(np.uint8)
    assert ms_ssim_diversity(alike).similarity > ms_ssim_diversity(noisy).similarity + 0.1


def test_pairs_within_classes():
    rng = np.random.default_rng(0)
    labels = np.repeat([3, 8], 50)
    images = np.concatenate([np.tile(smooth(rng, 1), (50, 1, 1, 1)), smooth(rng, 50)])
    similarity, error, per_class = ms_ssim_diversity(images, labels, pairs=200)
    assert per_class[3] == pytest.approx(1)
    assert per_class[8] < 0.5
    np.testing.assert_allclose(similarity, (per_class[3] + per_class[8]) / 2)
    # The standard error is that of a mean: other pairs lead to figures that scatter by it.
    others = [ms_ssim_diversity(images, labels, pairs=200, seed=seed).similarity for seed in range(30)]
    np.testing.assert_allclose(np.std(others), error, rtol=0.4)


def test_refuses():
    images = np.zeros((3, 32, 32, 1), np.uint8)
    with pytest.raises(UserError) as error:
        ms_ssim_diversity(images, np.array([0, 0, 1]))
    assert error.value.received == "1 in class 1"
    with pytest.raises(UserError) as error:
        ms_ssim_diversity(images, pairs=1)
    assert "pairs" in error.value.expected
    with pytest.raises(UserError) as error:
        ms_ssim_diversity(images[:, :8, :8])
    assert error.value.received == "8 x 8"
    with pytest.raises(UserError) as error:
        ms_ssim_diversity(images[:1])
    assert error.value.received == "1"
