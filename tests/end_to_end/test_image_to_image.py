"""Runs whose generator takes a condition: what they write, resume, and refuse."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from tensorflow import keras

from tests.end_to_end.command import ENVIRONMENT, arguments, assert_same
from tfgan_course import load_run
from tfgan_course.cli.main import main
from tfgan_course.errors import UserError
from tfgan_course.evaluation.evaluation import evaluate
from tfgan_course.runs.directory import RunDirectory

OPTIONS = {
    "generator": "tests.tiny.Translator",
    "critic": {"class_path": "SimpleCritic", "init_args": {"width": 4, "takes_condition": True}},
    "real_augmentations": ["RandomFlip"],
    "steps_per_epoch": 2,
    "batch_size": 4,
    "ema_half_life": 20.0,
    "metrics": {"names": ["psnr", "ssim", "pair_ms_ssim", "l1"]},
    "samples": {"count": 6},
    "health": None,
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    smooth = np.random.default_rng(0).normal(size=(60, 28, 28, 3)).cumsum(1).cumsum(2)
    for number, image in enumerate(np.clip(128 + 4 * smooth, 0, 255).astype(np.uint8)):
        Image.fromarray(image).save(folder / f"{number}.png")
    return folder


def train(folder: Path, photos: Path, *options: object, condition: str = "Downscale") -> Path:
    config = folder / "translate.yaml"
    config.write_text(yaml.safe_dump(OPTIONS))
    words = ["--config", config, "--data.folder", photos, "--data.condition", condition, "--out", folder / "run"]
    assert main(["train", *map(str, [*words, *options])]) == 0
    return folder / "run"


@pytest.fixture(scope="module")
def trained(photos, tmp_path_factory) -> Path:
    return train(tmp_path_factory.mktemp("run"), photos, "--epochs", 2)


def test_figures_and_grid_of_held_out_pairs(trained):
    rows = RunDirectory(trained).rows()
    assert all(0 < row["l1"] < 1 and 0 < row["psnr"] < 50 and -1 < row["ssim"] < 1 for row in rows)
    with Image.open(sorted((trained / "samples").iterdir())[-1]) as picture:
        grid = np.array(picture)
    run = load_run(trained)
    assert run.gan.takes_condition
    first = run.images()[1]
    assert grid.shape == (2 * 28 + 2, 3 * 28 + 4, 3)  # two of condition, output and target
    assert any((grid[:28, 60:] == image).all() for image in first.images)
    assert run.show().axes


def test_evaluate_measures_held_out_pairs(trained):
    found = evaluate(trained, metrics="psnr,l1,frechet", features="random", cache=None)
    assert found.record["real"]["split"] == "test"
    assert found.record["generated"]["images"] == 6
    row = RunDirectory(trained).rows()[-1]
    assert found["psnr"] == pytest.approx(row["psnr"], rel=1e-6)
    on_train = evaluate(trained, metrics="l1", split="train", cache=None)
    assert on_train.record["generated"]["images"] == 54


def test_conditions_are_judged_enlarged_by_bicubic_interpolation(trained, tmp_path):
    found = evaluate(trained, metrics="psnr", cache=None, conditions=True)
    test = load_run(trained).images()[1]
    enlarged = [Image.fromarray(small).resize((28, 28), Image.Resampling.BICUBIC) for small in test.condition]
    errors = np.square(np.array(enlarged, float) - test.images).mean((1, 2, 3))
    assert found["psnr"] == pytest.approx(10 * np.log10(255**2 / errors).mean())
    assert found.record["generated"] == {"conditions_of": "run", "images": 6}
    words = ["evaluate", str(trained), "--metrics", "psnr", "--conditions", "true", "--out", str(tmp_path / "e.json")]
    assert main(words) == 0
    assert main(["report", str(trained), "--out", str(tmp_path / "report.html")]) == 0
    with pytest.raises(UserError):
        evaluate(test.images, test.images, metrics="sliced_wasserstein", conditions=True)


@pytest.mark.parametrize("stream", ["false", "true"])
def test_a_run_in_two_parts_equals_a_whole_one(photos, tmp_path, stream):
    options = "--data.stream", stream, "--data.condition", "Masked"
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = train(tmp_path / "whole", photos, *options, "--epochs", 2)
    parts = train(tmp_path / "parts", photos, *options, "--epochs", 1)
    assert main(["train", "--resume", str(parts), "--epochs", "2"]) == 0
    assert_same(whole, parts)


def test_unpaired_runs_resume_bit_for_bit(photos, tmp_path):
    options = "--data.condition.folder", photos, "--critic.takes_condition", "false", "--metrics.names=[]"
    runs = []
    for name, epochs in (("whole", 2), ("parts", 1)):
        (tmp_path / name).mkdir()
        runs.append(train(tmp_path / name, photos, *options, "--epochs", epochs, condition="Unpaired"))
    assert main(["train", "--resume", str(runs[1]), "--epochs", "2"]) == 0
    assert_same(*runs)


def test_bfloat16_is_finite(photos, tmp_path):
    row = RunDirectory(train(tmp_path, photos, "--epochs", 1, "--precision", "bfloat16")).rows()[-1]
    assert np.isfinite([row["generator_loss"], row["psnr"]]).all()


def test_two_replicas_equal_one(photos, trained, tmp_path):
    config, out = trained / "config.yaml", tmp_path / "run"
    words = ["train", "--config", config, "--strategy", "mirrored", "--replicas", 2, "--out", out]
    subprocess.run(arguments(*words), check=True, capture_output=True, env=ENVIRONMENT)
    for one, two in zip(RunDirectory(trained).rows(), RunDirectory(out).rows(), strict=True):
        for name in ("critic_loss", "generator_loss", "val_generator_loss", "psnr", "ssim"):
            assert two[name] == pytest.approx(one[name], rel=1e-4), name


def test_a_classifier_takes_no_condition(photos, tmp_path, capsys):
    out = str(tmp_path / "judge")
    assert main(["classifier", "--data.condition", "Grayscale", "--out", out]) == 2
    assert "received Grayscale" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["sample"], ["interpolate"], ["latents", "directions"], ["latents", "truncate"]])
def test_commands_of_latents_refuse_the_run_in_one_sentence(trained, tmp_path, capsys, command):
    assert main([*command, str(trained), "--out", str(tmp_path / "out.png")]) == 2
    assert "a generator that takes a condition" in capsys.readouterr().err


def test_a_generator_without_condition_is_refused(photos, tmp_path, capsys):
    out = tmp_path / "run"
    words = ["train", "--data.folder", str(photos), "--data.condition", "Grayscale", "--out", str(out)]
    assert main(words) == 2
    assert "DCGANGenerator" in capsys.readouterr().err
    assert not out.exists()


def test_both_folders_are_found_from_another_directory(photos, tmp_path, monkeypatch):
    (tmp_path / "sketches").symlink_to(photos)
    monkeypatch.chdir(tmp_path)
    options = "--data.condition.folder", "sketches", "--epochs", 1, "--metrics.names=[]"
    run = train(tmp_path, photos, *options, condition="SameNames")
    monkeypatch.chdir(tmp_path.parent)
    first = load_run(run).images()[0]
    assert (first.condition == first.images).all()
    assert main(["train", "--resume", str(run), "--epochs", "2"]) == 0
    assert len(RunDirectory(run).rows()) == 2


def test_moved_conditions_are_named_by_options(photos, trained, tmp_path, capsys):
    (tmp_path / "sketches").symlink_to(photos)
    options = "--data.condition.folder", tmp_path / "sketches", "--epochs", 1, "--metrics.names=[]"
    run = train(tmp_path, photos, *options, condition="SameNames")
    (tmp_path / "sketches").rename(tmp_path / "drawings")
    moved = ["--data.condition.folder", str(tmp_path / "drawings")]
    assert main(["train", "--resume", str(run), "--epochs", "2"]) == 2
    assert "sketches" in capsys.readouterr().err
    assert main(["train", "--resume", str(run), "--epochs", "2", *moved]) == 0
    opened = load_run(run, data={"condition": {"folder": tmp_path / "drawings"}})
    first = opened.images()[0]
    assert (first.condition == first.images).all()
    assert opened.resume(epochs=3).step == 6
    assert main(["evaluate", str(run), "--metrics", "l1", "--data.condition", "SameNames", *moved]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(run), "--metrics", "l1", "--data.condition", "Grayscale"]) == 2
    assert "SameNames" in capsys.readouterr().err
    assert main(["train", "--resume", str(trained), "--epochs", "3", *moved]) == 2  # its conditions are in no folder
    assert "drawings" in capsys.readouterr().err
    for wrong in ({"condition": "drawings"}, {"condition": {"scale": 2}}):
        with pytest.raises(UserError):
            load_run(run, data=wrong)


def features(file: Path, seed: int) -> Path:
    """Write a network of one convolution."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((28, 28, 3))
    keras.Model(inputs, keras.layers.Conv2D(2, 3)(inputs)).save(file)
    return file


def test_a_run_is_opened_without_its_features_and_resumed_where_they_are_now(photos, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    features(Path("features.keras"), 0)
    path = "tfgan_course.classifier.content_loss.ContentLoss"
    term = {"class_path": path, "init_args": {"features": "features.keras"}}
    # A part of the list is one of the last term that has it.
    terms = json.dumps([term, {"class_path": "AbsoluteError"}])
    run = train(tmp_path, photos, "--generator_terms", terms, "--epochs", 1, "--metrics.names=[l1]")
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    assert main(["train", "--resume", str(run), "--epochs", "2"]) == 0  # its relative path belongs to another folder
    now = (tmp_path / "features.keras").rename(tmp_path / "moved.keras")
    assert evaluate(run, metrics="l1", cache=None)["l1"] > 0
    assert main(["report", str(run), "--out", "report.html"]) == 0
    resume = ["train", "--resume", str(run), "--epochs", "3"]
    assert main(resume) == 2
    assert "features.keras" in capsys.readouterr().err
    assert main([*resume, "--generator_terms.features", str(features(tmp_path / "other.keras", 1))]) == 2
    assert "content_loss" in capsys.readouterr().err
    assert len(RunDirectory(run).rows()) == 2
    assert main([*resume, "--generator_terms.features", str(now)]) == 0
    assert load_run(run).resume(epochs=4, **{"generator_terms.features": str(now)}).step == 8
    assert len(RunDirectory(run).rows()) == 4
