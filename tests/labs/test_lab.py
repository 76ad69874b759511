"""Labs of the smallest networks. The budget is in images, so all figures are the same each time."""

import json
import os
import re
import shutil

import numpy as np
import pytest
import yaml

import tfgan_course
from tfgan_course.cli.main import main
from tfgan_course.comparison import worker
from tfgan_course.config.names import Option
from tfgan_course.errors import UserError
from tfgan_course.labs import api
from tfgan_course.labs.description import lab_path, labs, read_lab
from tfgan_course.labs.folder import Budget, LabFolder
from tfgan_course.labs.inside import look_inside
from tfgan_course.labs.page import page
from tfgan_course.labs.results import LabResults
from tfgan_course.runs.directory import RunDirectory

RUN = {"variant": "simple_gan", "about": "two perceptrons"}
TINY = {
    "subject": "tiny",
    "report": {"title": "A report", "data": "Dresses.", "took": "an hour"},
    "minutes": 1,
    "options": {"batch_size": 8, "data.classes": ["Dress", "Coat"], "samples.count": 4, "generator.width": 2},
    "parts": {
        "short": {"title": "short runs", "epochs": 10, "runs": {"a": RUN, "b": RUN | {"options": {"critic.width": 2}}}},
        "long": {"title": "a long run", "epochs": 20, "share": 2, "runs": {"c": RUN}},
    },
    "tables": [
        {
            "title": "Times",
            "unit": "minutes",
            "figure": "epochs",
            "ours": "epochs",
            "base": "a",
            "rows": {"a": {"value": 3, "text": "3 minutes"}, "c": {"value": 9, "text": "9 minutes"}},
        }
    ],
    "findings": [
        {"says": "c is longer", "text": "t", "check": ["c.epochs > 1.9 * a.epochs", "c.epochs < 2.1 * a.epochs"]},
        {"says": "b is longer", "text": "t", "check": ["b.epochs > 1.5 * a.epochs"]},
        {"says": "look", "text": "t"},
    ],
    "curves": [{"title": "Loss", "column": "critic_loss"}, {"title": "None", "column": "no_such_column"}],
    "shortened": ["smaller"],
    "reading": ["read"],
    "exercises": ["do <this>"],
}
TINY["options"] |= {"critic.width": 3, "steps_per_epoch": 5, "samples.every_epochs": 1}
JUDGING = {"features": "random", "samples": 60}


def work(folder: LabFolder) -> None:
    """Do what `lead` does, in this process, which is faster than a process for each run."""
    for comparison in folder.parts.values():
        if not comparison.judge_is_ready():
            assert worker.main(str(comparison.path), "judge", os.getppid()) == 0
        for name in comparison.names:
            if not comparison.finished(name):
                assert worker.main(str(comparison.path), name, os.getppid()) == 0


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> LabFolder:
    place = tmp_path_factory.mktemp("lab")
    (place / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    folder = LabFolder.begin(place / "out", place / "tiny.yaml", Budget("images", 200), JUDGING, [])
    work(folder)
    return folder


def test_the_runs_have_the_options_and_the_budget_of_their_part(done):
    settings = {run: comparison.settings(name) for run, (comparison, name) in done.runs.items()}
    assert {run: found["max_images"] for run, found in settings.items()} == {"a": 200, "b": 200, "c": 400}
    assert {run: found.make().critic.width for run, found in settings.items()} == {"a": 3, "b": 3, "c": 3}
    own = {name: yaml.safe_load((done.path / "variants" / f"{name}.yaml").read_text()) for name in settings}
    assert own["b"]["critic"]["init_args"]["width"] == 2  # what all runs share comes later


def test_the_figures_are_those_of_the_runs(done):
    found = LabResults.of(done)
    comparison, name = done.runs["c"]
    record, run = comparison.record(name), RunDirectory(comparison.runs / name)
    losses = np.array([row["critic_loss"] for row in run.rows()])
    assert len(losses) == 10
    figures = found.figures["c"]
    assert figures["critic_loss.first"] == pytest.approx(losses[:2].mean())
    assert figures["critic_loss.last"] == pytest.approx(losses[-2:].mean())
    assert figures["epochs"] == 400 / run.images["train_images"]
    assert figures["seconds_per_1000_images"] == pytest.approx(1000 * record["training"]["seconds_per_step"] / 8)
    assert figures["frechet"] == record["figures"]["frechet"]
    assert [result.holds for result in found.findings] == [True, False, None]
    assert [(row.report_ratio, row.our_ratio) for row in found.tables[0].rows] == [(1, 1), (3, 2)]


def test_the_page(done):
    results = api.write(done)
    html = (done.path / "lab.html").read_text()
    assert html == page(results)
    assert not re.findall(r'(?:src|href)="(?!data:|#)', html)
    assert "<script" not in html
    assert html.count("<polyline") == 3
    assert "do &lt;this&gt;" in html
    # The samples at the end, and at most six grids of each run: before it, and after each of 5, 5 and 10 epochs.
    assert html.count('src="data:image/png') == 3
    assert html.count('src="data:image/jpeg') == 18
    content = json.loads((done.path / "results.json").read_text())
    assert [found["verdict"] for found in content["findings"]] == ["yes", "no", "cannot tell"]
    assert content["tables"][0]["agreeing"] == content["tables"][0]["pairs"] == 1


def test_a_lab_that_is_stopped_ends_with_the_same_results(done, tmp_path):
    copy = LabFolder(shutil.copytree(done.path, tmp_path / "lab"))
    comparison, name = copy.runs["b"]
    shutil.rmtree(comparison.runs / name)
    (comparison.runs / f"{name}.json").unlink()
    assert LabResults.of(copy).figures["b"] == {}
    page(LabResults.of(copy))
    kept = copy.runs["c"][0].runs / "c-0" / "history.csv"
    before = kept.stat().st_mtime_ns
    work(LabFolder(copy.path))
    assert kept.stat().st_mtime_ns == before
    timed = ("seconds_per_step", "memory_gb", "seconds_per_1000_images")

    def same(folder: LabFolder) -> dict:
        found = LabResults.of(folder).figures
        return {run: {key: value for key, value in all_of.items() if key not in timed} for run, all_of in found.items()}

    assert same(copy) == same(done)


def test_the_command_and_python_resume_a_lab_that_is_done(done, capsys):
    assert main(["labs", "--resume", str(done.path)]) == 0
    assert "c is longer" in capsys.readouterr().out
    assert tfgan_course.lab(resume=done.path).figures == LabResults.of(done).figures


@pytest.mark.parametrize(
    ("given", "received"),
    [
        ({"minutes": 3.0, "full": True}, "minutes and full"),
        ({"minutes": "long"}, "str"),
        ({"images": 0}, "0"),
        ({"seed": 3}, "--seed"),
        ({"judge_samples": 1}, "1"),
    ],
)
def test_wrong_options_are_refused_and_leave_nothing(given, received, tmp_path):
    with pytest.raises(UserError) as error:
        tfgan_course.lab("lab4", out=tmp_path / "out", **given)
    assert error.value.received == received
    assert not (tmp_path / "out").exists()


def test_resume_takes_no_other_options(done):
    with pytest.raises(UserError) as error:
        tfgan_course.lab("lab4", minutes=3, resume=done.path)
    assert error.value.received == "minutes, a lab's name"
    with pytest.raises(UserError):
        LabFolder.begin(done.path, "lab4", Budget("minutes", 3), {}, [])


def test_without_a_name_the_labs_are_listed(capsys):
    assert main(["labs"]) == 0
    out = capsys.readouterr().out
    assert all(re.search(rf"^{name} ", out, re.M) for name in labs())
    assert main(["labs", "--minutes", "3"]) == 2


SMALL = {"batch_size": "4", "data.classes": "Dress,Coat", "steps_per_epoch": "2", "samples.count": "4"}
SMALL |= {"generator.width": "2", "critic.width": "2"}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", labs())
def test_a_packaged_lab_runs_to_its_end_and_measures_what_each_finding_needs(name, tmp_path):
    options = [Option(key, value) for key, value in SMALL.items()]
    # A lab that looks inside its judge needs a classifier.
    judging = {"samples": 60} if read_lab(lab_path(name)).inside else JUDGING
    folder = LabFolder.begin(tmp_path / "lab", name, Budget("images", 80), judging, options)
    work(folder)
    look_inside(folder)
    results = api.write(folder)
    assert all(results.figures.values()), {run: folder.runs[run][0].record(f"{run}-0") for run in folder.runs}
    for result in results.findings:
        for text, left, right, _ in result.conditions:
            assert None not in (left, right), text
    for result in results.tables:
        assert all(row.ours is not None for row in result.rows), result.table.title
    html = (folder.path / "lab.html").read_text()
    assert "No run has this column yet" not in html
