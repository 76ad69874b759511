"""Runs whose images or judge are elsewhere: another working directory, or another folder."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.end_to_end.command import SMALL
from tfgan_course import load_run
from tfgan_course.cli.main import main
from tfgan_course.errors import UserError
from tfgan_course.runs.directory import RunDirectory

OWN = (*SMALL[:6], "--samples.count", "4", "--health", "null", "--data.size", "28", "--epochs", "1")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A GAN and a classifier, trained in this directory on the relative folder photos, with a relative judge."""
    here = tmp_path_factory.mktemp("here")
    rng = np.random.default_rng(0)
    for index in range(130):
        folder = here / "photos" / ("a" if index % 2 else "b")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (28, 28)).astype(np.uint8)).save(folder / f"{index}.png")
    before = os.getcwd()
    os.chdir(here)
    try:
        judge = ["--network.width", "2", "--batch_size", "8", "--epochs", "1", "--data.size", "28"]
        assert main(["classifier", "--data.folder", "photos", *judge, "--out", "judge"]) == 0
        words = ["--data.folder", "photos", "--metrics.names", "[frechet]", "--metrics.features", "judge"]
        words += ["--metrics.samples", "50", "--steps_per_epoch", "1"]
        assert main(["train", "--variant", "simple_gan", *OWN, *words, "--out", "run"]) == 0
    finally:
        os.chdir(before)
    return here


@pytest.fixture
def elsewhere(place, tmp_path, monkeypatch) -> Path:
    """A copy of `place`, which is gone itself, and another working directory."""
    copy = shutil.copytree(place, tmp_path / "copy")
    away = tmp_path / "away"
    away.mkdir()
    monkeypatch.chdir(away)
    return copy


def commands(place: Path) -> list[list[str]]:
    """Commands that read a run's images."""
    return [
        ["evaluate", str(place / "run"), "--samples", "50", "--features", str(place / "judge")],
        ["explain", "neighbours", str(place / "run"), "--count", "2", "--formats", "png"],
        ["explain", "saliency", str(place / "judge"), "--images", "0", "--formats", "png"],
        ["latents", "project", str(place / "run"), "--images", "0", "--steps", "1", "--starts", "1"],
        ["train", "--resume", str(place / "run"), "--epochs", "2"],
        ["classifier", "--resume", str(place / "judge")],
    ]


def test_relative_paths_are_found_from_another_directory(place, monkeypatch, tmp_path):
    kept = shutil.copytree(place / "run", tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    assert yaml.safe_load((place / "run" / "config.yaml").read_text())["data"]["folder"] == "photos"
    stored = json.loads((place / "run" / "data.json").read_text())["paths"]
    assert stored == {"photos": str(place / "photos"), "judge": str(place / "judge")}
    run = load_run(kept)
    assert len(run.images()[0]) > 100
    assert run.resume(epochs=2).step == 2
    for words in commands(place)[:4]:
        figures = str(tmp_path / words[1]) if words[0] != "evaluate" else None
        assert main([*words, *(("--out", figures) if figures else ())]) == 0


def test_moved_images_and_a_moved_judge_are_named_by_options(place, elsewhere, capsys):
    (elsewhere / "photos").rename("pictures")
    shutil.copytree(elsewhere / "judge", "umpire")
    hidden = place.rename(place.with_name("hidden"))
    try:
        for words in commands(elsewhere):
            assert main(words) == 2
            assert "photos" in capsys.readouterr().err
            judge = ["--metrics.features", "umpire"] if words[0] == "train" else []
            assert main([*words, "--data.folder", "pictures", *judge]) == 0, capsys.readouterr().err
        run = load_run(elsewhere / "run", data={"folder": "pictures"})
        assert len(run.images()[0]) > 100
    finally:
        hidden.rename(place)
    rows = RunDirectory(elsewhere / "run").rows()
    assert len(rows) == 2
    assert any(name.startswith("frechet@judge-") for name in rows[-1])


def test_another_judge_is_refused(place, elsewhere, capsys):
    shutil.copytree(elsewhere / "judge", "judge")
    with np.load("judge/weights.npz") as arrays:
        np.savez("judge/weights.npz", *[array + 1 for array in arrays.values()])
    words = ["train", "--resume", str(elsewhere / "run"), "--epochs", "2", "--metrics.features", "judge"]
    assert main(words) == 2
    assert "frechet@judge-" in capsys.readouterr().err
    assert len(RunDirectory(elsewhere / "run").rows()) == 1


def test_other_places_are_refused(place):
    for wrong in ({"size": 32}, {"name": "mnist"}, {"data_dir": "datasets"}, "pictures"):
        with pytest.raises(UserError):
            load_run(place / "run", data=wrong)


def test_a_run_without_stored_paths_opens_as_before(elsewhere):
    file = elsewhere / "run" / "data.json"
    known = json.loads(file.read_text())
    del known["paths"]
    file.write_text(json.dumps(known))
    shutil.copytree(elsewhere / "photos", "photos")
    assert len(load_run(elsewhere / "run").images()[0]) > 100
