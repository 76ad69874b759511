import numpy as np
import pytest

from tfgan_course.errors import UserError
from tfgan_course.metrics import kernel_distance


def naive(real, fake):
    """The paper's eq. 4, pair by pair."""

    def k(a, b):
        return (np.dot(a, b) / len(a) + 1) ** 3

    def within(x):
        return np.mean([k(x[i], x[j]) for i in range(len(x)) for j in range(len(x)) if i != j])

    return within(real) + within(fake) - 2 * np.mean([k(a, b) for a in real for b in fake])


def test_equals_the_formula_pair_by_pair():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(30, 5)), rng.normal(0.3, 1.2, size=(20, 5))
    np.testing.assert_allclose(kernel_distance(real, fake, subsets=2).distance, naive(real, fake), rtol=1e-10)


def test_blocks_do_not_change_it(monkeypatch):
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(100, 5)), rng.normal(0.3, 1.2, size=(70, 5))
    expected = kernel_distance(real, fake)
    monkeypatch.setattr("tfgan_course.metrics.arrays.blocks.__defaults__", (16,))
    np.testing.assert_allclose(kernel_distance(real, fake), expected, rtol=1e-10)
    single = kernel_distance(real.astype(np.float32), fake.astype(np.float32))
    np.testing.assert_allclose(single, expected, rtol=1e-4)


def test_is_unbiased_and_its_error_is_the_scatter_of_the_figure():
    """For few samples, averaged over many repeats: alike sets have distance 0; for others `error` is right."""
    rng = np.random.default_rng(0)
    alike = [kernel_distance(*rng.normal(size=(2, 40, 8))) for _ in range(200)]
    distances = np.array([found.distance for found in alike])
    assert abs(distances.mean()) < 4 * distances.std() / np.sqrt(200)
    assert distances.min() < 0
    # Alike, the error given is too large, by up to sqrt(10), and never too small.
    assert 1 < np.mean([found.error for found in alike]) / distances.std() < 4

    apart = [kernel_distance(rng.normal(size=(200, 8)), rng.normal(0.7, 1, size=(200, 8))) for _ in range(200)]
    distances = np.array([found.distance for found in apart])
    np.testing.assert_allclose(np.mean([found.error for found in apart]), distances.std(), rtol=0.2)


def test_noise_and_dropped_modes_raise_it_and_duplicates_raise_it():
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(10, 16))
    real, fake = (centers[rng.integers(10, size=1000)] + 0.5 * rng.normal(size=(1000, 16)) for _ in range(2))
    same = kernel_distance(real, fake)
    noisy = [kernel_distance(real, fake + noise * rng.normal(size=fake.shape)) for noise in (1.0, 2.0)]
    assert same.distance + 3 * same.error < noisy[0].distance < noisy[1].distance
    dropped = [
        kernel_distance(real, centers[rng.integers(modes, size=1000)] + 0.5 * rng.normal(size=(1000, 16)))
        for modes in (5, 1)
    ]
    assert same.distance + 3 * same.error < dropped[0].distance < dropped[1].distance
    # Copies are pairs of their own and as near as can be: fewer different fakes, a larger distance.
    assert kernel_distance(real, np.tile(fake[:50], (20, 1))).distance > same.distance + 3 * same.error


@pytest.mark.parametrize("subsets", [1, 6])
def test_refuses_too_few_samples_for_the_subsets(subsets):
    with pytest.raises(UserError) as error:
        kernel_distance(np.zeros((20, 2)), np.zeros((10, 2)), subsets=subsets)
    assert f"{subsets} for 20 real and 10 fake" in error.value.received


def test_refuses_different_widths():
    with pytest.raises(UserError) as error:
        kernel_distance(np.zeros((20, 2)), np.zeros((20, 3)))
    assert error.value.received == "2 and 3"
