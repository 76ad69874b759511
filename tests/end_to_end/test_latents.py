"""`interpolate` and `latents`, as a user types them."""

import json
import shutil

import av
import numpy as np
import pytest
from PIL import Image

from tests.end_to_end.command import SMALL
from tests.end_to_end.test_explain import command
from tfgan_course.data import DataConfig, load

FAST = (
    "--epochs",
    "1",
    "--steps_per_epoch",
    "20",
    "--generator_optimizer.learning_rate",
    "0.01",
    "--ema_half_life",
    "64",
)
QUICK = ("--formats", "png")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Train a GAN without a mapping network, a conditional GAN with a mapping network, and a classifier."""
    folder = tmp_path_factory.mktemp("runs")
    for name, *network in (("plain", "dcgan"), ("mapped", "cgan", "--generator.mapping", "MappingNetwork")):
        words = ("train", "--variant", *network, *SMALL, *FAST, "--out", folder / name)
        status, _, err = command(*words)
        assert status == 0, err
    judge = ("--data.classes", "Dress,Coat", "--network.width", "2", "--epochs", "1", "--out", folder / "judge")
    assert command("classifier", *judge)[0] == 0
    return folder


def sampled(runs, run: str, seed: int, *words: object) -> np.ndarray:
    file = runs / "sample.png"
    status, _, err = command("sample", runs / run, "--count", 1, "--seed", seed, "--out", file, *words)
    assert status == 0, err
    return np.array(Image.open(file))


def walked(runs, *words: object) -> list[np.ndarray]:
    """Return the frames that `interpolate` writes into a new folder."""
    shutil.rmtree(runs / "walk", ignore_errors=True)
    status, said, err = command("interpolate", *words, "--out", runs / "walk")
    assert status == 0, err
    assert str(runs / "walk") in said
    return [np.array(Image.open(file)) for file in sorted((runs / "walk").iterdir())]


@pytest.mark.parametrize(("run", "space"), [("plain", "z"), ("mapped", "w")])
def test_a_thousand_frames_are_smooth_and_both_ends_are_the_samples(runs, run, space):
    frames = walked(runs, runs / run, "--space", space, "--frames", 1000, "--from", 1, "--to", 2)
    assert len(frames) == 1000
    np.testing.assert_array_equal(frames[0], sampled(runs, run, 1))
    np.testing.assert_array_equal(frames[-1], sampled(runs, run, 2))
    # In gray levels, over so few pixels that single steps are counted: over ten frames they average out.
    changes = np.abs(np.diff(np.float32(frames)[::10], axis=0)).mean(axis=(1, 2))
    assert changes.max() <= 5 * np.median(changes)


def test_stops_and_loops(runs):
    frames = walked(runs, runs / "plain", "--frames", 9, "--from", 1, "--to", "2,3", "--loop", "true")
    for frame, seed in ((0, 1), (3, 2), (6, 3)):
        np.testing.assert_array_equal(frames[frame], sampled(runs, "plain", seed))
    assert (frames[-1] != frames[0]).any()


@pytest.mark.parametrize("space", ["z", "w"])
def test_from_class_to_class(runs, space):
    frames = walked(runs, runs / "mapped", "--space", space, "--frames", 5, "--from", 4, "--classes", "Dress,Coat")
    np.testing.assert_array_equal(frames[0], sampled(runs, "mapped", 4, "--classes", "Dress"))
    np.testing.assert_array_equal(frames[-1], sampled(runs, "mapped", 4, "--classes", "Coat"))
    # Unless told otherwise the first class, as `sample` draws it.
    np.testing.assert_array_equal(walked(runs, runs / "mapped", "--frames", 2)[1], sampled(runs, "mapped", 1))


def test_every_ending_has_every_frame(runs):
    for ending in ("gif", "mp4", "png"):
        words = ("interpolate", runs / "plain", "--frames", 30, "--out", runs / "new" / f"walk.{ending}")
        assert command(*words)[0] == 0
    with Image.open(runs / "new" / "walk.gif") as film:
        assert film.n_frames == 30
    with av.open(str(runs / "new" / "walk.mp4")) as film:
        assert len(list(film.decode(video=0))) == 30
    assert Image.open(runs / "new" / "walk.png").size == (20 * 30 - 2, 2 * 30 - 2)
    assert [file.name for file in sorted((runs / "new").iterdir())] == ["walk.gif", "walk.mp4", "walk.png"]


@pytest.mark.parametrize(
    "words",
    [
        ("interpolate", "plain"),
        ("latents", "directions", "plain"),
        ("explain", "maximize-feature", "plain", "--layer", "conv1"),
        ("export", "plain", "--format", "keras"),
    ],
    ids=lambda words: words[-1],
)
def test_a_folder_with_samples_is_refused_and_keeps_them(words, runs, monkeypatch, tmp_path):
    monkeypatch.chdir(runs)
    assert command("sample", "plain", "--count", 2, "--out", tmp_path / "own")[0] == 0
    before = {file: file.read_bytes() for file in (tmp_path / "own").rglob("*")}
    assert len(before) == 2
    status, _, err = command(*words, "--out", tmp_path / "own")
    assert status == 2
    assert "--out" in err
    assert "00000.png" in err or "00001.png" in err
    assert {file: file.read_bytes() for file in (tmp_path / "own").rglob("*")} == before


def test_the_commands_of_latents_write_their_figures_and_numbers(runs):
    out = runs / "figures"
    photo = runs / "photo.png"
    Image.fromarray(sampled(runs, "plain", 9)).save(photo)
    for words in (
        ("truncate", runs / "plain", "--seeds", "0-1", "--threshold", "0.5,10"),
        ("truncate", runs / "mapped", "--seeds", "0", "--psi", "-1,0,1"),
        ("directions", runs / "mapped", "--count", 2, "--steps", 1),
        ("directions", runs / "mapped", "--space", "z", "--count", 1, "--steps", 1, "--classes", "Coat"),
        ("project", runs / "mapped", "--images", photo, "--steps", 3, "--candidates", 8, "--features", runs / "judge"),
        ("path-length", runs / "mapped", "--features", runs / "judge", "--count", 8),
        ("path-length", runs / "mapped", "--features", "pixels", "--count", 8, "--places", "end"),
    ):
        status, said, err = command("latents", *words, *QUICK, "--out", out)
        assert status == 0, err
    assert sorted(file.name for file in out.iterdir()) == [
        "directions.csv",
        "directions.npz",
        "directions.png",
        "path-length-w-end.json",
        "path-length-w-full.json",
        "project-curve.png",
        "project.csv",
        "project.npz",
        "project.png",
        "truncate.png",
    ]
    record = json.loads((out / "path-length-w-full.json").read_text())
    assert record["features"].startswith("judge-")
    assert record["path_length"] > 0
    assert "pixels" in said
    with np.load(out / "project.npz") as arrays:
        assert arrays["points"].shape == (1, 100)
        assert arrays["errors"].shape == (4, 1)


def test_a_test_image_is_projected_as_one_of_its_class(runs):
    def found(*words: object) -> np.ndarray:
        words = ("--space", "z", "--steps", 0, "--candidates", 4, *QUICK, "--out", runs / "projected", *words)
        assert command("latents", "project", runs / "mapped", *words)[0] == 0
        with np.load(runs / "projected" / "project.npz") as arrays:
            return arrays["errors"][0]

    labels = load(DataConfig(classes="Dress,Coat"))[1].labels
    number = int(np.flatnonzero(labels == 1)[0])
    assert found("--images", number) == found("--images", number, "--classes", "Coat")
    assert found("--images", number) != found("--images", number, "--classes", "Dress")


MISTAKES = [
    ("w without a mapping network", ("interpolate", "plain", "--space", "w"), ("mapping network", "dcgan_mapping")),
    ("no such space", ("interpolate", "plain", "--space", "v"), ("v", "z")),
    ("nothing there", ("interpolate", "nowhere"), ("nowhere", "does not exist")),
    ("a classifier", ("interpolate", "judge"), ("run of a classifier", "no generator")),
    ("one frame", ("interpolate", "plain", "--frames", "1"), ("2 stops and 1 frames",)),
    ("fewer frames than stops", ("interpolate", "plain", "--frames", "3", "--to", "1-5"), ("6 stops and 3 frames",)),
    ("unknown ending", ("interpolate", "plain", "--out", "walk.avi"), (".avi", ".mp4")),
    ("a seed that is none", ("interpolate", "plain", "--from", "first"), ("--from", "first")),
    ("a range that goes back", ("interpolate", "plain", "--from", "1", "--to", "2,9-7"), ("--to", "9-7")),
    ("nowhere to go", ("interpolate", "plain", "--from", "1", "--to", "1"), ("--from 1", "--to 1")),
    ("class of an unconditional one", ("interpolate", "plain", "--classes", "Coat"), ("Coat", "no classes")),
    ("classes for some stops", ("interpolate", "mapped", "--to", "1-2", "--classes", "0,1"), ("0,1", "each of 3")),
    ("no such checkpoint", ("interpolate", "plain", "--checkpoint", "7"), ("7", "20")),
    ("no such command", ("latents", "mixing", "plain"), ("mixing", "mix")),
    ("mixing without w", ("latents", "mix", "plain"), ("one without a mapping network",)),
    ("psi without w", ("latents", "truncate", "plain", "--psi", "0.5"), ("--psi", "--threshold")),
    ("threshold in w", ("latents", "truncate", "mapped", "--threshold", "1"), ("--threshold", "--psi")),
    ("no number", ("latents", "truncate", "mapped", "--psi", "half"), ("half", "--psi")),
    ("layers of z", ("latents", "directions", "plain", "--layers", "0"), ("[0] in z",)),
    ("no such picture", ("latents", "project", "plain", "--images", "no.png"), ("no.png", "test images")),
    ("no such test image", ("latents", "project", "plain", "--images", "0,99999"), ("99999",)),
    ("features missing", ("latents", "path-length", "plain"), ("features",)),
    ("features of nothing", ("latents", "path-length", "plain", "--features", "no"), ("no", "classifier")),
]


@pytest.mark.parametrize(("words", "said"), [mistake[1:] for mistake in MISTAKES], ids=[one[0] for one in MISTAKES])
def test_mistakes_are_one_clear_error_and_leave_nothing(words, said, runs, monkeypatch):
    monkeypatch.chdir(runs)
    before = sorted(runs.rglob("*"))
    status, _, err = command(*words)
    assert status == 2
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 4
    for word in said:
        assert word in err
    assert sorted(runs.rglob("*")) == before


def test_help_answers():
    assert command("latents")[0] == 0
    for words in (("interpolate",), ("latents", "mix"), ("latents", "path-length")):
        status, said, _ = command(*words, "--help")
        assert status == 0
        assert "--space" in said
