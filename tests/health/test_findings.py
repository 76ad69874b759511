"""Each finding on figures made by hand, and that the docs have a section of each."""

import math
import re
from pathlib import Path

import pytest

from tfgan_course.health.findings import FINDINGS, LearningRateTooHigh
from tfgan_course.health.monitor import events, link

DOCS = Path(__file__).parents[2] / "docs" / "guides" / "health.md"
# Of the last epochs of `train --variant lsgan`.
GOOD = {
    "critic_accuracy": 0.8,
    "val_critic_accuracy": 0.7,
    "critic_gradient_norm": 9.0,
    "generator_gradient_norm": 2.0,
    "health_diversity": 0.85,
    "health_spread": 0.9,
    "health_copies": 0.01,
    "health_saturation": 0.0,
    "health_white_patches": 0.0,
    "health_checkerboard": 0.2,
    "health_distance": 0.03,
    "health_distance_raw": 0.04,
    "health_critic_step": 0.005,
    "health_generator_step": 0.01,
    "health_label_leak": 0.05,
}
FAR = {"health_distance": 0.9, "health_distance_raw": 0.9}
BAD = {
    "learning rate too high": {"health_generator_step": 1.5},
    "label leak": {"health_label_leak": 0.95, "val_critic_accuracy": 0.999, **FAR},
    "memorization": {"health_copies": 0.9, "health_diversity": 0.1},
    "white patches": {"health_white_patches": 0.1, "health_saturation": 0.4},
    "saturation": {"health_saturation": 0.4},
    "vanishing gradients": {"generator_gradient_norm": 1e-4},
    "exploding gradients": {"critic_gradient_norm": 2000.0},
    "collapse": {"health_diversity": 0.05},
    "critic too strong": {"val_critic_accuracy": 0.999, **FAR},
    "critic too weak": {"val_critic_accuracy": 0.5, **FAR},
    "checkerboard": {"health_checkerboard": 3.0},
    "lagging average": {"health_distance": 0.2},
    "jumping generator": {"health_distance_raw": 0.9},
}


def history(figures: dict[str, float], good: int = 4, bad: int = 6) -> list[dict[str, float]]:
    rows = [GOOD] * good + [GOOD | figures] * bad
    return [{"epoch": i + 1.0, "step": 200.0 * (i + 1), **row} for i, row in enumerate(rows)]


def test_a_good_run_is_passed_over_in_silence():
    assert events(history({})) == []


@pytest.mark.parametrize("name", BAD)
def test_each_fault_is_named_and_no_other(name):
    found = events(history(BAD[name]))
    event = found[0]
    assert {event.name for event in found} == {name}
    assert event.since == 5
    assert len(event.sentence) < 300
    assert "\n" not in event.sentence


OBJECT = "tfgan_course.objectives.terms"


@pytest.mark.parametrize(
    ("name", "settings", "held"),
    [
        ("checkerboard", {"generator": {"class_path": "tfgan_course.models.DCGANGenerator"}}, "stride"),
        ("checkerboard", {"generator": {"class_path": "tfgan_course.models.ResNetGenerator"}}, "ResNetGenerator"),
        ("label leak", {"fake_labels": "real"}, "fake_labels: real"),
        ("memorization", {"augmentations": [{"class_path": "tfgan_course.augmentation.DiffAugment"}]}, "DiffAugment"),
        ("white patches", {"critic_terms": [{"class_path": f"{OBJECT}.R1"}]}, "R1"),
        (
            "critic too strong",
            {"critic_terms": [{"class_path": f"{OBJECT}.Lazy", "init_args": {"term": {"class_path": f"{OBJECT}.R1"}}}]},
            "R1",
        ),
        (
            "critic too strong",
            {"critic": {"class_path": "tfgan_course.models.DCGANCritic", "init_args": {"normalization": "spectral"}}},
            "spectral",
        ),
        ("critic too strong", {"critic_updates": 1}, "critic_updates"),
        ("vanishing gradients", {"loss": {"class_path": "tfgan_course.objectives.losses.Hinge"}}, "non-saturating"),
        (
            "exploding gradients",
            {"critic_optimizer": {"class_path": "Adam", "init_args": {"global_clipnorm": 1.0}}},
            "clip",
        ),
        ("collapse", {"generator_terms": [{"class_path": f"{OBJECT}.ModeSeeking"}]}, "ModeSeeking"),
    ],
)
def test_advice_that_a_run_follows_already_is_not_given(name, settings, held):
    minimax = {"loss": {"class_path": "tfgan_course.objectives.losses.Minimax"}}
    (before,), (after,) = (
        [event for event in events(history(BAD[name]), settings=given) if event.severity != "ended"]
        for given in (minimax, {**minimax, **settings})
    )
    assert held in before.sentence.partition("helps")[2]
    assert held not in after.sentence.partition("helps")[2]
    assert len(after.sentence.partition("helps: ")[2]) > 5


@pytest.mark.parametrize("name", BAD)
def test_a_few_steps_show_nothing_except_steps_that_are_far_too_long(name):
    rows = [{**row, "step": 2.0 * row["epoch"]} for row in history(BAD[name])]
    assert {event.name for event in events(rows)} == ({name} & {LearningRateTooHigh.name})


def test_there_is_a_fault_for_every_finding():
    assert sorted(BAD) == sorted(finding.name for finding in FINDINGS)
    for finding in FINDINGS:
        assert set(finding.hides) <= {other.name for other in FINDINGS}


def test_a_confident_critic_of_good_images_is_not_too_strong():
    assert events(history({"val_critic_accuracy": 1.0})) == []


def test_runs_without_test_images_average_or_labels():
    missing = ("val_critic_accuracy", "health_distance_raw", "health_label_leak")
    rows = [{name: value for name, value in row.items() if name not in missing} for row in history({})]
    assert events(rows) == []
    for row in rows:
        row.update(critic_accuracy=1.0, health_distance=0.9)
    assert [event.name for event in events(rows)] == ["critic too strong"]


def test_histories_from_before_there_was_a_monitor_say_nothing():
    rows = [{"epoch": i + 1.0, "step": 100.0 * i, "critic_loss": 1.0} for i in range(9)]
    assert events(rows) == []
    assert all(math.isnan(finding.value(rows)) for finding in FINDINGS)


@pytest.mark.parametrize("name", [*BAD, "not finite"])
def test_the_link_leads_to_a_section_of_the_docs(name):
    anchors = [heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", DOCS.read_text(), re.M)]
    assert link(name).partition("#")[2] in anchors
