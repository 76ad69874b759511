"""A file system that fills up while a run is trained: one clear error, and the last whole checkpoint stays."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.command import SMALL, assert_same
from tfgan_course.cli.main import main

OPTIONS = ("train", "--variant", "simple_gan", *SMALL, "--epochs", "6", "--steps_per_epoch", "3", "--batch_size", "4")
OPTIONS += ("--checkpoints.every_steps", "1", "--checkpoints.keep", "2")


@pytest.fixture
def disk(tmp_path) -> Path:
    """A file system of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can mount a small file system: what a full disk does to a training is not tested")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("free", [0, 20, 60, 100, 150, 250], ids=lambda kibibytes: f"{kibibytes} KiB free")
def test_a_full_disk_ends_the_training_with_one_error(disk, tmp_path, capsys, free):
    assert main([*OPTIONS, "--out", str(tmp_path / "whole")]) == 0
    run, filler = disk / "run", disk / "filler"
    with filler.open("wb") as file:
        file.write(bytes(shutil.disk_usage(disk).free - free * 1024))
    capsys.readouterr()
    assert main([*OPTIONS, "--out", str(run)]) == 2
    said = capsys.readouterr().err
    assert said.count("error:") == 1
    assert str(run) in said
    filler.unlink()
    # What the message says to do works: of a run that was not even made, to train again.
    made = (run / "config.yaml").is_file()
    assert f"resume {run}" in said or not made
    assert main(["train", "--resume", str(run)] if made else [*OPTIONS, "--out", str(disk / "again")]) == 0
    assert_same(tmp_path / "whole", run if made else disk / "again")


@pytest.fixture
def full(disk) -> Path:
    (disk / "filler").write_bytes(bytes(shutil.disk_usage(disk).free))
    return disk


def test_a_run_that_has_no_room_leaves_no_folder(full, capsys):
    """Without the space even for its configuration."""
    for command in (OPTIONS, ("classifier", "--data.classes", "Dress,Coat", "--epochs", "1")):
        assert main([*command, "--out", str(full / "run")]) == 2
        assert "Free space" in capsys.readouterr().err
        assert not (full / "run").exists()


def test_a_report_that_has_no_room_names_its_file(full, tmp_path, capsys):
    assert main([*OPTIONS, "--out", str(tmp_path / "run")]) == 0
    assert main(["report", str(tmp_path / "run"), "--out", str(full / "report.html")]) == 2
    assert str(full / "report.html") in capsys.readouterr().err
    assert not (full / "report.html").exists()


def test_space_is_not_the_advice_where_nothing_may_be_written(disk, capsys):
    assert main([*OPTIONS, "--out", str(disk / "run")]) == 0
    assert subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    capsys.readouterr()
    assert main(["train", "--resume", str(disk / "run"), "--epochs", "9"]) == 2
    said = capsys.readouterr().err
    assert str(disk / "run") in said
    assert "Free space" not in said
