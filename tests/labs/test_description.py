"""Descriptions of labs: those of the package, and wrong ones."""

import os
import re
from pathlib import Path

import pytest
import yaml

from tfgan_course.config.names import Option
from tfgan_course.errors import UserError
from tfgan_course.labs.description import Lab, lab_path, labs, read_lab
from tfgan_course.labs.folder import Budget, LabFolder
from tfgan_course.labs.inside import accuracies, drawn, look_inside

REPORTS = "TFGAN_COURSE_REPORTS"
"""The environment variable with the folder of the reports' texts, which are not ours to distribute."""
SMALL = [Option("batch_size", "8"), Option("data.classes", "Dress,Coat")]


def tight(text: str) -> str:
    """Return a text with single spaces."""
    return " ".join(text.split())


def written(lab: Lab) -> str | None:
    """Return the text of a lab's report; None if it is not at hand."""
    folder = os.environ.get(REPORTS)
    texts = [tight(path.read_text("utf-8")) for path in sorted(Path(folder).glob("*.txt"))] if folder else []
    found = [text for text in texts if tight(lab.report.title) in text[:200]]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("name", labs())
def test_every_quotation_and_number_is_in_the_report(name):
    lab = read_lab(lab_path(name))
    report, quotes = written(lab), list(lab.quotes)
    if report is None:
        pytest.skip(f"{len(quotes)} quotations of {lab.report.title} were not checked: set {REPORTS} to its folder")
    for value, text in quotes:
        assert tight(text) in report
        if value is not None:
            numbers = [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?(?:e-?\d+)?", text)]
            assert value in numbers, text


@pytest.mark.parametrize("name", labs())
def test_the_runs_of_every_lab_are_configurations_that_work(name, tmp_path):
    judging = {"features": "random", "samples": 60}
    folder = LabFolder.begin(tmp_path / "lab", name, Budget("images", 200), judging, SMALL)
    assert [*folder.runs] == [*folder.lab.runs]
    for comparison, run in folder.runs.values():
        comparison.settings(run).make()
    assert folder.lab.subject
    assert folder.lab.reading
    assert folder.lab.exercises


RIGHT = {
    "subject": "s",
    "report": {"title": "t", "data": "d", "took": "long"},
    "minutes": 1,
    "parts": {"main": {"title": "p", "epochs": 5, "runs": {"a": {"variant": "dcgan", "about": "x"}}}},
}
TABLE = {"title": "t", "unit": "u", "figure": "f", "ours": "o"}


@pytest.mark.parametrize(
    ("change", "received"),
    [
        ({"minutes": "long"}, "'long'"),
        ({"minutes": 0}, "0"),
        ({"minute": 3}, "3"),
        ({"subject": None}, "None"),
        ({"parts": {}}, "{}"),
        ({"findings": [{"says": "s", "text": "t", "check": ["b.recall > 0"]}]}, "'b'"),
        ({"findings": [{"says": "s", "text": "t", "check": ["a.recall"]}]}, "'a.recall'"),
        ({"curves": [{"title": "t", "column": "c", "runs": ["b"]}]}, "'b'"),
        ({"tables": [TABLE | {"rows": {"b": {"value": 1, "text": ""}}}]}, "'b'"),
        ({"tables": [TABLE | {"rows": {"a": {"value": 1, "text": ""}}, "base": "c"}]}, "'c'"),
        ({"inside": {"networks": ["judge", "b"]}}, "'b'"),
        ({"inside": {"networks": ["judge"]}}, "['judge']"),
        (
            {"parts": {"main": {**RIGHT["parts"]["main"], "runs": {"judge": {"variant": "dcgan", "about": "x"}}}}},
            "judge",
        ),
        ({"parts": {name: RIGHT["parts"]["main"] for name in ("one", "two")}}, "a twice"),
    ],
)
def test_a_wrong_description_is_refused(change, received, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(RIGHT))
    read_lab(file)
    file.write_text(yaml.safe_dump(RIGHT | change))
    with pytest.raises(UserError) as error:
        read_lab(file)
    assert error.value.received == received


def test_an_unknown_lab_and_an_unknown_option_of_a_run_are_refused_and_leave_nothing(tmp_path):
    for name in ("lab5", "none.yaml"):
        with pytest.raises(UserError) as error:
            lab_path(name)
        assert error.value.received == repr(name)
    wrong = RIGHT | {"parts": {"main": {**RIGHT["parts"]["main"], "options": {"critic.widht": 3}}}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(wrong))
    with pytest.raises(UserError):
        LabFolder.begin(tmp_path / "out", tmp_path / "mine.yaml", Budget("minutes", 1), {}, [])
    assert not (tmp_path / "out").exists()


def test_the_minutes_left_are_those_of_the_runs_that_are_not_finished(tmp_path):
    folder = LabFolder.begin(tmp_path / "lab", "cifar10", Budget("minutes", 40), {"features": "random"}, SMALL)
    assert folder.minutes_left() == pytest.approx(40)
    comparison, run = folder.runs["cgan_long"]  # 4 of 11 shares
    comparison.write(run, {"judged_by": comparison.plan.judged_by})
    assert folder.minutes_left() == pytest.approx(40 * 7 / 11)


def test_a_report_that_names_no_length_cannot_be_repeated_in_full(tmp_path):
    endless = {key: value for key, value in RIGHT["parts"]["main"].items() if key != "epochs"}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(RIGHT | {"parts": {"main": endless}}))
    with pytest.raises(UserError) as error:
        LabFolder.begin(tmp_path / "lab", str(tmp_path / "mine.yaml"), Budget("full", 1), {}, SMALL)
    assert error.value.received == "none in 'p'"
    assert not (tmp_path / "lab").exists()


def test_the_budget_of_a_run():
    part = RIGHT["parts"]["main"]
    runs = {name: {"variant": "dcgan", "about": "x"} for name in ("b", "c", "d")}
    lab = Lab.model_validate(RIGHT | {"parts": {"one": part, "two": {**part, "share": 3, "runs": runs, "epochs": 2}}})
    one, two = lab.parts.values()
    # 1 run with share 1 and 3 runs with share 3: 10 shares.
    assert Budget("minutes", 60).of(one, lab, None) == ("minutes", 6)
    assert Budget("minutes", 60).of(two, lab, None) == ("minutes", 18)
    assert Budget("images", 100).of(two, lab, None) == ("images", 300)
    assert Budget("full", 1).of(one, lab, 50_000) == ("images", 250_000)
    assert Budget("full", 1).of(two, lab, 50_000) == ("images", 100_000)


def test_the_judge_has_the_options_of_the_lab(tmp_path):
    folder = LabFolder.begin(tmp_path / "lab", "ie534", Budget("images", 80), {}, SMALL)
    network = yaml.safe_load((folder.parts["runs"].path / "judge.yaml").read_text())["network"]
    assert network["class_path"].endswith("IE534Critic")
    assert network["init_args"]["width"] == 32
    assert {str(comparison.judge) for comparison in folder.parts.values()} == {str(folder.parts["runs"].path / "judge")}


def test_a_lab_without_a_classifier_as_judge_is_not_drawn_inside(tmp_path, capsys):
    folder = LabFolder.begin(tmp_path / "lab", "ie534", Budget("images", 80), {"features": "random"}, SMALL)
    look_inside(folder)
    assert "judge" in capsys.readouterr().out
    assert accuracies(folder) == {}
    assert drawn(folder) == []
    (folder.path / "inside").mkdir()
    (folder.path / "inside" / "inside.json").write_text('{"judge": ')  # damaged
    assert accuracies(folder) == {}
