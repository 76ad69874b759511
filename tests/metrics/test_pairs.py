import numpy as np
import pytest
from skimage import metrics as reference

from tfgan_course import metrics
from tfgan_course.errors import UserError


def pairs(channels: int, count: int = 50) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(channels)
    images = np.clip(128 + 5 * rng.normal(size=(count, 40, 33, channels)).cumsum(1).cumsum(2), 0, 255)
    noise = rng.normal(size=images.shape) * np.linspace(1, 60, count)[:, None, None, None]
    return images.astype(np.uint8), np.clip(images + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_values_are_those_of_scikit_image(channels):
    first, second = pairs(channels)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "channel_axis": -1}
    ssim = [
        reference.structural_similarity(*pair, data_range=255, **options) for pair in zip(first, second, strict=True)
    ]
    psnr = [reference.peak_signal_noise_ratio(*pair, data_range=255) for pair in zip(first, second, strict=True)]
    np.testing.assert_allclose(metrics.ssim(first, second), ssim, atol=1e-4, rtol=0)
    np.testing.assert_allclose(metrics.psnr(first, second), psnr, atol=1e-4, rtol=0)
    apart = np.abs(first.astype(float) - second).mean((1, 2, 3)) / 255
    np.testing.assert_allclose(metrics.l1(first, second), apart)


def test_equal_images_are_equal():
    images, _ = pairs(3, 2)
    assert np.isinf(metrics.psnr(images, images)).all()
    np.testing.assert_allclose(metrics.ssim(images, images), 1)
    np.testing.assert_allclose(metrics.ms_ssim(images, images), 1, rtol=1e-5)
    assert (metrics.l1(images, images) == 0).all()


def test_a_value_by_hand():
    black, gray = np.zeros((1, 2, 2, 1), np.uint8), np.full((1, 2, 2, 1), 51, np.uint8)
    assert metrics.psnr(black, gray)[0] == pytest.approx(20 * np.log10(5))
    assert metrics.l1(black, gray)[0] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("first", "second", "received"),
    [((2, 8, 8, 1), (2, 8, 8, 1), "(2, 8, 8, 1)"), ((2, 16, 16, 1), (2, 16, 16, 3), "(2, 16, 16, 3)")],
)
def test_what_cannot_be_compared_is_an_error(first, second, received):
    with pytest.raises(UserError) as error:
        metrics.ssim(np.zeros(first, np.uint8), np.zeros(second, np.uint8))
    assert received in str(error.value.received)
