import numpy as np
import pytest

from tfgan_course.errors import UserError
from tfgan_course.metrics import Gaussian, frechet_distance, frechet_infinity, intra_class_frechet_distance


def by_eigenvalues(real, fake):
    """The formula as it stands: the trace of a matrix's root is the sum of its eigenvalues' roots."""
    c1, c2 = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    root = np.sqrt(np.linalg.eigvals(c1 @ c2).astype(complex)).real.sum()
    return np.sum((real.mean(0) - fake.mean(0)) ** 2) + np.trace(c1) + np.trace(c2) - 2 * root


def correlated(rng, samples, width):
    return rng.normal(size=(samples, width)) @ rng.normal(size=(width, width)) / np.sqrt(width)


def test_equals_the_formula_where_covariances_have_full_rank():
    rng = np.random.default_rng(0)
    real, fake = correlated(rng, 300, 40) + 0.1, correlated(rng, 200, 40)
    np.testing.assert_allclose(frechet_distance(real, fake), by_eigenvalues(real, fake), rtol=1e-9)
    fits = Gaussian.fit(real), Gaussian.fit(fake)
    assert frechet_distance(*fits) == frechet_distance(real, fake)


def test_equals_scipys_matrix_root():
    reason = "scipy.linalg.sqrtm, which the reference implementation takes; the test above takes NumPy's eigenvalues"
    linalg = pytest.importorskip("scipy.linalg", reason=reason)
    rng = np.random.default_rng(0)
    real, fake = correlated(rng, 300, 40) + 0.1, correlated(rng, 200, 40)
    c1, c2 = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    means = np.sum((real.mean(0) - fake.mean(0)) ** 2)
    expected = means + np.trace(c1 + c2 - 2 * linalg.sqrtm(c1 @ c2).real)
    np.testing.assert_allclose(frechet_distance(real, fake), expected, rtol=1e-6)


def test_gaussians_that_do_not_commute_by_hand():
    """Of a 2 x 2 matrix tr A^(1/2) = (tr A + 2 det(A)^(1/2))^(1/2)."""
    c1, c2 = np.array([[2.0, 0.6], [0.6, 1.0]]), np.array([[1.0, -0.5], [-0.5, 3.0]])
    product = c1 @ c2
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    one, other = Gaussian.from_covariance([0, 1], c1), Gaussian.from_covariance([2, 0], c2)
    np.testing.assert_allclose(frechet_distance(one, other), 5 + 3 + 4 - 2 * root, rtol=1e-12)


def test_singular_covariances_by_hand():
    """A line, a point and a plane in 3 dimensions; roots of diagonal matrices are the roots of their entries."""
    line, plane = np.diag([4.0, 0, 0]), np.diag([1.0, 9, 0])
    zero = np.zeros(3)
    line, plane, point = (Gaussian.from_covariance(zero, c) for c in (line, plane, np.zeros((3, 3))))
    np.testing.assert_allclose(frechet_distance(line, plane), (2 - 1) ** 2 + 9)
    np.testing.assert_allclose(frechet_distance(line, point), 4)
    assert frechet_distance(point, point) == 0


@pytest.mark.parametrize(("real_count", "fake_count"), [(20, 15), (20, 500), (500, 20), (500, 2)])
def test_fewer_samples_than_features(real_count, fake_count):
    """Against the eigenvalues of C1^(1/2) C2 C1^(1/2), those that are 0 but for rounding left out."""
    rng = np.random.default_rng(0)
    real, fake = correlated(rng, real_count, 60), correlated(rng, fake_count, 60) * 1.2
    values, vectors = np.linalg.eigh(np.cov(real, rowvar=False))
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    inner = np.linalg.eigvalsh(root @ np.cov(fake, rowvar=False) @ root)
    trace_of_root = np.sqrt(inner[inner > 1e-12 * inner.max()]).sum()
    means = np.sum((real.mean(0) - fake.mean(0)) ** 2)
    expected = means + real.var(0, ddof=1).sum() + fake.var(0, ddof=1).sum() - 2 * trace_of_root
    np.testing.assert_allclose(frechet_distance(real, fake), expected, rtol=1e-6)


def test_dead_and_repeated_features_change_nothing():
    rng = np.random.default_rng(0)
    real, fake = correlated(rng, 300, 5), correlated(rng, 300, 5) + 0.2

    def widened(x):
        return np.concatenate([x, np.full((len(x), 3), 7.0)], axis=1)

    np.testing.assert_allclose(frechet_distance(widened(real), widened(fake)), frechet_distance(real, fake), rtol=1e-9)
    # Twice the same features: every squared length doubles.
    twice = frechet_distance(np.tile(real, 2), np.tile(fake, 2))
    np.testing.assert_allclose(twice, 2 * frechet_distance(real, fake), rtol=1e-6)


def test_sampling_error_has_its_analytic_size():
    """Diagonal Gaussians: the distance is the sum of (m1 - m2)^2 + (s1 - s2)^2, whose first derivatives give the error.

    A sample's mean has variance s^2 / n, its standard deviation s^2 / 2n; the covariances in between do not matter to
    first order.
    """
    rng = np.random.default_rng(0)
    n, repeats = 2000, 300
    m1, m2 = np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.5, 0.0])
    s1, s2 = np.array([1.0, 2.0, 0.5]), np.array([2.0, 1.0, 1.0])
    truth = np.sum((m1 - m2) ** 2 + (s1 - s2) ** 2)
    variance = np.sum((4 * (m1 - m2) ** 2 + 2 * (s1 - s2) ** 2) * (s1**2 + s2**2)) / n
    found = np.array(
        [frechet_distance(rng.normal(m1, s1, size=(n, 3)), rng.normal(m2, s2, size=(n, 3))) for _ in range(repeats)]
    )
    # The mean of 300 has a 17th of the error of one; the bias, of second order, is of size (s1^2 + s2^2) / n.
    assert abs(found.mean() - truth) < 4 * np.sqrt(variance / repeats) + 3 * np.sum(s1**2 + s2**2) / n
    # A standard deviation from 300 values is known to 4%.
    np.testing.assert_allclose(found.std(), np.sqrt(variance), rtol=0.15)


def test_is_symmetric_and_invariant_to_rotation_shift_and_order():
    rng = np.random.default_rng(0)
    real, fake = correlated(rng, 100, 8), correlated(rng, 80, 8) + 0.3
    rotation = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    expected = frechet_distance(real, fake)
    np.testing.assert_allclose(frechet_distance(fake, real), expected, rtol=1e-9)
    np.testing.assert_allclose(frechet_distance(real @ rotation + 3, fake @ rotation + 3), expected, rtol=1e-9)
    np.testing.assert_allclose(frechet_distance(rng.permutation(real), fake), expected, rtol=1e-9)


def test_distance_to_itself_is_zero():
    real = correlated(np.random.default_rng(0), 100, 30).astype(np.float32)
    assert frechet_distance(real, real) < 1e-10
    assert frechet_distance(real[:10], real[:10]) < 1e-10


def test_noise_and_dropped_modes_raise_it_and_repeating_all_samples_leaves_it():
    rng = np.random.default_rng(0)
    centers = 4 * rng.normal(size=(10, 16))
    real, fake = (centers[rng.integers(10, size=2000)] + rng.normal(size=(2000, 16)) for _ in range(2))
    same = frechet_distance(real, fake)
    noisy = [frechet_distance(real, fake + noise * rng.normal(size=fake.shape)) for noise in (0.5, 1.0, 2.0)]
    assert same < noisy[0] < noisy[1] < noisy[2]
    dropped = [
        frechet_distance(real, centers[rng.integers(modes, size=2000)] + rng.normal(size=(2000, 16)))
        for modes in (10, 5, 1)
    ]
    assert dropped[0] < dropped[1] < dropped[2]
    # Only n - 1 instead of n: what says nothing new changes nothing.
    np.testing.assert_allclose(frechet_distance(real, np.tile(fake, (3, 1))), same, rtol=0.02)


def test_extrapolation_takes_the_bias_away():
    rng = np.random.default_rng(0)
    width = 32
    real = Gaussian.from_covariance(np.zeros(width), np.eye(width))
    truth = 0.5**2
    errors, biases = [], []
    for _ in range(5):
        fake = rng.normal(size=(2000, width))
        fake[:, 0] += 0.5
        at_infinity = frechet_infinity(real, fake, points=10)
        np.testing.assert_allclose(at_infinity.distances[-1], frechet_distance(real, fake))
        assert at_infinity.sizes[0] == 200
        errors.append(at_infinity.distance - truth)
        biases.append(at_infinity.distances[-1] - truth)
    assert np.mean(biases) > 0.1
    assert abs(np.mean(errors)) < np.mean(biases) / 4
    again, other = (frechet_infinity(real, fake, points=10, seed=seed).distance for seed in (0, 1))
    assert again == at_infinity.distance != other


def test_intra_class_is_the_mean_of_classes_and_sees_what_the_whole_does_not():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 500)
    real, fake = (labels[:, None] * 6.0 + rng.normal(size=(1000, 4)) for _ in range(2))
    right = intra_class_frechet_distance(real, labels, fake, labels)
    for label in (0, 1):
        expected = frechet_distance(real[labels == label], fake[labels == label])
        np.testing.assert_allclose(right.per_class[label], expected)
    np.testing.assert_allclose(right.distance, np.mean([right.per_class[0], right.per_class[1]]))
    # The same images under each other's labels: 6 further in each of 4 features.
    wrong = intra_class_frechet_distance(real, labels, fake, 1 - labels)
    assert right.distance < 0.2
    np.testing.assert_allclose(wrong.distance, 4 * 36, rtol=0.05)


@pytest.mark.parametrize(
    ("real", "fake", "expected", "received"),
    [
        (np.zeros((4, 2, 2)), np.zeros((4, 2)), "real features", "(4, 2, 2)"),
        (np.zeros((4, 2)), np.zeros((4, 3)), "equally many features", "2 and 3"),
        (np.zeros((4, 2)), np.array([[0, 1], [np.nan, 0]]), "fake features", "row 1"),
        (np.full((4, 2), np.inf, np.float32), np.zeros((4, 2)), "real features", "row 0"),
        (np.zeros((4, 2)), np.zeros((1, 2)), "at least 2 samples", "1"),
        (np.array([["a", "b"]] * 3), np.zeros((4, 2)), "real numbers", "<U1"),
    ],
)
def test_refuses_what_is_no_features(real, fake, expected, received):
    with pytest.raises(UserError) as error:
        frechet_distance(real, fake)
    assert expected in error.value.expected
    assert received in error.value.received


def test_refuses_impossible_options():
    real = np.random.default_rng(0).normal(size=(30, 2))
    labels = np.repeat([0, 1], 15)
    with pytest.raises(UserError) as error:
        frechet_infinity(real, real, points=40)
    assert error.value.received == "40"
    with pytest.raises(UserError) as error:
        frechet_infinity(real, real, smallest=30)
    assert error.value.received == "30"
    with pytest.raises(UserError) as error:
        intra_class_frechet_distance(real, labels, real, np.r_[2, labels[1:]])
    assert error.value.received == "0 and 1 in class 2"
    with pytest.raises(UserError) as error:
        intra_class_frechet_distance(real, labels, real, labels[:-1])
    assert "30 integers" in error.value.expected
    with pytest.raises(UserError) as error:
        Gaussian.from_covariance(np.zeros(3), np.eye(2))
    assert error.value.received == "(3,) and (2, 2)"
    with pytest.raises(UserError) as error:
        Gaussian.from_covariance(np.zeros(2), np.full((2, 2), np.nan))
    assert "finite" in error.value.expected
