"""Run directories without the training."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfgan_course.figures.grids import grid, save_image
from tfgan_course.report.facts import RunFacts
from tfgan_course.runs.directory import RunDirectory

FACTS = {"image_shape": [4, 6, 1], "class_names": None, "train_images": 10, "test_images": 2}
HEALTH = "epoch,step,since,name,severity,value,threshold,sentence,link\n"
CONFIG = "epochs: 4\nseed: 0\nlatent_size: 8\n"


def made(
    path: Path,
    rows: Sequence[dict] = (),
    config: str = CONFIG,
    seconds: Sequence[float] = (),
    steps: Sequence[int] = (),
    images: dict = FACTS,
    **files: object,
) -> RunFacts:
    """A run of ten steps an epoch; `steps` are those with samples, `images` data.json, `files` other JSON files."""
    run = RunDirectory.create(path, config, images)
    for epoch, row in enumerate(rows, 1):
        run.append(run.history, {"epoch": epoch, "step": 10 * epoch, **row})
    for epoch, taken in enumerate(seconds, 1):
        run.append(run.timing, {"epoch": epoch, "seconds": taken})
    for step in steps:
        images = np.full((9, 4, 6, 1), step % 256, np.uint8)
        save_image(run.samples / f"step_{step:07d}.png", grid(images))
    for name, content in files.items():
        (run.path / f"{name}.json").write_text(json.dumps(content))
    return RunFacts(run, run.path.name)
