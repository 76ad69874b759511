"""A run of images that are not square, through the commands that open it."""

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.end_to_end.command import SMALL, assert_same, train
from tfgan_course import load_run
from tfgan_course.cli.main import main

OPTIONS = ("--data.size", "28x40", "--steps_per_epoch", 2, "--validation", "false")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train(tmp_path_factory.mktemp("runs"), "lsgan", *OPTIONS, "--epochs", 2)


def test_the_run_and_its_samples_have_the_proportions(run):
    assert json.loads((run / "data.json").read_text())["image_shape"] == [28, 40, 1]
    assert load_run(run).sample(3).shape == (3, 28, 40, 1)
    with Image.open(run / "samples" / "step_0000004.png") as grid:
        assert grid.size == (2 * 42 - 2, 2 * 30 - 2)


def test_it_resumes_bit_for_bit(run, tmp_path):
    again = train(tmp_path, "lsgan", *OPTIONS, "--epochs", 1)
    assert main(["train", "--resume", str(again), "--epochs", "2"]) == 0
    assert_same(run, again)


@pytest.mark.parametrize(
    "words",
    [
        ("interpolate", "--out", "walk.gif", "--frames", 2),
        ("evaluate", "--samples", 50, "--features", "random", "--cache", "null"),
        ("report",),
        ("explain", "saliency"),
    ],
    ids=lambda words: words[0],
)
def test_commands_take_the_run(run, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    command, *options = words
    group = [command, options.pop(0)] if command == "explain" else [command]
    assert main([*group, str(run), *map(str, options)]) == 0


def test_an_exported_model_makes_such_images(run, tmp_path):
    assert main(["export", str(run), "--out", str(tmp_path / "model")]) == 0
    (folder,) = (path.parent for path in (tmp_path / "model").rglob("saved_model.pb"))
    serve = tf.saved_model.load(str(folder)).signatures["serving_default"]
    name, spec = next(iter(serve.structured_input_signature[1].items()))
    (images,) = serve(**{name: tf.zeros([2, spec.shape[-1]])}).values()
    assert images.shape == (2, 28, 40, 1)
    assert np.isfinite(images.numpy()).all()


def test_samples_in_a_file_are_those_of_python_and_train_another_run(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["sample", str(run), "--count", "9", "--seed", "3", "--out", "samples.npz"]) == 0
    assert main(["sample", str(run), "--count", "9", "--seed", "3", "--out", "samples.npy"]) == 0
    expected = load_run(run).sample(9, seed=3)
    with np.load("samples.npz") as found:
        assert sorted(found) == ["images"]
        np.testing.assert_array_equal(found["images"], expected)
    np.testing.assert_array_equal(np.load("samples.npy"), expected)
    small = (*SMALL[:8], "--metrics.names=[]", "--health", "null", *OPTIONS, "--epochs", 1)
    assert main(["train", "--data.file", "samples.npz", "--out", "again", *map(str, small)]) == 0
    monkeypatch.chdir(run)  # a relative path belongs to the directory of the training
    assert load_run(tmp_path / "again").images()[0].shape == (28, 40, 1)


def test_a_conditional_run_of_labels_in_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    rng, lines = np.random.default_rng(0), ["name,breed"]
    for number in range(60):
        pixels = rng.integers(0, 256, (40, 40, 4), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{number}.png")
        lines.append(f"{number}.png,{'cat' if number % 3 else 'dog'}")
    (tmp_path / "photos" / "breeds.csv").write_text("\n".join(lines))
    words = [*SMALL[:8], "--metrics.names=[]", "--health", "null", "--data.channels", "4", *OPTIONS, "--epochs", 1]
    words += ["--data.folder", "photos", "--data.labels", "breeds.csv", "--data.labels.column", "breed", "--out", "run"]
    assert main(["train", "--variant", "cgan", *map(str, words)]) == 0
    for name in ("a.npz", "a.png", "a.jpg"):
        assert main(["sample", "run", "--classes", "dog,cat,cat", "--out", name]) == 0
    with np.load("a.npz") as found:
        assert found["images"].shape == (3, 28, 40, 4)
        assert [found["class_names"][label] for label in found["labels"]] == ["dog", "cat", "cat"]
    assert main(["evaluate", "run", "--samples", "50", "--features", "random", "--cache", "null"]) == 0
    assert main(["interpolate", "run", "--out", "walk.gif", "--frames", "2"]) == 0
    assert main(["report", "run"]) == 0
