"""Run commands as a user types them, in a separate process or in this one, and compare their runs."""

import os
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfgan_course.cli.main import main

CHECKOUT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
# The smallest run of a variant: networks of a few channels, few steps, few images to validate on, nothing measured.
SMALL = ("--generator.width", "2", "--critic.width", "2", "--batch_size", "4", "--samples.count", "4")
SMALL += ("--data.classes", "Dress,Coat", "--metrics.names=[]", "--health", "null")


def arguments(*words: object) -> list[str]:
    return [sys.executable, "-m", "tfgan_course", *map(str, words)]


def train(folder: Path, variant: str, *options: object) -> Path:
    """Trains in this process, with networks of two channels."""
    out = folder / variant
    assert main(["train", "--variant", variant, *SMALL, "--out", str(out), *map(str, options)]) == 0
    return out


def saved(run: Path) -> dict[str, np.ndarray]:
    """Return every number in the latest checkpoint."""
    checkpoint = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(run / "checkpoints")))
    names = checkpoint.get_variable_to_shape_map()
    return {name: checkpoint.get_tensor(name) for name in names if "OBJECT_GRAPH" not in name and "save_c" not in name}


def assert_same(first: Path, second: Path) -> None:
    assert (first / "history.csv").read_bytes() == (second / "history.csv").read_bytes()
    one, other = saved(first), saved(second)
    assert one.keys() == other.keys()
    assert any("optimizer" in name for name in one)
    for name in one:
        assert one[name].tobytes() == other[name].tobytes(), name
