"""Every mistake ends with a short message that names mistake and remedy, without a traceback and without new files."""

import os
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import numpy as np
import pytest
from PIL import Image

from tfgan_course.cli.main import main


def corrupt_folder(folder):
    folder.mkdir()
    for index in range(3):
        (folder / f"{index}.png").write_bytes(b"this is not a picture")


def few_images(folder):
    folder.mkdir()
    for index in range(3):
        Image.fromarray(np.full((32, 32), index, np.uint8)).save(folder / f"{index}.png")


def empty_folder(folder):
    folder.mkdir()


def not_a_run(folder):
    folder.mkdir()


def a_file(path):
    path.write_text("in the way")


def wrong_yaml(path):
    path.write_text("loss: Wasserstein\nlearning_speed: 3\n")


def broken_yaml(path):
    path.write_text("loss: [Wasserstein\n")


TRAIN = ("train", "--variant", "dcgan")
# (what it is, the command line, words the message must have, what is made beforehand at the path "there")
MISTAKES = [
    ("unknown command", ("trian",), ("trian", "train"), None),
    ("unknown variant", ("train", "--variant", "lsgn"), ("lsgn", "lsgan"), None),
    ("missing configuration", ("train", "--config", "no.yaml"), ("no.yaml", "variant"), None),
    ("misspelled key in a file", ("train", "--config", "there"), ("learning_speed",), wrong_yaml),
    ("broken YAML", ("train", "--config", "there"), ("there",), broken_yaml),
    ("misspelled option", (*TRAIN, "--bach_size", "3"), ("--bach_size", "--batch_size"), None),
    ("misspelled option of a class", (*TRAIN, "--critic.widht", "3"), ("widht", "DCGANCritic"), None),
    ("negative batch", (*TRAIN, "--batch_size", "-3"), ("batch_size", "-3"), None),
    ("networks that grow apart", ("train", "--variant", "progan", "--critic.fade_images", "10"), ("60000", "10"), None),
    ("no epochs", (*TRAIN, "--epochs", "0"), ("epochs", "0"), None),
    ("word for a number", (*TRAIN, "--critic_optimizer.learning_rate", "fast"), ("learning_rate", "fast"), None),
    ("learning rate of 0", (*TRAIN, "--critic_optimizer.learning_rate", "0"), ("learning_rate", "above 0"), None),
    ("unknown loss", (*TRAIN, "--loss", "Wasserstien"), ("Wasserstien", "Wasserstein"), None),
    ("unknown term", (*TRAIN, "--critic_terms+=Penalty"), ("Penalty", "GradientPenalty"), None),
    ("unknown normalization", (*TRAIN, "--critic.normalization", "group"), ("group", "instance"), None),
    ("penalty and BatchNorm", (*TRAIN, "--critic_terms+=R1"), ("R1", "BatchNormalization", "layer"), None),
    ("too small images", (*TRAIN, "--data.size", "16"), ("28", "16"), None),
    ("too deep a network", (*TRAIN, "--critic.depth", "9"), ("depth", "9"), None),
    ("missing folder", (*TRAIN, "--data.folder", "nowhere"), ("nowhere",), None),
    ("empty folder", (*TRAIN, "--data.folder", "there"), ("there", "received none"), empty_folder),
    ("corrupt images only", (*TRAIN, "--data.folder", "there"), ("there", "0.png"), corrupt_folder),
    ("fewer images than a batch", (*TRAIN, "--data.folder", "there"), ("64", "batch_size"), few_images),
    ("unknown class", (*TRAIN, "--data.classes", "Dress,Hat"), ("Hat", "Coat"), None),
    ("unknown dataset", (*TRAIN, "--data.name", "cifa10"), ("cifa10", "cifar10"), None),
    ("dataset with a hyphen", (*TRAIN, "--data.name", "cifar-10"), ("cifar-10", "cifar10"), None),
    (
        "dataset not there",
        (*TRAIN, "--data.name", "cifar10", "--data.data_dir", "empty", "--data.download", "false"),
        ("cifar10", "data.download"),
        None,
    ),
    ("output is a file", (*TRAIN, "--out", "there"), ("there", "--out"), a_file),
    ("output below a file", (*TRAIN, "--out", "there/run"), ("there", "--out"), a_file),
    ("resuming nothing", ("train", "--resume", "nowhere"), ("nowhere", "does not exist"), None),
    (
        "resuming with other settings",
        ("train", "--resume", "there", "--batch_size", "3"),
        ("--batch_size", "--strategy"),
        None,
    ),
    ("several workers, but where", (*TRAIN, "--strategy", "multi_worker"), ("TF_CONFIG", "worker"), None),
    ("replicas of one device", (*TRAIN, "--replicas", "2"), ("replicas", "mirrored"), None),
    ("a batch in unequal parts", (*TRAIN, "--gradient_accumulation", "3"), ("64", "3", "batch_size"), None),
    ("parts of kept fakes", (*TRAIN, "--gradient_accumulation=2", "--reuse_fakes=true"), ("reuse_fakes",), None),
    ("networks beyond memory", (*TRAIN, "--latent_size", "99999999999"), ("99999999999", "--batch_size"), None),
    ("samples beyond memory", (*TRAIN, "--samples.count", "99999999999"), ("99999999999",), None),
    ("unknown precision", (*TRAIN, "--precision", "float64"), ("float64", "bfloat16"), None),
    ("streaming few", (*TRAIN, "--data.folder=there", "--data.stream=true"), ("64", "batch_size"), few_images),
    ("sampling nothing", ("sample", "there"), ("config.yaml",), not_a_run),
    ("negative count", ("sample", "there", "--count", "-1"), ("count", "-1"), not_a_run),
]


@pytest.mark.parametrize(
    ("command", "words", "beforehand"), [mistake[1:] for mistake in MISTAKES], ids=[mistake[0] for mistake in MISTAKES]
)
def test_mistake_is_named_with_its_remedy(command, words, beforehand, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if beforehand:
        beforehand(tmp_path / "there")
    before = sorted(tmp_path.rglob("*"))
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(command)
    message = err.getvalue()
    assert status == 2, message
    assert len(message.splitlines()) <= 10, message
    assert "Traceback" not in message
    assert "error: " in message
    for word in words:
        assert word in message
    assert sorted(tmp_path.rglob("*")) == before


def test_no_network_for_a_download(tmp_path, monkeypatch, capsys):
    # A proxy nobody listens at stands for a machine without network.
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setitem(os.environ, name, "http://127.0.0.1:9")
    monkeypatch.setitem(os.environ, "TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.chdir(tmp_path)
    assert main([*TRAIN, "--data.name", "cifar10", "--data.data_dir", str(tmp_path / "tfds")]) == 2
    message = capsys.readouterr().err
    assert "Traceback" not in message
    assert "network" in message
    assert "data.folder" in message
    assert not (tmp_path / "runs").exists()


def test_help_answers_everywhere(capsys):
    assert main(["--help"]) == 0
    assert "train" in capsys.readouterr().out
    for command, word in (("train", "--batch_size"), ("sample", "--seed"), ("variants", "usage")):
        assert main([command, "--help"]) == 0
        assert word in capsys.readouterr().out
