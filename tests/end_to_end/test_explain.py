"""`explain`, and `layers` of a classifier, as a user types them."""

import csv
import shutil
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import numpy as np
import pytest
from PIL import Image

from tests.end_to_end.command import SMALL
from tfgan_course.cli.main import main
from tfgan_course.data import DataConfig, load
from tfgan_course.explore import class_logits, open_network, perturb, read

SOME = ("--data.classes", "Trouser,Bag")
QUICK = ("--formats", "png")


def command(*words: object) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main([str(word) for word in words])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Train a classifier, a GAN whose critic predicts classes, and a GAN of images without classes."""
    folder = tmp_path_factory.mktemp("runs")
    judge = ("classifier", *SOME, "--network.width", "4", "--epochs", "1", "--out", folder / "judge")
    assert command(*judge)[0] == 0
    steps = ("--epochs", "1", "--steps_per_epoch", "1")
    small = (*SMALL, *SOME, *steps, "--precision", "bfloat16")
    assert command("train", "--variant", "acgan", *small, "--out", folder / "acgan")[0] == 0
    (folder / "pictures").mkdir()
    for index, image in enumerate(load(DataConfig(classes="Bag"))[0].images[:60]):
        Image.fromarray(image[..., 0]).save(folder / "pictures" / f"{index}.png")
    plain = [word for word in SMALL if word not in ("--data.classes", "Dress,Coat")]
    plain += ["--data.folder", folder / "pictures", *steps, "--out", folder / "plain"]
    assert command("train", "--variant", "dcgan", *plain)[0] == 0
    return folder


def explain(runs, *words: object) -> tuple[str, list[str]]:
    """Return the output of a command of `explain`, and the files that it wrote."""
    out = runs / "figures"
    shutil.rmtree(out, ignore_errors=True)
    status, said, err = command("explain", *words, "--out", out)
    assert status == 0, err
    return said, sorted(path.name for path in out.iterdir())


def test_perturb_writes_the_table_and_both_figures(runs):
    _, files = explain(runs, "perturb", runs / "judge", "--count", 40, "--shown", 4)
    assert files == [
        "perturb-curve.png",
        "perturb-curve.svg",
        "perturb.csv",
        "perturb.png",
        "perturb.svg",
    ]
    with (runs / "figures" / "perturb.csv").open() as file:
        header, *rows = csv.reader(file)
    assert header == [
        "gain",
        "sign step, to the next class",
        "sign step, away from its own",
        "10 projected steps, to the next class",
        "10 projected steps, away from its own",
    ]
    figures = np.array(rows, float)
    assert figures[:, 0].tolist() == [0, 0.5, 1, 2, 4, 6, 8, 12, 16]
    assert len(set(figures[0, 1:])) == 1  # nothing changed, nothing lost
    assert (figures[-1, 1:] <= figures[0, 1:]).all()
    network = open_network(runs / "judge")
    images = network.images()
    changed = perturb(network.model, images.images[:40], images.labels[:40], 8).images
    right = np.mean(read(class_logits(network.model), changed).argmax(1) == images.labels[:40])
    assert figures[6, 1] == pytest.approx(right)


def test_a_critic_that_tells_classes_is_taken_as_a_classifier_is(runs):
    said, files = explain(runs, "maximize-class", runs / "acgan", "--steps", 3, *QUICK)
    assert files == ["maximize-class.csv", "maximize-class.png"]
    assert "Trouser" in said
    with (runs / "figures" / "maximize-class.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["class"] for row in rows] == ["Trouser", "Bag"]
    assert all(float(row["logit after"]) > float(row["logit before"]) for row in rows)


@pytest.mark.parametrize(
    "words",
    [
        ("acgan", "--layer", "conv8"),
        ("plain", "--layer", "conv2", "--channels", "0,2-3", "--start", "noise", "--jitter", "2"),
        ("plain", "--layer", "conv1", "--total_variation", "0.1", "--checkpoint", "0", "--start", "3"),
        ("judge", "--layer", "half1", "--checkpoint", "latest"),
    ],
    ids=lambda words: words[0],
)
def test_features_of_any_critic(words, runs):
    _, files = explain(runs, "maximize-feature", runs / words[0], *words[1:], "--steps", 2, *QUICK)
    assert files == [f"maximize-feature-{words[2]}.png"]


def test_compare_puts_both_side_by_side(runs):
    _, files = explain(
        runs, "compare", runs / "acgan", runs / "acgan", "--layer", "conv4,conv8", "--steps", 2, "--count", 20, *QUICK
    )
    assert files == [
        "compare-class.png",
        "compare-feature-conv4.png",
        "compare-feature-conv8.png",
        "compare-perturb.png",
        "compare.csv",
    ]
    with (runs / "figures" / "compare.csv").open() as file:
        _, first, second = csv.reader(file)
    assert first == second  # the same network, the same picture, the same seed


@pytest.mark.parametrize("of", [None, "label", "Bag", "score"])
def test_saliency(of, runs):
    run = "judge" if of is None else "acgan"
    words = ("--of", of) if of else ()
    assert explain(runs, "saliency", runs / run, "--images", "0-2,7", *words, *QUICK)[1] == ["saliency.png"]
    if of == "score":
        assert explain(runs, "saliency", runs / "plain", "--images", "0-2", *QUICK)[1] == ["saliency.png"]


@pytest.mark.parametrize("words", [("judge",), ("acgan", "--nearest", 2), ("plain", "--layer", "conv1")], ids=str)
def test_neighbours(words, runs):
    words = [runs / word if word in ("judge", "acgan", "plain") else word for word in words]
    said, files = explain(runs, "neighbours", *words, "--count", 3, *QUICK)
    assert files == ["neighbours.png"]
    assert "% of 3" in said


def test_images_that_are_streamed(runs):
    words = [word for word in SMALL if word not in ("--data.classes", "Dress,Coat")]
    words += ["--data.folder", runs / "pictures", "--data.stream", "true", "--epochs", "1", "--steps_per_epoch", "1"]
    assert command("train", "--variant", "dcgan", *words, "--out", runs / "streamed")[0] == 0
    assert explain(runs, "neighbours", runs / "streamed", "--count", 2, *QUICK)[1] == ["neighbours.png"]
    assert explain(runs, "saliency", runs / "streamed", "--images", "0-2", *QUICK)[1] == ["saliency.png"]


def test_figures_go_into_the_run_unless_told_otherwise(runs):
    assert command("explain", "saliency", runs / "plain", "--images", "0", *QUICK)[0] == 0
    assert [path.name for path in (runs / "plain" / "explain").iterdir()] == ["saliency.png"]


def test_layers_of_a_classifier(runs):
    status, said, err = command("layers", runs / "judge")
    assert status == 0, err
    names = said.partition("for explain --layer")[2].partition("What a unit of the classifier sees")[0].splitlines()
    assert [row.split()[:3] for row in names if row.startswith("half1")] == [["half1", "14x14x4", "4x4"]]
    assert "generator" not in said


MISTAKES = [
    ("no such command", ("explain", "pertrub", "judge"), ("pertrub", "perturb")),
    ("a critic without classes", ("explain", "perturb", "plain"), ("without classes", "acgan", "classifier")),
    ("images without classes", ("explain", "maximize-class", "plain"), ("without classes",)),
    ("no such layer", ("explain", "maximize-feature", "plain", "--layer", "conv9"), ("conv9", "conv1, conv2")),
    ("no such layer of one", ("explain", "compare", "judge", "acgan", "--layer", "conv4"), ("conv4", "half1")),
    (
        "other channels",
        ("explain", "maximize-feature", "plain", "--layer", "conv1", "--channels", "0-9"),
        ("0 to 1",),
    ),
    ("no numbers", ("explain", "saliency", "judge", "--images", "few"), ("few", "8-11")),
    ("no score", ("explain", "saliency", "judge", "--of", "score"), ("no score",)),
    ("no such class", ("explain", "saliency", "judge", "--of", "Hat"), ("Hat", "Bag")),
    ("no such start", ("explain", "maximize-class", "judge", "--start", "middle"), ("middle", "mean")),
    ("no such image", ("explain", "maximize-class", "judge", "--start", "99999"), ("99999",)),
    ("no such format", ("explain", "saliency", "judge", "--formats", "pgn"), ("pgn", "png")),
    ("no such checkpoint", ("explain", "saliency", "plain", "--checkpoint", "77"), ("77", "[0, 1]")),
    ("a classifier's checkpoint", ("explain", "saliency", "judge", "--checkpoint", "best"), ("checkpoint best",)),
    ("other images", ("explain", "compare", "judge", "acgan"), ("image_shape", "28", "32")),
    ("a critic without classes beside one", ("explain", "compare", "judge", "plain"), ("without classes",)),
    ("nothing there", ("explain", "perturb", "nowhere"), ("nowhere", "does not exist")),
    (
        "features twice",
        ("explain", "neighbours", "judge", "--features", "judge", "--layer", "half1"),
        ("features judge and layer half1",),
    ),
    ("samples of a classifier", ("sample", "judge"), ("run of a classifier", "no generator")),
    ("export of a classifier", ("export", "judge"), ("run of a classifier", "no generator")),
    ("resuming a classifier as a GAN", ("train", "--resume", "judge"), ("classifier", "classifier --resume")),
]


@pytest.mark.parametrize(("words", "said"), [mistake[1:] for mistake in MISTAKES], ids=[one[0] for one in MISTAKES])
def test_mistakes_are_one_clear_error_and_leave_nothing(words, said, runs, monkeypatch):
    monkeypatch.chdir(runs)
    out = ("--out", "nothing") if words[0] == "explain" else ()
    before = sorted(runs.rglob("*"))
    status, _, err = command(*words, *out)
    assert status == 2
    assert "Traceback" not in err
    for word in said:
        assert word in err
    assert sorted(runs.rglob("*")) == before


def test_a_run_that_has_not_saved_anything(runs, tmp_path):
    shutil.copytree(runs / "judge", tmp_path / "judge")
    (tmp_path / "judge" / "weights.npz").unlink()
    shutil.copytree(runs / "acgan", tmp_path / "acgan")
    shutil.rmtree(tmp_path / "acgan" / "checkpoints")
    for run, words in (("judge", "no epoch is finished"), ("acgan", "no checkpoint 'latest'")):
        status, _, err = command("explain", "perturb", tmp_path / run)
        assert status == 2
        assert words in err


def test_a_folder_that_cannot_be(runs, tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        status, _, err = command("explain", "saliency", runs / "judge", "--out", out)
        assert status == 2
        assert "file" in err


def test_images_that_changed_since(runs, tmp_path):
    shutil.copytree(runs / "judge", tmp_path / "judge")
    facts = tmp_path / "judge" / "data.json"
    facts.write_text(facts.read_text().replace('"checksum": ', '"checksum": 1'))
    status, _, err = command("explain", "perturb", tmp_path / "judge")
    assert status == 2
    assert "checksum" in err


def test_help_answers():
    assert "maximize-feature" in command("explain")[1]
    for name in ("perturb", "maximize-class", "maximize-feature", "compare", "saliency", "neighbours"):
        status, said, _ = command("explain", name, "--help")
        assert status == 0
        assert "--out" in said
