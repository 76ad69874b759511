"""Tests of the sentence about the means and the spreads of a comparison."""

from itertools import pairwise

import pytest

from tfgan_course.comparison.page import mean_curve
from tfgan_course.comparison.results import Row, clear, conclusion, row_of
from tfgan_course.report.chart import HEIGHT, LABEL_GAP, log_ticks, round_ticks, spread


def record(frechet: float, curve: list[tuple[float, float]] = ()) -> dict:
    figures = {"frechet": frechet, "frechet_raw": frechet + 1, "kernel": 0.1, "precision": 0.5, "recall": 0.5}
    figures |= {"density": 1.0, "coverage": 0.5}
    points = [
        {"part": part, "seconds": seconds, "cpu_seconds": 2 * seconds, "images": 8, "frechet": value}
        for part, (seconds, value) in enumerate(curve, 1)
    ]
    training = {"seconds_per_step": 0.1, "memory_gb": 1.0}
    return {"figures": figures, "images": 100, "training": training, "curve": points}


def row(variant: str, *distances: float) -> Row:
    return row_of(variant, {seed: record(distance) for seed, distance in enumerate(distances)})


def test_means_and_spreads():
    found = row("a", 1.0, 2.0, 3.0)
    assert found.distance == 2.0
    assert found.spreads["frechet"] == 1.0  # the standard deviation of a sample of three
    assert found.means["frechet_raw"] == 3.0
    assert not row("a", 1.0).spreads
    failed = row_of("a", {0: record(4.0), 1: {"failed": "NaN"}, 2: {}, 3: {"training": {}}})
    assert (failed.seeds, failed.distance, failed.failures, failed.unfinished) == (1, 4.0, {1: "NaN"}, [2, 3])
    assert row_of("a", {0: {}}).distance == float("inf")
    assert row("a", float("nan"), 1.0).distance == float("inf")


def test_a_difference_is_clear_if_it_is_larger_than_both_spreads_together():
    near, far = row("b", 2.0, 4.0, 3.0), row("c", 4.0, 6.0, 5.0 + 1e-9)  # means 3 and 5, spreads 1 and 1
    assert clear(near, far) is True
    assert clear(near, row("c", 3.9, 5.9, 4.9)) is False
    assert clear(near, row("c", 9.0)) is None


def test_the_sentence():
    best, close, far = row("a", 1.0, 1.2), row("b", 1.1, 1.4), row("c", 5.0, 5.2)
    text = conclusion([best, close, far])
    assert "a has the smallest distance, 1.100" in text
    assert "lead over c is larger than the spread" in text
    assert "lead over b is not larger" in text
    assert "cannot tell" in conclusion([row("a", 1.0), row("b", 2.0)])
    assert "nothing to compare" in conclusion([row("a", 1.0)])
    assert conclusion([]) == "No run is judged yet."


def test_the_curve_is_the_mean_over_the_seeds_at_equal_points():
    runs = {0: record(1.0, [(60, 4.0), (120, 2.0)]), 1: record(1.0, [(62, 6.0), (118, 3.0), (180, 1.0)]), 2: {}}
    assert mean_curve(row_of("a", runs), "minutes") == [(61 / 60, 5.0), (119 / 60, 2.5)]
    assert mean_curve(row_of("a", runs), "cpu_minutes")[0] == (122 / 60, 5.0)
    assert mean_curve(row_of("a", {0: {}}), "images") == []


def test_labels_do_not_overlap_and_stay_in_the_chart():
    heights = [100.0, 101.0, 102.0, HEIGHT, HEIGHT]
    moved = sorted(spread(heights))
    assert all(later - before >= LABEL_GAP - 1e-9 for before, later in pairwise(moved))
    assert moved[-1] < HEIGHT
    assert spread([10.0, 300.0]) == [10.0, 300.0]


def test_ticks_are_round_numbers():
    assert round_ticks(0.0, 10.0, 6) == [0, 2, 4, 6, 8, 10]
    assert round_ticks(0.0, 0.03, 6) == pytest.approx([0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03])
    assert log_ticks(0.0, 1.0) == [1, 2, 5, 10]
