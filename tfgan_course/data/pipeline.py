"""Makes training and test images of one shape from any source, in memory or streamed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np

from tfgan_course.data.classes import kept_classes
from tfgan_course.data.conditions import Degradation, SameNames, SideBySide, Unpaired
from tfgan_course.data.conditions.pairs import Partners
from tfgan_course.data.config import DataConfig
from tfgan_course.data.form import Size
from tfgan_course.data.images import Images, ImageSet
from tfgan_course.data.in_memory import in_memory, read_records, stacked
from tfgan_course.data.picture import white_of
from tfgan_course.data.source import DataSource, Records, Split
from tfgan_course.data.sources.array_file import ArrayFile
from tfgan_course.data.sources.arrays import as_uint8, source_from
from tfgan_course.data.sources.folder import Files, Folder
from tfgan_course.data.sources.labeled import LabeledFolder
from tfgan_course.data.sources.packaged import Packaged
from tfgan_course.data.sources.tfds import TFDS
from tfgan_course.data.streamed import LOOKED_AT, Streamed, StreamedRecords, spread
from tfgan_course.data.unpaired import UnpairedImages
from tfgan_course.errors import UserError, require
from tfgan_course.files import printable
from tfgan_course.metrics.arrays import integer_labels

MOST_CLASSES = 100_000


def load(config: DataConfig) -> tuple[ImageSet, ImageSet]:
    """Return the training and the test images of a configuration, with equal size, channels and classes.

    The images are in memory (`Images`) unless they are streamed. With `classes`, labels are numbered in the order in
    which the user named the classes.

    Raises:
        UserError: if the images cannot be found, downloaded or read, or have no such class.
    """
    if isinstance(config.condition, Unpaired):
        alone = replace(config, condition=None)
        own = {"source": None, "folder": config.condition.folder, "file": None, "labels": None, "classes": None}
        own["labels_per_class"] = None
        sides = zip(load(alone), load(replace(alone, **own)), strict=True)  # type: ignore[arg-type]  # mypy's issue 10723
        of_train, of_test = (UnpairedImages(*side) for side in sides)
        return of_train, of_test
    sets = _chosen(source_of(config), config)
    if not config.stream:
        sets = [in_memory(images) for images in sets]
    looked_at, most = (sets[:1], LOOKED_AT) if config.stream else (sets, None)
    channels = config.channels or (3 if any(images.in_color(most) for images in looked_at) else 1)
    if len(sets) == 1:
        sets = [sets[0].part(indices) for indices in held_out(len(sets[0]), config.held_out)]
        sets[1] = replace(sets[1], held_out=True)
    known = [images.in_channels(channels, most) for images in sets]
    train, test = known if config.stream else map(stacked, known)
    if config.labels_per_class is not None:
        train = replace(train, labels=_few_labels(train, config.labels_per_class))
    return train, test


def source_of(config: DataConfig) -> DataSource:
    """Return the source that a configuration names."""
    if config.source is not None:
        return config.source
    if config.folder is not None:
        return Folder(config.folder) if config.labels is None else LabeledFolder(config.folder, config.labels)
    if config.file is not None:
        return ArrayFile(config.file, config.labels, mapped=config.stream)
    return Packaged() if config.name == "packaged" else TFDS(config.name, config.data_dir, config.download)


def images_from(images: Any, labels: Any = None, *, size: Size | None = None, **options) -> tuple[ImageSet, ImageSet]:
    """Return training and test images of arrays, a folder, a dataset or a source in Python code; see `load`.

    Args:
        images: see `source_from`.
        labels: the label of each image.
        size: see `DataConfig`. Default: the shorter side of an array, for square images.
        **options: `test`, `class_names`, `value_range` of `source_from`, and any field of `DataConfig`.

    Raises:
        UserError: if the images have another form, or the labels do not fit the images.
    """
    given = {name: options.pop(name) for name in ("test", "class_names", "value_range") if name in options}
    source = source_from(images, labels, **given)
    return load(
        DataConfig(source=source, size=getattr(source, "size", DataConfig.size) if size is None else size, **options)
    )


def whole(source: DataSource, config: DataConfig) -> Images:
    """Return all training images of a source, in memory; `config` decides size, channels and classes.

    No image is held out.

    Raises:
        UserError: if the source has no such images.
    """
    images = in_memory(_chosen(source, replace(config, stream=False))[0])
    return stacked(images.in_channels(config.channels or (3 if images.in_color() else 1)))


def _chosen(source: DataSource, config: DataConfig) -> list[Streamed]:
    """Return the training images and, if the source has them, the test images of the classes that the user chose."""
    known = None if source.class_names is None else [printable(str(name)) for name in source.class_names]
    # Classes are looked up first, so that a wrong name is an error before the images are read.
    twice = sorted({name for name in known or () if known.count(name) > 1})
    expected, remedy = f"classes of {source} with different names", "Rename them"
    require(not twice, expected, f"several called {', '.join(twice)}", remedy)
    names = kept_classes(config.classes, known) if known else None
    wanted = [known.index(name) for name in names] if names else [0]
    sets = [_given_images(source.train(), "train", f"training images of {source}", wanted, config)]
    if (test := source.test()) is not None:
        sets.append(_given_images(test, "test", f"test images of {source}", wanted, config))
    if known is None and all(images.labels is not None for images in sets):
        count = 1 + max(int(images.labels.max(initial=0)) for images in sets)
        remedy = "Number the classes from 0: np.unique(labels, return_inverse=True)[1]"
        require(count <= MOST_CLASSES, f"labels below {MOST_CLASSES}", f"a label of {count - 1}", remedy)
        known = [str(label) for label in range(count)]
    names = kept_classes(config.classes, known)
    sets = _with_white(sets, f"the 16-bit files of {source}")
    conditions = [images.conditions for images in sets if isinstance(images.conditions, Streamed)]
    if conditions:
        given = _with_white(conditions, f"the 16-bit files of the conditions of {source}")
        sets = [replace(images, conditions=own) for images, own in zip(sets, given, strict=True)]
    return [_of_classes(images, known, names, source.class_after_class) for images in sets]


def _with_white(sets: list[Streamed], files: str) -> list[Streamed]:
    """Return sets of files with one value of white for all 16-bit files, which are named as `files`; see `white_of`."""
    if not all(isinstance(images.images, Files | Partners) for images in sets):
        return sets
    paths = [images.images[number] for images in sets for number in spread(len(images), LOOKED_AT)]
    white = white_of(paths, files)
    return [replace(images, form=replace(images.form, white=white)) for images in sets]


def _given_images(
    given: Split, split: Literal["train", "test"], origin: str, wanted: Sequence[int], config: DataConfig
) -> Streamed:
    """Return the images of a split of a source; if `Records` are not streamed, only those with wanted labels."""
    images, labels = given if isinstance(given, tuple) else (given, None)
    if not hasattr(images, "__len__") or len(images) == 0:
        raise UserError(
            expected=f"an array, a sequence or Records as {origin}, with one image at least",
            received=f"{type(images).__name__}, {'empty' if hasattr(images, '__len__') else 'without a length'}",
            remedy="See `DataSource` for what a source may give",
        )
    made: Callable[..., Streamed] = Streamed
    condition = config.condition
    made_of_each = condition is None or isinstance(condition, Degradation) or not isinstance(images, Records)
    expected = f"a folder or arrays, for data.condition {type(condition).__name__}"
    require(made_of_each, expected, f"{origin}, which is no folder", "Use a degradation, such as Grayscale")
    if isinstance(images, Records) and not config.stream:
        images, labels = read_records(images, wanted, config)
    elif isinstance(images, Records):
        made = partial(StreamedRecords, shuffle_buffer=config.shuffle_buffer)
        if images.labeled:
            batches = images.dataset().map(lambda encoded, label: label).batch(1024)
            labels = np.fromiter((label for batch in batches for label in batch.numpy()), np.int64, len(images))
    elif isinstance(images, np.ndarray):
        images = as_uint8(images)
    labels = None if labels is None else integer_labels(labels, len(images))
    numbers, form = np.arange(len(images), dtype=np.int32), config.form
    conditions: Degradation | Streamed | None = condition if isinstance(condition, Degradation) else None
    if isinstance(condition, SameNames):
        height, width = condition.size_of_conditions(*form.size)
        small = replace(form, height=height, width=width, channels=None)
        partners = condition.partners(images, split)
        conditions = Streamed(partners, numbers, f"conditions of the {origin}", small)
    elif isinstance(condition, SideBySide):
        images, halves = condition.halves(images)
        conditions = Streamed(halves, numbers, f"conditions of the {origin}", replace(form, channels=None))
    found = made(images, numbers, origin, form, labels, conditions=conditions)
    for index in spread(len(found), LOOKED_AT) if config.stream else ():
        found.check_sizes(index)  # Reading a pair checks it as well, but the images of a stream are read late.
    return found


def _of_classes(
    images: Streamed, known: Sequence[str] | None, names: tuple[str, ...] | None, class_after_class: bool
) -> Streamed:
    """Return the images of the classes `names`, labeled in this order; `known` has the names of all labels."""
    labels = images.labels
    if labels is None and known is None:
        return images
    lowest = -1 if isinstance(images.images, Records) else 0
    least, most = (0, 0) if labels is None else (labels.min(initial=0), labels.max(initial=0))
    if labels is None or known is None or least < lowest or most >= len(known):
        raise UserError(
            expected=f"labels of the {images.origin}" + (f", from 0 to {len(known) - 1}" if known else ""),
            received="none" if labels is None else f"labels from {least} to {most}",
            remedy="Count labels from 0"
            if least < lowest
            else "Give labels of training and test images, or of neither, and a class name for each label",
        )
    renumbered = np.full(len(known) + 1, -1, np.int32)  # The last entry is for -1, an unknown label.
    renumbered[[known.index(name) for name in names]] = np.arange(len(names))
    images = replace(images, labels=renumbered[labels], class_names=names)
    kept = np.flatnonzero(images.labels >= 0)
    if not len(kept):
        expected = f"images of {', '.join(names)} among the {images.origin}"
        raise UserError(expected=expected, received="none", remedy="Choose other classes")
    return images.part(kept[np.argsort(images.labels[kept], kind="stable")] if class_after_class else kept)


def held_out(count: int, fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted indices of training and of test images, at least one each; they depend only on the count."""
    if count < 2:
        expected = "at least 2 images, one to train on and one to test on"
        raise UserError(expected=expected, received=f"{count}", remedy="Give more images")
    held = min(max(1, round(count * fraction)), count - 1)
    # NumPy never changes these raw numbers; it may change Generator.permutation.
    order = np.argsort(np.random.Philox(key=0).random_raw(count), kind="stable")
    return np.sort(order[held:]), np.sort(order[:held])


def _few_labels(images: ImageSet, labels_per_class: int) -> np.ndarray:
    """Return labels_per_class labels of each class, always of the same random images, and -1 for all other images."""
    if images.labels is None:
        expected = "images with labels, for labels_per_class"
        raise UserError(expected=expected, received="images without labels", remedy="Leave labels_per_class out")
    labels = np.full_like(images.labels, -1)
    for label, name in enumerate(images.class_names):
        members = np.flatnonzero(images.labels == label)
        if len(members) < labels_per_class:
            raise UserError(
                expected=f"labels_per_class of at most {len(members)}, the number of images of class {name}",
                received=f"{labels_per_class}",
                remedy="Keep fewer labels, or leave this class out",
            )
        labels[np.random.default_rng(label).choice(members, labels_per_class, replace=False)] = label
    return labels
