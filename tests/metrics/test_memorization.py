import numpy as np
import pytest

from tfgan_course.errors import UserError
from tfgan_course.metrics import memorization
from tfgan_course.metrics.neighbors import nearest, nearest_few


@pytest.mark.parametrize("k", [1, 3, 100])
def test_the_nearest_few_equal_the_full_table(k, monkeypatch):
    rng = np.random.default_rng(0)
    queries, references = rng.normal(size=(90, 5)), rng.normal(size=(70, 5))
    references[40] = references[3] + 1e-9  # copies, in different blocks
    table = np.linalg.norm(queries[:, None] - references[None], axis=2)
    monkeypatch.setattr("tfgan_course.metrics.arrays.blocks.__defaults__", (32,))
    index, distance = nearest_few(queries, references, k)
    assert index.shape == (90, min(k, 70))
    np.testing.assert_allclose(distance, np.sort(table, axis=1)[:, :k])
    np.testing.assert_allclose(np.take_along_axis(table, index, axis=1), distance)
    assert all(len(set(row)) == len(row) for row in index.tolist())


@pytest.mark.parametrize("same", [False, True])
def test_nearest_equals_the_full_table(same, monkeypatch):
    rng = np.random.default_rng(0)
    queries = rng.normal(size=(90, 5))
    references = queries if same else rng.normal(size=(70, 5))
    table = np.linalg.norm(queries[:, None] - references[None], axis=2)
    if same:
        np.fill_diagonal(table, np.inf)
    monkeypatch.setattr("tfgan_course.metrics.arrays.blocks.__defaults__", (32,))
    index, distance = nearest(queries, references, same)
    np.testing.assert_array_equal(index, table.argmin(1))
    np.testing.assert_allclose(distance, table.min(1))


def test_by_hand():
    """On a line. Held out: 1 (train 0 at 1, other at 4: 1/4) and 5 (train 6 at 1, other at 4: 1/4)."""
    found = memorization([[0.0], [6.0]], [[1.0], [5.0]], [[0.1], [3.0], [6.0]])
    # Fakes: 0.1 / 0.9, 3 / 2, 0 / 1.
    np.testing.assert_allclose(found, [1 / 9, 1 / 4, 2 / 3])


def test_copies_are_told_from_new_images_whatever_the_sizes():
    rng = np.random.default_rng(0)
    train, held_out, new = (rng.normal(size=(n, 16)) for n in (3000, 1000, 1000))
    honest = memorization(train, held_out, new)
    # 1,000 ratios, whose median scatters by about 1.25 s / sqrt(1000) and is twice as uncertain beside another's.
    np.testing.assert_allclose(honest.ratio, honest.baseline, atol=0.02)
    assert honest.copies < 0.03
    assert honest.baseline < 0.97  # there is more to be near to in the larger set

    near = [memorization(train, held_out, train[:1000] + noise * rng.normal(size=(1000, 16))) for noise in (0.2, 0.05)]
    assert honest.ratio > near[0].ratio > near[1].ratio
    assert near[1].copies > 0.99
    some = memorization(train, held_out, np.concatenate([new[:900], train[:100]]))
    assert 0.1 <= some.copies < 0.13
    np.testing.assert_allclose(some.ratio, honest.ratio, atol=0.03)


def test_duplicating_fakes_changes_nothing_and_held_out_copies_of_training_images_do_not_count():
    rng = np.random.default_rng(0)
    train, held_out, new = rng.normal(size=(3, 200, 4))
    assert memorization(train, held_out, np.tile(new, (2, 1))) == memorization(train, held_out, new)
    both = memorization(train, np.concatenate([train, held_out]), train)
    assert (both.ratio, both.copies) == (0, 1)
    with pytest.raises(UserError) as error:
        memorization(train, train, train)
    assert error.value.received == "0 of 200"


@pytest.mark.parametrize("noise", [0.0, 1e-7])
def test_duplicates_do_not_hide_copies(noise):
    """Every image is there twice, and a part of the set is held out."""
    rng = np.random.default_rng(0)
    images = np.repeat(rng.normal(size=(1000, 16)), 2, axis=0)
    images = images[rng.permutation(len(images))]
    images += noise * rng.normal(size=images.shape)  # as features of one image scatter from batch to batch
    train, held_out = images[400:], images[:400]
    copied = memorization(train, held_out, train[:500])
    assert copied.copies > 0.8
    new = memorization(train, held_out, rng.normal(size=(500, 16)))
    assert new.copies < 0.15
    apart = rng.normal(size=(200, 16))
    repeated = np.concatenate([apart, np.repeat(apart[:20], 5, axis=0)])
    np.testing.assert_allclose(memorization(train, repeated, train[:500]), memorization(train, apart, train[:500]))


def test_refuses():
    with pytest.raises(UserError) as error:
        memorization(np.zeros((3, 2)), np.zeros((1, 2)), np.zeros((3, 2)))
    assert "held-out" in error.value.expected
    with pytest.raises(UserError) as error:
        memorization(np.zeros((3, 4)), np.zeros((3, 2)), np.zeros((3, 2)))
    assert error.value.received == "4 and 2"
