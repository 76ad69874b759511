from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tfgan_course.data.classes import kept_classes
from tfgan_course.data.config import DataConfig, check_size
from tfgan_course.data.folder import read_folder
from tfgan_course.data.images import Images, ImageSet, Pictures
from tfgan_course.data.order import held_out
from tfgan_course.data.picture import fit_arrays
from tfgan_course.data.stream_folder import stream_folder
from tfgan_course.data.stream_tfds import stream_tfds
from tfgan_course.data.tfds import read_tfds
from tfgan_course.errors import UserError

PACKAGED = Path(__file__).with_name("fashion_mnist.npz")


def load(config: DataConfig) -> tuple[ImageSet, ImageSet]:
    """Reads the images that a configuration names, or, to stream them, finds out where they are.

    Returns:
        The training images and the test images, of equal size, channels and classes. With `classes`, labels are
        numbered in the order in which the user named them. `Images` unless they are streamed.

    Raises:
        UserError: if the images cannot be found, downloaded or read, or a class is not among them.
    """
    if config.stream:
        train, test = stream_folder(config) if config.folder is not None else stream_tfds(config)
        if config.labels_per_class is not None:
            train = replace(train, labels=few_labels(train, config.labels_per_class))
        return train, test
    if config.folder is not None:
        train, test, names = read_folder(config)
    elif config.name == "packaged":
        train, test, names = read_packaged(config)
    else:
        train, test, names = read_tfds(config)
    if test is None:
        train, test = hold_out(train, config.held_out)
    channels = max(picture.shape[-1] for part in (train, test) for picture in part.pictures)
    train_images, test_images = train.stack(channels, names), test.stack(channels, names)
    if config.labels_per_class is not None:
        train_images = replace(train_images, labels=few_labels(train_images, config.labels_per_class))
    return train_images, test_images


def few_labels(images: ImageSet, labels_per_class: int) -> np.ndarray:
    """Returns labels_per_class of each class's labels, chosen at random but always alike, and -1 for all other images.

    Raises:
        UserError: if the images have no labels, or a class has fewer.
    """
    if images.labels is None:
        raise UserError("labels_per_class needs labels, which these images do not have.")
    labels = np.full_like(images.labels, -1)
    for label, name in enumerate(images.class_names):
        members = np.flatnonzero(images.labels == label)
        if len(members) < labels_per_class:
            raise UserError(f"labels_per_class is {labels_per_class}, but class {name} has {len(members)} images.")
        labels[np.random.default_rng(label).choice(members, labels_per_class, replace=False)] = label
    return labels


def read_packaged(config: DataConfig) -> tuple[Pictures, Pictures, tuple[str, ...]]:
    """Reads the Fashion-MNIST images that come with the package."""
    with np.load(PACKAGED) as arrays:
        known = [str(name) for name in arrays["class_names"]]
        names = kept_classes(config.classes, known)
        renumbered = {known.index(name): label for label, name in enumerate(names)}

        def read(split: str) -> Pictures:
            labels = arrays[f"{split}_labels"]
            kept = np.flatnonzero(np.isin(labels, list(renumbered)))
            images = arrays[f"{split}_images"][kept]
            return Pictures(
                list(fit_arrays(images, config.size, config.channels)), [renumbered[i] for i in labels[kept]]
            )

        return read("train"), read("test"), names


def hold_out(pictures: Pictures, fraction: float) -> tuple[Pictures, Pictures]:
    """Splits off a fraction, at least one picture. The choice depends on the number of pictures alone."""
    count = len(pictures.pictures)
    if count < 2:
        raise UserError(f"One image is held out for tests and at least one is needed to train, got {count} in all.")
    return tuple(pictures.take(part) for part in held_out(count, fraction))


def from_arrays(
    images: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    class_names: Sequence[str] | None = None,
    size: int | None = None,
    channels: int | None = None,
) -> Images:
    """Makes training or test images from NumPy arrays, which are copied.

    Args:
        images: uint8 (n, h, w) gray, (n, h, w, 1) gray or (n, h, w, 3) RGB, 0 to 255.
        labels: integers (n,), counted from 0, or None.
        class_names: the name of each label. Default: the labels' numbers.
        size: images are center-cropped to a square and made size x size, 28 to 256. Default: the shorter side.
        channels: 1 or 3. Default: what the images have.

    Raises:
        UserError: if an array has another type or shape, or the lengths or numbers do not fit each other.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise UserError(
            f"Images must be uint8, 0 to 255, got an array of {images.dtype}. "
            "Of floats from 0 to 1, pass (255 * images).round().astype('uint8')."
        )
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in (1, 3)) or 0 in images.shape:
        raise UserError(f"Images must have the shape (n, h, w), (n, h, w, 1) or (n, h, w, 3), got {images.shape}.")
    if channels not in (None, 1, 3):
        raise UserError(f"channels is 1 (gray), 3 (RGB) or None, got {channels}.")
    images = images.reshape(*images.shape[:3], -1)
    size = min(images.shape[1:3]) if size is None else size
    check_size(size)
    names = None
    if labels is not None:
        labels = np.asarray(labels)
        names = checked_names(labels, len(images), class_names)
    elif class_names is not None:
        raise UserError("class_names needs labels.")
    pictures = Pictures(
        list(fit_arrays(images, size, channels)), None if labels is None else [int(label) for label in labels]
    )
    return pictures.stack(channels or images.shape[3], names)


def checked_names(labels: np.ndarray, count: int, class_names: Sequence[str] | None) -> tuple[str, ...]:
    """Returns the name of each label, after a look at the labels."""
    if not np.issubdtype(labels.dtype, np.integer) or labels.shape != (count,):
        raise UserError(
            f"Labels must be integers of shape ({count},), one an image, got {labels.dtype} of shape {labels.shape}."
        )
    names = tuple(class_names) if class_names is not None else tuple(str(i) for i in range(labels.max() + 1))
    if labels.min() < 0 or labels.max() >= len(names):
        raise UserError(
            f"Labels must be 0 to {len(names) - 1}, one a class name, got {labels.min()} to {labels.max()}."
        )
    return names
