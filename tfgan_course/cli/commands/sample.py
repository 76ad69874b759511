"""Draw images with a trained generator: a grid, or a folder of PNG files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.options import (
    add_average,
    add_checkpoint,
    add_classes,
    add_count,
    add_out,
    add_run,
    add_seed,
    add_truncation,
)
from tfgan_course.errors import UserError

if TYPE_CHECKING:
    import numpy as np


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `sample`."""
    add_run(parser)
    add_count(parser, None, "how many images; 64 unless given")
    add_classes(parser, "classes by number or name, 3,3,7 or sandal,bag: an image of each, over again up to --count")
    add_seed(parser)
    add_truncation(parser)
    add_out(parser, "grid.png", "a picture file for a grid, .png for one; without an ending, a folder")
    add_checkpoint(parser)
    add_average(parser)


def run(options: Namespace) -> None:
    """Draw the images and write them."""
    from tfgan_course.figures.grids import check_ending, save_images
    from tfgan_course.gan.sampling import sample
    from tfgan_course.runs.open import load_run

    out = Path(options.out)
    check_ending(out)
    run = load_run(options.run, options.checkpoint, options.average)
    labels, columns = None, None
    if run.gan.generator_takes_labels:
        labels, columns = asked_labels(options.classes, options.count, run.class_names)
    elif options.classes is not None:
        raise UserError(f"--classes {options.classes}: the generator of {options.run} was trained without classes")
    count = options.count or 64 if labels is None else len(labels)
    images = sample(run.gan, count, options.seed, labels, options.truncation, average=options.average)
    save_images(out, images, columns)
    print(f"{count} images of step {run.step}: {out}")


def asked_labels(classes: str | None, count: int | None, class_names: Sequence[str]) -> tuple[np.ndarray, int | None]:
    """Return the labels of the images, and the columns of their grid: one for each class unless classes are named."""
    import numpy as np

    from tfgan_course.data import labels_of
    from tfgan_course.gan.sampling import class_columns

    if classes is None:
        labels = class_columns(count or 64, len(class_names))
        return labels, int(labels.max()) + 1
    named = labels_of([name.strip() for name in classes.split(",")], class_names)
    return np.resize(named, count or len(named)), None
