"""The monitor of a run on disk: its files, what it prints, resuming, the command."""

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.command import SMALL, assert_same
from tfgan_course.cli.main import main
from tfgan_course.config.parser import read
from tfgan_course.errors import Interrupted
from tfgan_course.health.findings import FINDINGS, LearningRateTooHigh
from tfgan_course.health.monitor import from_csv
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.training.session import TrainingSession

WATCHED = [*SMALL[:-2], "--health.samples", "50", "--steps_per_epoch", "2", "--checkpoints.keep", "9"]
FAST = ["--generator_optimizer.learning_rate", "0.3"]


def train(out: Path, *options: object) -> int:
    return main(["train", "--variant", "cgan", *WATCHED, "--out", str(out), *map(str, options)])


@pytest.fixture(scope="module")
def healthy(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "healthy"
    assert train(out, "--epochs", 3) == 0
    return out


@pytest.fixture(scope="module")
def fast(tmp_path_factory) -> Path:
    """Return a run with a much too high learning rate, and its output."""
    out = tmp_path_factory.mktemp("runs") / "fast"
    assert train(out, *FAST, "--epochs", 3) == 0
    return out


def test_a_healthy_run_has_figures_and_no_events(healthy, capsys):
    rows = RunDirectory(healthy).rows()
    names = {name for name in rows[0] if name.startswith("health_")}
    assert {"health_diversity", "health_distance_raw", "health_label_leak", "health_critic_step"} <= names
    assert all(row[name] == row[name] for row in rows for name in names)
    assert from_csv((healthy / "health.csv").read_text()) == []
    assert main(["health", str(healthy)]) == 0
    said = capsys.readouterr().out
    assert "after 3 epochs: nothing to report" in said
    assert all(finding.name in said for finding in FINDINGS)


def test_a_fault_is_printed_once_and_written_down(fast, tmp_path, capsys):
    assert train(tmp_path / "again", *FAST, "--epochs", 3) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("health: ")]
    (event,) = from_csv((fast / "health.csv").read_text())
    assert (event.epoch, event.since, event.name) == (1, 1, LearningRateTooHigh.name)
    assert said == [f"health: {event.sentence} ({event.link})"]
    assert main(["health", str(fast)]) == 0
    said = capsys.readouterr().out
    assert f"after 3 epochs: {event.name}" in said
    assert f"epoch 1: [serious] {event.sentence}" in said


def test_resumed_within_an_epoch_and_after_a_kill_both_files_come_out_alike(fast, tmp_path):
    asked = iter([False] * 4 + [True])
    config, text = read(fast / "config.yaml"), (fast / "config.yaml").read_text()
    session = TrainingSession(config, text, asked_to_stop=lambda: next(asked))
    with pytest.raises(Interrupted):
        session.begin(tmp_path / "run")
    run = RunDirectory(tmp_path / "run")
    assert len(run.rows()) == 1
    # As after a kill: the tables are ahead of the checkpoint.
    shutil.copy(fast / "history.csv", run.history)
    run.health.write_text((fast / "health.csv").read_text() + "9,9,9,ahead,serious,1,1,a,b\n")
    assert main(["train", "--resume", str(run.path)]) == 0
    assert_same(fast, run.path)
    assert run.health.read_bytes() == (fast / "health.csv").read_bytes()


def test_a_run_that_diverges_says_so(tmp_path, capsys):
    options = ["--critic_optimizer", "SGD", "--critic_optimizer.learning_rate", "1e30", "--epochs", "2"]
    assert train(tmp_path / "run", *options) == 2
    events = from_csv((tmp_path / "run" / "health.csv").read_text())
    assert events[-1].name == "not finite"
    assert "learning rates" in events[-1].sentence
    assert "health: not finite" in capsys.readouterr().out


def test_watching_nothing(tmp_path, capsys):
    assert train(tmp_path / "run", "--epochs", 1, "--health", "null") == 0
    assert not (tmp_path / "run" / "health.csv").exists()
    assert "health" not in (tmp_path / "run" / "history.csv").read_text()
    assert main(["health", str(tmp_path / "run")]) == 2
    assert "health: null" in capsys.readouterr().err


def test_damaged_and_mistaken(healthy, tmp_path, capsys):
    run = Path(shutil.copytree(healthy, tmp_path / "run"))
    for text in ("", "epoch,step\n1,2\n"):
        (run / "health.csv").write_text(text)
        assert main(["health", str(run)]) == 2
        assert "damaged" in capsys.readouterr().err
    assert train(tmp_path / "few", "--health.samples", 10) == 2
    assert "health.samples of at least 50" in capsys.readouterr().err
    assert not (tmp_path / "few").exists()
    assert train(tmp_path / "best", "--epochs", 1, "--checkpoints.monitor", "health_distance") == 0
