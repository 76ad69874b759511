"""Runs of the variants from image to image; tests/end_to_end/test_variants.py trains a step of each."""

import json
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.command import assert_same, train
from tfgan_course.cli.main import main

STEPS = ("--steps_per_epoch", 2)
SMALL = {
    "pix2pix": ("--generator.sampling_dropout", "true"),
    "srgan": ("--generator.blocks", 1),
    "cut": ("--generator.blocks", 1, "--generator_terms.layers", "[down1,block1]", "--data.condition", "Edges"),
}


@pytest.mark.parametrize("variant", SMALL)
def test_a_resumed_run_equals_an_uninterrupted_run(variant, tmp_path):
    """Also its dropout, its places of patches, and the heads that the term trains."""
    whole = train(tmp_path / "whole", variant, *STEPS, *SMALL[variant], "--epochs", 2)
    stopped = train(tmp_path / "stopped", variant, *STEPS, *SMALL[variant], "--epochs", 1)
    config = stopped / "config.yaml"
    config.write_text(yaml.safe_dump(yaml.safe_load(config.read_text()) | {"epochs": 2}, sort_keys=True))
    assert main(["train", "--resume", str(stopped)]) == 0
    assert_same(whole, stopped)


def test_srgan_begins_from_srresnet(tmp_path: Path):
    first = train(tmp_path, "srresnet", *STEPS, "--epochs", 1, "--generator.blocks", 1)
    run = train(tmp_path, "srgan", *STEPS, "--epochs", 1, "--generator.blocks", 1, "--init_from", first)
    taken = json.loads((run / "init_from.json").read_text())["generator"]
    assert len(taken["taken"]) > 10
    assert not any(weights for reason, weights in taken.items() if reason != "taken")
