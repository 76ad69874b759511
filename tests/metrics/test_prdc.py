import numpy as np
import pytest

from tfgan_course.errors import UserError
from tfgan_course.metrics import precision_recall_density_coverage as prdc


def naive(real, fake, k):
    """The papers' definitions from full tables of distances."""

    def distances(a, b):
        return np.linalg.norm(a[:, None] - b[None], axis=2)

    real_radii = np.sort(distances(real, real), axis=1)[:, k]
    fake_radii = np.sort(distances(fake, fake), axis=1)[:, k]
    across = distances(real, fake)
    in_real = across <= real_radii[:, None]
    precision = in_real.any(axis=0).mean()
    recall = (across <= fake_radii).any(axis=1).mean()
    return precision, recall, in_real.sum() / (k * len(fake)), (across.min(axis=1) <= real_radii).mean()


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_equals_the_definitions(k, dtype, monkeypatch):
    rng = np.random.default_rng(0)
    real, fake = (rng.normal(size=(150, 6)) + 5).astype(dtype), (1.3 * rng.normal(size=(110, 6)) + 5).astype(dtype)
    expected = naive(real.astype(np.float64), fake.astype(np.float64), k)
    assert 0.1 < min(expected) < 0.9
    np.testing.assert_allclose(prdc(real, fake, k), expected, rtol=1e-12)
    # In tiles that no count divides, the last of which has fewer columns than k.
    monkeypatch.setattr("tfgan_course.metrics.arrays.blocks.__defaults__", (37,))
    np.testing.assert_allclose(prdc(real, fake, k), expected, rtol=1e-12)


def test_far_from_the_origin_rounding_does_not_matter():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(200, 8)), rng.normal(size=(200, 8))
    expected = prdc(real, fake)
    np.testing.assert_allclose(
        prdc((real + 100).astype(np.float32), (fake + 100).astype(np.float32)), expected, atol=5e-3
    )


def test_two_squares_by_hand():
    """k = 1: each ball reaches to the neighbor at 1. Of the fakes only (1, 0.5) is that near to a real sample."""
    real = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    fake = np.array([[1, 0.5], [3, 0.5], [9, 0], [9, 1]])
    precision, recall, density, coverage = prdc(real, fake, k=1)
    assert precision == 1 / 4
    assert recall == 1  # (1, 0.5) has its nearest fake at 2, and all reals are nearer
    assert density == 2 / 4  # it lies in the balls of (1, 0) and (1, 1)
    assert coverage == 2 / 4


def test_equal_distributions():
    real, fake = np.random.default_rng(0).normal(size=(2, 2000, 4))
    found = prdc(real, fake)
    np.testing.assert_allclose(found.density, 1, atol=0.05)
    # Naeem et al.: for equally many samples it is 1 - 1/2^k to first order in 1 / n.
    np.testing.assert_allclose(found.coverage, 1 - 0.5**5, atol=0.02)


def test_copies_lie_within_balls_of_no_radius():
    """Each real sample three times, k = 2: radius 0. In float32 its distance to a copy is not quite 0."""
    rng = np.random.default_rng(0)
    real = np.tile(rng.normal(3, 1, size=(50, 512)).astype(np.float32), (3, 1))
    assert prdc(real, rng.permutation(real), k=2) == (1, 1, 1.5, 1)
    apart = real + np.float32(0.1)
    assert prdc(real, apart, k=2) == (0, 0, 0, 0)


def test_noise_lowers_fidelity_and_dropped_modes_lower_variety():
    rng = np.random.default_rng(0)
    centers = 20 * rng.normal(size=(10, 8))
    modes = rng.integers(10, size=(2, 1000))
    real, fake = (centers[mode] + rng.normal(size=(1000, 8)) for mode in modes)
    good = prdc(real, fake)
    noisy = [prdc(real, fake + noise * rng.normal(size=fake.shape)) for noise in (1, 3)]
    assert good.precision > noisy[0].precision > noisy[1].precision
    assert good.density > noisy[0].density > noisy[1].density
    dropped = prdc(real, centers[modes[1] % 5] + rng.normal(size=(1000, 8)))
    np.testing.assert_allclose([dropped.precision, dropped.density], [good.precision, good.density], atol=0.1)
    kept = np.mean(modes[0] < 5)
    assert dropped.recall < kept
    assert dropped.coverage < kept


def test_duplicates_lower_variety_and_leave_fidelity():
    real, fake = np.random.default_rng(0).normal(size=(2, 1000, 4))
    once, often = prdc(real, fake[:100]), prdc(real, np.tile(fake[:100], (10, 1)))
    assert (often.precision, often.coverage) == (once.precision, once.coverage)
    np.testing.assert_allclose(often.density, once.density)
    assert often.recall == 0  # balls of no radius
    assert often.coverage < prdc(real, fake).coverage - 0.3


def test_an_outlier_inflates_precision_but_not_density():
    """Naeem et al., section 3.1: one real outlier's ball takes in every bad sample; in the density it counts 1 of k."""
    rng = np.random.default_rng(0)
    real, bad = rng.normal(size=(500, 4)), rng.normal(10, 1, size=(500, 4))
    with_outlier = np.concatenate([real, np.full((1, 4), 20.0)])
    assert prdc(real, bad).precision == 0
    found = prdc(with_outlier, bad)
    assert found.precision > 0.9
    assert found.density < 0.3


@pytest.mark.parametrize("k", [0, 10])
def test_refuses_k_without_enough_neighbors(k):
    with pytest.raises(UserError) as error:
        prdc(np.zeros((20, 2)), np.zeros((10, 2)), k)
    assert error.value.received == f"k = {k} with 20 real and 10 fake"


def test_refuses_nan():
    with pytest.raises(UserError) as error:
        prdc(np.full((20, 2), np.nan), np.zeros((10, 2)))
    assert "row 0" in error.value.received
