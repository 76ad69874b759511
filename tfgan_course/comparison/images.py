"""Checks of the images of a comparison, before anything is trained."""

from dataclasses import replace
from typing import Any, Literal

from tfgan_course.data.config import DataConfig
from tfgan_course.errors import require
from tfgan_course.metrics import FEWEST


def check_enough(data: DataConfig, split: Literal["train", "test"]) -> None:
    """Refuse a folder with too few images for the judgment, which comes after the training.

    Other sources are read when a run begins: here they would be read once more. Pairs may be few.

    Args:
        data: the options of the images.
        split: the real images with which generated images are compared.

    Raises:
        UserError: if the split has fewer images than metrics need, or the folder cannot be used.
    """
    if data.folder is None or data.condition is not None:
        return
    from tfgan_course.data import load  # imports TensorFlow

    train, test = load(replace(data, stream=True))  # names, not pixels
    count = len({"train": train, "test": test}[split])
    remedy = "Give more images, or hold out a larger share, as by data.held_out 0.5"
    remedy += ", or judge by the training images: split train" if len(train) >= FEWEST else ""
    require(count >= FEWEST, f"for the judgment at least {FEWEST} images of the split {split}", count, remedy)


def check_same(first: Any, other: Any, name: str) -> None:
    """Refuse the options of the images of the run `name`, by their names, if they differ from those of the first run.

    Raises:
        UserError: with the options that differ.
    """
    different = {key: (other[key], first[key]) for key in first if other[key] != first[key]}
    received = [f"for {name} data.{key} {here}, for others {there}" for key, (here, there) in different.items()]
    remedy = "Give these options for all of them, or compare variants of the same images"
    require(not different, "the same images for all variants", "; ".join(received), remedy)
