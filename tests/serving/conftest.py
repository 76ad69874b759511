"""One run for all tests, its exports, and a server that serves them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import tensorflow as tf

from tests import tiny
from tests.end_to_end.command import SMALL
from tfgan_course.cli.main import main
from tfgan_course.gan import translation
from tfgan_course.runs.open import load_run
from tfgan_course.serving.export import export_savedmodel

CLASSES = ("Trouser", "Coat", "Bag")


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Path:
    """A run of three classes: conditional normalization, a spectrally normalized critic, a projection."""
    path = tmp_path_factory.mktemp("runs") / "garments"
    short = ("--epochs", "1", "--steps_per_epoch", "20", "--data.classes", ",".join(CLASSES))
    # Too fast for good images, but fast enough for different ones.
    fast = ("--generator_optimizer.learning_rate", "0.05", "--ema_half_life", "64")
    assert main(["train", "--variant", "projection_gan", *SMALL, *short, *fast, "--out", str(path)]) == 0
    return path


@pytest.fixture(scope="session")
def gan(run):
    """The run's GAN, restored."""
    return load_run(run).gan


@pytest.fixture(scope="session")
def model(run, tmp_path_factory) -> Path:
    """The model's folder, with its first version."""
    model = tmp_path_factory.mktemp("models") / "gan"
    assert main(["export", str(run), "--out", str(model), "--critic", "true"]) == 0
    return model


class Address(NamedTuple):
    rest: str
    grpc: str | None


NETWORKS = {
    "enlarging": ("tests.tiny.Translator", "Downscale"),
    "painting": ("UNetGenerator", "Edges"),  # of full depth, which takes images of one size
}


@pytest.fixture(scope="session")
def photo_runs(tmp_path_factory) -> dict[str, Path]:
    """Runs from image to image. Few pixels are translated at once in this folder's tests, so tiles are small."""
    runs = {}
    for name, (network, condition) in NETWORKS.items():
        out, words = tmp_path_factory.mktemp("runs") / name, ("--generator", network, "--data.condition", condition)
        short = ("--epochs", "1", "--steps_per_epoch", "5", "--generator_optimizer.learning_rate", "0.01")
        assert main(["train", "--variant", "dcgan", *words, *SMALL, *short, "--out", str(out)]) == 0
        runs[name] = out
    return runs


@contextmanager
def few_pixels_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translation, "AT_ONCE", 2**20)
        yield


@pytest.fixture(scope="module", autouse=True)
def _few_pixels_at_once():
    """For each file of this folder alone: other files follow in the same process."""
    with few_pixels_at_once():
        yield


@pytest.fixture(scope="session")
def server(model, photo_runs, tmp_path_factory):
    """A process that serves `gan`, `plain` (which draws without classes), `other` (no GAN) and `photo_runs`."""
    plain = export_savedmodel(tiny.gan(), model.parent / "plain", {})
    other = str(model.parent / "other" / "1")
    module = tf.Module()
    module.half = tf.function(lambda x: {"y": x / 2}, input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    tf.saved_model.save(module, other, signatures=module.half)
    served = {"gan": model / "1", "plain": plain, "other": other}
    for name, path in photo_runs.items():
        with few_pixels_at_once():
            assert main(["export", str(path), "--out", str(model.parent / name)]) == 0
        served[name] = model.parent / name / "1"
    words = [f"{name}={folder}" for name, folder in served.items()]
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("server.py")), *words],
        cwd=tmp_path_factory.mktemp("server"),
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    rest, grpc = process.stdout.readline().split()
    yield Address(f"127.0.0.1:{rest}", f"grpc://127.0.0.1:{grpc}" if int(grpc) else None)
    process.stdin.close()
    process.wait(timeout=10)
