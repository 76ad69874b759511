import json
import multiprocessing
import os
import re
from pathlib import Path

import pytest

from tfgan_course.errors import UserError
from tfgan_course.files import shown
from tfgan_course.runs.directory import RunDirectory, best_row

FACTS = {"image_shape": [28, 28, 1], "class_names": None, "train_images": 10, "test_images": 2}


def new(path) -> RunDirectory:
    return RunDirectory.create(path, "epochs: 1\n", FACTS)


def test_takes_the_next_free_name(tmp_path):
    names = [new(tmp_path / "run").path.name for _ in range(3)]
    assert names == ["run", "run-2", "run-3"]


def test_is_a_path_that_shows_itself(tmp_path):
    run = new(tmp_path / "run")
    assert os.fspath(run) == str(tmp_path / "run")
    assert RunDirectory(run).path == run.path
    assert str(run.path) in repr(run)


def test_writes_down_where_it_was_made(tmp_path):
    environment = json.loads((new(tmp_path / "run").path / "environment.json").read_text())
    assert environment["packages"]["tensorflow"]
    assert environment["git_revision"] is None or re.match("[0-9a-f]{40}", environment["git_revision"])


def hold(path, held, done):
    with RunDirectory(path).lock():
        held.set()
        done.wait(30)


def test_a_run_in_use_is_locked_until_its_process_ends(tmp_path):
    run = new(tmp_path / "run")
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(run.path, held, done))
    other.start()
    assert held.wait(60)
    with pytest.raises(UserError, match="another process"):
        run.lock()
    other.kill()
    other.join()
    run.lock().release()


def test_history_is_cut_back_to_whole_rows(tmp_path):
    run = new(tmp_path / "run")
    for epoch in (1, 2, 3):
        run.append(run.history, {"epoch": epoch, "loss": 0.1 * epoch})
    with run.history.open("a") as file:
        file.write("4,0.")  # as a kill in the middle of a write leaves it
    whole = run.history.read_text().splitlines()[:3]
    run.cut_back(2)
    assert run.history.read_text().splitlines() == whole
    assert [row["epoch"] for row in run.rows()] == [1, 2]


def test_summary_has_the_best_figures_with_their_epochs(tmp_path):
    run = new(tmp_path / "run")
    for epoch, accuracy, loss in ((1, 0.5, 3.0), (2, 0.9, 1.0), (3, 0.7, 2.0)):
        run.append(
            run.history,
            {"epoch": epoch, "step": 10 * epoch, "val_critic_accuracy": accuracy, "val_generator_loss": loss},
        )
    run.write_summary()
    summary = json.loads((run.path / "summary.json").read_text())
    assert summary["best"] == {
        "val_critic_accuracy": {"value": 0.9, "epoch": 2},
        "val_generator_loss": {"value": 1.0, "epoch": 2},
    }
    assert summary["final"]["val_generator_loss"] == 2.0
    assert summary["steps"] == 30


def test_nan_is_never_best():
    rows = [{"a": float("nan")}, {"a": 2.0}, {"a": 1.0}]
    assert best_row(rows, "a", "min") is rows[2]
    assert best_row(rows, "a", "max") is rows[1]


def test_refuses_what_is_no_run(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match="a run directory"):
            RunDirectory(path)


@pytest.mark.parametrize("name", ["a[1]", "a?", "a*b", "a\\b", "[x]/run"])
def test_a_path_that_tensorflow_reads_as_a_pattern_is_refused_and_nothing_is_written(tmp_path, name):
    with pytest.raises(UserError) as error:
        new(tmp_path / name)
    assert shown(tmp_path / name) in error.value.received
    assert not [*tmp_path.iterdir()]
    (tmp_path / name).parent.mkdir(exist_ok=True)
    moved = new(tmp_path / "run").path.rename(tmp_path / name)
    with pytest.raises(UserError) as error:
        RunDirectory(moved)
    assert "Rename" in error.value.remedy


def test_the_working_directory_may_have_any_name(tmp_path, monkeypatch):
    (tmp_path / "course [2024]").mkdir()
    monkeypatch.chdir(tmp_path / "course [2024]")
    assert new(Path("runs/a")).path.is_dir()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere: would cover a folder without write permission")
def test_unwritable_folder(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="--out"):
        new(tmp_path / "run")


def test_a_table_is_never_left_without_its_header(tmp_path):
    run = new(tmp_path / "run")
    run.append(run.history, {"epoch": 1, "loss": 0.5})
    assert run.history.read_text() == "epoch,loss\n1,0.5\n"
    run.cut_back(0)
    assert run.rows() == []
    run.append(run.history, {"epoch": 1, "loss": 0.5})
    assert run.history.read_text() == "epoch,loss\n1,0.5\n"


def test_tables_without_an_epoch_that_was_trained_are_refused_and_kept(tmp_path):
    run = new(tmp_path / "run")
    lines = ["epoch,loss", "1,0.5", "2,0.4", "3,0.3"]
    for spoilt, word in (
        ([], "\\[\\]"),
        (lines[:1], "\\[\\]"),
        (lines[:3], r"\[1.0, 2.0\]"),
        ([lines[0], *lines[2:]], r"\[2.0, 3.0\]"),
        ([*lines[:3], "3,x"], "line 4"),
        ([*lines[:2], "2", "3,0.3"], "line 3"),
        ([*lines[:2], "2,0.4,7", "3,0.3"], "line 3"),
        (["1,0.5", "2,0.4", "3,0.3"], "without `epoch`"),
    ):
        run.history.write_text("\n".join(spoilt))
        with pytest.raises(UserError, match=rf"history.csv.*{word}"):
            run.cut_back(3)
        assert run.history.read_text() == "\n".join(spoilt)
