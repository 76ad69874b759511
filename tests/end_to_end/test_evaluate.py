"""`classifier` and `evaluate` as a user types them."""

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import numpy as np
import pytest
from PIL import Image
from tensorflow import keras

from tests.end_to_end.command import SMALL
from tfgan_course.cli.main import main
from tfgan_course.data import DataConfig, load
from tfgan_course.evaluation.evaluation import evaluate as measure

SOME = ("--data.classes", "Trouser,Bag")
QUICK = ("--metrics", "frechet, sliced_wasserstein")


def command(*words: object) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main([str(word) for word in words])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A classifier, the run of a GAN, and a folder of images of the GAN's training set."""
    folder = tmp_path_factory.mktemp("runs")
    judge = ("classifier", *SOME, "--network.width", "2", "--epochs", "1", "--out", folder / "judge")
    status, out, err = command(*judge)
    assert status == 0, err
    assert "Test accuracy after 1 epochs" in out
    steps = ("--epochs", "1", "--steps_per_epoch", "2", "--out", folder / "gan")
    assert command("train", "--variant", "dcgan", *SMALL, *SOME, *steps)[0] == 0
    (folder / "real").mkdir()
    for index, image in enumerate(load(DataConfig(classes="Trouser,Bag"))[0].images[:100]):
        Image.fromarray(image[..., 0]).save(folder / "real" / f"{index}.png")
    return folder


def evaluate(runs, source, *words: object) -> tuple[int, str, str]:
    return command("evaluate", runs / source, "--cache", runs / "cache", "--samples", "100", *words)


def test_a_run_is_measured_and_real_images_are_better(runs):
    status, out, err = evaluate(runs, "gan", "--features", runs / "judge", *QUICK)
    assert status == 0, err
    (record,) = json.loads((runs / "gan" / "evaluation.json").read_text())
    assert record["generated"] == {"run": "gan", "step": 2, "average": True, "seed": 0, "images": 100}
    assert record["features"]["name"] == "judge"
    assert f"Features: judge (classifier, {record['features']['checksum']})" in out
    options = {"metrics": ["frechet", "sliced_wasserstein"], "samples": 100, "cache": runs / "cache"}
    figures = measure(runs / "gan", features=runs / "judge", **options)
    assert figures == {**record["without_features"], **record["with_features"]}
    status, out, err = evaluate(runs, "real", "--features", runs / "judge", *QUICK, *SOME, "--out", runs / "real.json")
    assert status == 0, err
    (real,) = json.loads((runs / "real.json").read_text())
    assert real["real"] == record["real"]
    assert real["features"] == record["features"]
    for part in ("with_features", "without_features"):
        for name, value in real[part].items():
            assert value < record[part][name], name
    assert len(list((runs / "cache").iterdir())) == 1  # the real images' features, read the second time


def test_works_without_features_and_says_what_they_would_give(runs):
    status, out, err = evaluate(runs, "real", *SOME)
    assert status == 0, err
    assert "sliced_wasserstein" in out
    assert "ms_ssim" in out
    assert "--features" in out
    assert sorted(path.suffix for path in (runs / "real").iterdir()) == [".png"] * 100  # nothing written there


def test_a_corrupt_file_is_named_and_the_others_are_measured(runs, tmp_path):
    for path in (runs / "real").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "0.png").write_bytes(b"this is no picture")
    status, out, err = evaluate(runs, tmp_path, *SOME, "--metrics", "ms_ssim")
    assert status == 0
    assert "99 generated images" in out
    assert "0.png" in err


def wrong_shape(folder):
    keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Flatten()]).save(folder / "wrong.keras")


def no_table(folder):
    keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(2, 3)]).save(folder / "maps.keras")


def few(folder):
    (folder / "few").mkdir()
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(folder / "few" / "0.png")


MISTAKES = [
    ("too few images", ("few", *SOME), ("at least 50 generated", "received 1"), few),
    (
        "features of another shape",
        ("real", *SOME, "--features", "wrong.keras"),
        ("32 x 32 x 3", "28 x 28 x 1"),
        wrong_shape,
    ),
    ("features that are no table", ("real", *SOME, "--features", "maps.keras"), ("(100, 26, 26, 2)", "Pool"), no_table),
    ("no such features", ("real", *SOME, "--features", "jugde"), ("'jugde'", "classifier"), None),
    ("no such metric", ("gan", "--metrics", "fid"), ("'fid'", "frechet"), None),
    ("a metric that needs features", ("gan", "--metrics", "frechet"), ("features", "random"), None),
    ("nothing there", ("nowhere",), ("nowhere",), None),
    ("a classifier instead of a GAN", ("judge",), ("--features",), None),
    ("data of a run", ("gan", *SOME), ("--data",), None),
    ("no such checkpoint", ("gan", "--checkpoint", "7"), ("'7'",), None),
]


@pytest.mark.parametrize(
    ("words", "said", "beforehand"), [mistake[1:] for mistake in MISTAKES], ids=[mistake[0] for mistake in MISTAKES]
)
def test_mistakes_are_one_clear_error(words, said, beforehand, runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if beforehand:
        beforehand(tmp_path)
    source, *rest = words
    status, _, err = evaluate(tmp_path if source == "few" else runs, source, *rest)
    assert status == 2, err
    assert err.count("error: ") == 1
    assert "Traceback" not in err
    for word in said:
        assert word in err


def test_a_classifier_goes_on_and_takes_no_other_options(runs):
    status, out, _ = command("classifier", "--resume", runs / "judge")
    assert status == 0
    assert "Test accuracy after 1 epochs" in out
    status, _, err = command("classifier", "--resume", runs / "judge", "--epochs", "3")
    assert status == 2
    assert "--epochs" in err
    status, _, err = command("classifier", "--resume", runs / "gan")
    assert status == 2
    assert "the run of a GAN" in err
