"""Describes the images of a training in a few lines."""

import numpy as np
from PIL import Image

from tfgan_course.data.config import DataConfig
from tfgan_course.data.images import ImageSet
from tfgan_course.data.pipeline import source_of
from tfgan_course.data.sources.folder import Folder
from tfgan_course.data.streamed import LOOKED_AT, spread

MOST_CLASSES = 20


def summary_of(config: DataConfig, train: ImageSet, test: ImageSet) -> str:
    """Return lines to print before training: counts, shape and classes of the images, and how files are changed."""
    source = source_of(config)
    shape = " x ".join(map(str, train.shape))
    lines = [f"Images: {len(train)} to train on, {len(test)} to test on, {shape}, from {source}"]
    if train.class_names is not None:
        counts = np.bincount(train.labels[train.labels >= 0], minlength=train.classes)
        named = [f"{name} {count}" for name, count in zip(train.class_names, counts, strict=True)]
        more = f" and {len(named) - MOST_CLASSES} more" if len(named) > MOST_CLASSES else ""
        lines.append(f"Classes: {', '.join(named[:MOST_CLASSES])}{more}")
    if isinstance(source, Folder):
        lines.append(_of_files(source, config.size))
    return "\n".join(lines)


def _of_files(source: Folder, size: int) -> str:
    """Return how many files are cropped, enlarged or broken, counted among at most `LOOKED_AT` files, evenly spread."""
    files = [path for given in (source.train(), source.test()) if given for path in given[0]]
    looked_at, sizes = [files[number] for number in spread(len(files), LOOKED_AT)], []
    for path in looked_at:
        try:
            with Image.open(path) as picture:
                sizes.append(picture.size)
        except Exception:  # Broken files make Pillow raise nearly anything.
            continue
    cropped, enlarged = sum(width != height for width, height in sizes), sum(min(each) < size for each in sizes)
    counted = (
        f"{len(files)} files" if len(looked_at) == len(files) else f"{len(files)} files, {len(looked_at)} examined"
    )
    unread = len(looked_at) - len(sizes)
    return f"{counted}: {unread} cannot be read, {cropped} are cropped, {enlarged} are enlarged"
