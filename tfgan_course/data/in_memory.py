"""Reads chosen images into memory, with their conditions."""

import math
import os
import sys
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import psutil
import tensorflow as tf
from tqdm import tqdm

from tfgan_course.data.config import DataConfig
from tfgan_course.data.form import in_words
from tfgan_course.data.images import Images
from tfgan_course.data.picture import Unreadable, fit_array
from tfgan_course.data.source import Records
from tfgan_course.data.streamed import Streamed
from tfgan_course.errors import UserError
from tfgan_course.files import printable

PROGRESS_FROM = 2000


def progress(count: int) -> dict[str, Any]:
    """Return how tqdm shows the progress over `count` images: not for few, and in a file once a minute."""
    return {"unit": "image", "disable": count <= PROGRESS_FROM, "mininterval": 0.1 if sys.stderr.isatty() else 60}


class Fitted(list):
    """A list of images in memory, arrays of the final size."""


def in_memory(images: Streamed) -> Streamed:
    """Return the readable images, read into memory.

    `UserError` is raised if memory has no room for the images, or no image of a class can be read.
    """
    if isinstance(images.images, Fitted):
        return images
    count, form = len(images), images.form
    needed = count * form.height * form.width * (form.channels or 3)
    if images.conditions is not None:
        needed += count * math.prod(images.in_channels(form.channels or 3, 0).condition_shape)
    if needed > (free := psutil.virtual_memory().available):
        raise UserError(
            expected=f"{needed / 1e9:.1f} GB of free memory for {count} images of {in_words(*form.size)}",
            received=f"{free / 1e9:.1f} GB",
            remedy="Set data.stream to true, which reads each image when it is needed",
        )

    def pictures(index: int) -> tuple[np.ndarray, np.ndarray | None] | Unreadable:
        try:
            return images.pictures(index)
        except Unreadable as error:
            return error

    threads = not isinstance(images.images, np.ndarray)  # Threads cost more than they save for arrays.
    with ThreadPoolExecutor() as pool:
        found = pool.map(pictures, range(count)) if threads else map(pictures, range(count))
        fitted = [*tqdm(found, f"Reading {images.origin}", count, **progress(count if threads else 0))]
    errors = [pair for pair in fitted if isinstance(pair, Unreadable)]
    readable = np.array([not isinstance(pair, Unreadable) for pair in fitted])
    kept, broken = images.part(np.flatnonzero(readable)), images.part(np.flatnonzero(~readable))
    if errors:
        named = [f"{printable(os.path.basename(error.path))} ({error.reason})" for error in errors[:5]]
        shown = ", ".join(named) + (", ..." if len(broken) > 5 else "")
        warnings.warn(f"Skipped {len(broken)} unreadable of {count} {images.origin}: {shown}.", stacklevel=2)
        lost = set() if images.labels is None else set(broken.labels) - set(kept.labels)
        if lost or not len(kept):
            classes = " of " + ", ".join(images.class_names[label] for label in sorted(lost)) if lost else ""
            received = f"none, {len(broken)} files are broken: {shown}"
            expected = f"a readable image{classes} among the {images.origin}"
            raise UserError(expected=expected, received=received, remedy="Repair these files, or use other images")
    numbers, conditions = np.arange(len(kept)), kept.conditions
    own, beside = zip(*(pair for pair in fitted if not isinstance(pair, Unreadable)), strict=True)
    if isinstance(conditions, Streamed):
        conditions = replace(conditions, images=Fitted(beside), numbers=numbers)
    return replace(kept, images=Fitted(own), numbers=numbers, conditions=conditions)


def read_records(records: Records, wanted: Sequence[int], config: DataConfig) -> tuple[Fitted, np.ndarray | None]:
    """Return the images with the wanted labels, and their labels if there are any, in one pass over the records."""
    data = records.dataset().map(lambda encoded, label: (records.decode(encoded), label), tf.data.AUTOTUNE)
    together = 256 if data.element_spec[0].shape.is_fully_defined() else 1
    images, labels, form = Fitted(), [], config.form
    for pixels, numbers in data.batch(together).prefetch(2).as_numpy_iterator():
        kept = np.isin(numbers, wanted)
        images.extend(fit_array(image, form) for image in pixels[kept])
        labels.extend(numbers[kept])
    return images, np.array(labels, np.int64) if records.labeled else None


def stacked(images: Streamed) -> Images:
    """Return `Fitted` images as one array; gray images are repeated in 3 channels if others are in color.

    The list is emptied meanwhile, so that memory holds the images only once.
    """
    pixels = np.empty((len(images), *images.shape), np.uint8)
    for row, number in enumerate(images.numbers):
        pixels[row] = images.images[number]
        images.images[number] = None
    condition, degradation, conditions = None, None, images.conditions
    if isinstance(conditions, Streamed):
        condition = stacked(conditions).images
    elif conditions is not None:
        condition = np.empty((len(images), *images.condition_shape), np.uint8)
        about = f"Conditions of the {images.origin}"
        for row, image in enumerate(tqdm(pixels, about, delay=3, **progress(len(images)))):
            condition[row] = conditions.of(image, row)
        degradation = conditions if images.made_anew else None
    return Images(pixels, images.labels, images.class_names, images.held_out, condition, degradation=degradation)
