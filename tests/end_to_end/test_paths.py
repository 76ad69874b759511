"""Functions that write check the path before they read images or write anything."""

import os

import numpy as np
import pytest

from tests import tiny
from tfgan_course import train
from tfgan_course.classifier.config import configure
from tfgan_course.classifier.train import train as train_classifier
from tfgan_course.config.parser import from_python
from tfgan_course.errors import UserError
from tfgan_course.figures.folder import FigureFolder
from tfgan_course.figures.grids import save_images
from tfgan_course.latent_space import save_frames
from tfgan_course.serving.export import export_keras, export_savedmodel
from tfgan_course.training.session import TrainingSession
from tfgan_course.tuning.plan import begin

IMAGES = np.zeros((2, 8, 8, 1), np.uint8)
SETTINGS = from_python("dcgan", data={"folder": "no images here"})  # an error that comes later
RUNS = {
    "train": lambda out: train("dcgan", images="no images here", out=out),
    "session": lambda out: TrainingSession(SETTINGS.make(), SETTINGS.yaml()).begin(out),
    "classifier": lambda out: train_classifier(*configure(("--data.folder", "no images here")), out),
    "search": lambda out: begin(out, from_python("dcgan"), "no such space"),
    "savedmodel": lambda out: export_savedmodel(tiny.gan(), out, {}),
    "keras": lambda out: export_keras(tiny.gan(), out),
}
FILES = {
    "images": lambda out: save_images(out, IMAGES),
    "frames": lambda out: save_frames(out, IMAGES, 2),
    "figures": lambda out: FigureFolder(out).save({"facts.json": {}}),
}
BAD = [("", "''"), ("n" * 300, "nnn"), (os.fsdecode(b"r/\xffx"), r"r/\xffx")]


@pytest.mark.parametrize("write", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize(("path", "shown"), [*BAD, ("a[1]", "'a[1]'"), ("a?b/c", "'a?b/c'"), (".", "'.'")])
def test_folders_of_runs_and_models(write, path, shown, tmp_path, monkeypatch):
    refused(write, path, shown, tmp_path, monkeypatch)


@pytest.mark.parametrize("write", FILES.values(), ids=FILES)
@pytest.mark.parametrize(("path", "shown"), BAD)
def test_other_outputs(write, path, shown, tmp_path, monkeypatch):
    refused(write, path, shown, tmp_path, monkeypatch)


def refused(write, path, shown, folder, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(UserError) as error:
        write(path)
    assert shown in error.value.received
    assert not [*folder.iterdir()]


@pytest.mark.parametrize("write", FILES.values(), ids=FILES)
def test_a_tilde_is_the_users_home(write, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write("~/a")
    assert [file.name for file in tmp_path.iterdir()] == ["home"]
    assert (tmp_path / "home" / "a").exists()


def test_no_model_below_a_link_to_a_pattern(tmp_path):
    (tmp_path / "real[1]").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real[1]")
    with pytest.raises(UserError) as error:
        export_savedmodel(tiny.gan(), tmp_path / "link" / "m", {})
    assert "real[1]" in error.value.received
    assert not [*(tmp_path / "real[1]").iterdir()]
