"""Describes the images of a training in a few lines."""

import textwrap
from pathlib import Path

import numpy as np

from tfgan_course.data.config import DataConfig
from tfgan_course.data.form import written
from tfgan_course.data.images import Images, ImageSet
from tfgan_course.data.picture import Unreadable, size_of
from tfgan_course.data.pipeline import source_of
from tfgan_course.data.sources.arrays import Arrays
from tfgan_course.data.sources.folder import Folder
from tfgan_course.data.sources.label_file import ENDINGS
from tfgan_course.data.sources.labeled import LabeledFolder
from tfgan_course.data.streamed import LOOKED_AT, spread

MOST_CLASSES = 20
CHANGED = {"crop": "cropped", "pad": "padded", "stretch": "stretched"}
"""The words for what happens to images of other proportions, by `data.fit`."""


def summary_of(config: DataConfig, train: ImageSet, test: ImageSet) -> str:
    """Return lines to print before training: counts, shape and classes of the images, and how files are changed."""
    source = source_of(config)
    shape = " x ".join(map(str, train.shape))
    lines = [f"Images: {len(train)} to train on, {len(test)} to test on, {shape}, from {source}"]
    if train.condition_shape is not None:
        pairs = "each of its image" if train.paired else "none of which belongs to its image"
        size = " x ".join(map(str, train.condition_shape))
        lines.append(f"Conditions: {size}, {pairs}, from {type(config.condition).__name__}")
    if train.class_names is not None:
        counts = np.bincount(train.labels[train.labels >= 0], minlength=train.classes)
        named = [f"{name} {count}" for name, count in zip(train.class_names, counts, strict=True)]
        more = f" and {len(named) - MOST_CLASSES} more" if len(named) > MOST_CLASSES else ""
        lines.append(f"Classes: {', '.join(named[:MOST_CLASSES])}{more}")
    if isinstance(source, Folder | LabeledFolder):
        lines.append(_of_files(source, config, train, test))
    if isinstance(source, Folder):
        lines += [
            f"{name} lies beside the images and is not used; data.labels reads it" for name in unused(source.path)
        ]
    if isinstance(source, Arrays) and source.sides[0] * train.shape[1] != source.sides[1] * train.shape[0]:
        own = written(*source.sides)
        lines.append(f"{len(train) + len(test)} images of {own}: all are {CHANGED[config.fit]}; size {own} keeps them")
    wrapper = textwrap.TextWrapper(80, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(part for line in lines for part in wrapper.wrap(line))


def unused(folder: Path) -> list[str]:
    """Return the names of the files in a folder of images that may have labels of them."""
    return sorted(path.name for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.name[0] != ".")


def _of_files(source: Folder | LabeledFolder, config: DataConfig, train: ImageSet, test: ImageSet) -> str:
    """Return how many files of the chosen classes are cropped, enlarged or broken.

    Sizes are counted among at most `LOOKED_AT` files, evenly spread. Streamed files have not been read yet, so only a
    broken header is known.
    """
    files: list[Path] = []
    for paths, labels in filter(None, (source.train(), source.test())):
        known = np.full(len(paths), True)
        if labels is not None:
            known = np.isin(np.array(source.class_names), train.class_names)[labels]
        files += [paths[int(number)] for number in np.flatnonzero(known)]
    looked_at, sizes = [files[number] for number in spread(len(files), LOOKED_AT)], []
    for path in looked_at:
        try:
            sizes.append(size_of(path))
        except Unreadable:
            continue
    tall, wide = train.shape[:2]
    changed = sum(width * tall != height * wide for width, height in sizes)
    smaller = all if config.fit == "pad" else any  # a padded image is enlarged if there is room on both sides
    enlarged = sum(smaller((width < wide, height < tall)) for width, height in sizes)
    counted = (
        f"{len(files)} files" if len(looked_at) == len(files) else f"{len(files)} files, {len(looked_at)} examined"
    )
    if isinstance(train, Images):
        unread = f"{len(files) - len(train) - len(test)} cannot be read"
    else:
        unread = f"at least {len(looked_at) - len(sizes)} cannot be read (by their first bytes)"
    return f"{counted}: {unread}, {changed} are {CHANGED[config.fit]}, {enlarged} are enlarged"
