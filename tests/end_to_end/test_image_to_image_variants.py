"""Runs of the variants from image to image; tests/end_to_end/test_variants.py trains a step of each."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.end_to_end.command import ENVIRONMENT, SMALL, assert_same, train
from tfgan_course.cli.main import main
from tfgan_course.runs.directory import RunDirectory

STEPS = ("--steps_per_epoch", 2)
ONE_BLOCK = ("--generator.blocks", 1)
PATCHES = (*ONE_BLOCK, "--generator_terms.layers", "[down1,block1]", "--data.condition", "Edges")
OPTIONS: dict[str, tuple] = {
    "pix2pix": ("--generator.sampling_dropout", "true", "--data.condition", "Masked"),
    "srresnet": ONE_BLOCK,
    "srgan": ONE_BLOCK,
    "cut": PATCHES,
    "fastcut": PATCHES,
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Callable[[str], Path]:
    """A function that returns a run of two epochs of a variant, the same one each time."""
    folder = tmp_path_factory.mktemp("whole")
    return cache(lambda name: train(folder, name, *STEPS, *OPTIONS[name], "--epochs", 2))


@pytest.mark.parametrize("variant", OPTIONS)
def test_a_resumed_run_equals_an_uninterrupted_run(variant, whole, tmp_path):
    """Also its dropout, its masks, its places of patches, and the heads that the term trains."""
    stopped = train(tmp_path, variant, *STEPS, *OPTIONS[variant], "--epochs", 1)
    config = stopped / "config.yaml"
    config.write_text(yaml.safe_dump(yaml.safe_load(config.read_text()) | {"epochs": 2}, sort_keys=True))
    assert main(["train", "--resume", str(stopped)]) == 0
    assert_same(whole(variant), stopped)


@pytest.mark.timeout(900)
def test_two_replicas_equal_one(whole, tmp_path):
    """All variants in one process, because TensorFlow takes long to begin."""
    options = ["--strategy", "mirrored", "--replicas", 2, "--epochs", 2]
    runs = [
        ["train", "--variant", name, *SMALL, *STEPS, *more, *options, "--out", tmp_path / name]
        for name, more in OPTIONS.items()
    ]
    words = json.dumps([[str(word) for word in run] for run in runs])
    program = f"from tfgan_course.cli.main import main\nfor words in {words}:\n    assert main(words) == 0"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    for name in OPTIONS:
        for before, row in zip(RunDirectory(whole(name)).rows(), RunDirectory(tmp_path / name).rows(), strict=True):
            # Not the norm of the generator's gradient: normalization of two channels makes much of rounding.
            terms = {"absolute_error", "content_loss", "patch_nce"} & before.keys()
            for figure in ("critic_loss", "generator_loss", "val_generator_loss", "critic_gradient_norm", *terms):
                assert row[figure] == pytest.approx(before[figure], rel=1e-3), (name, figure)


@pytest.mark.parametrize("variant", OPTIONS)
def test_bfloat16_is_finite(variant, tmp_path):
    run = train(tmp_path, variant, *STEPS, *OPTIONS[variant], "--epochs", 1, "--precision", "bfloat16")
    (row,) = RunDirectory(run).rows()
    assert np.isfinite([*row.values()]).all()


def test_srgan_begins_from_srresnet(whole, tmp_path: Path):
    run = train(tmp_path, "srgan", *STEPS, "--epochs", 1, *ONE_BLOCK, "--init_from", whole("srresnet"))
    taken = json.loads((run / "init_from.json").read_text())["generator"]
    assert len(taken["taken"]) > 10
    assert not any(weights for reason, weights in taken.items() if reason != "taken")
