import socket
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from tfgan_course.data.classes import closest, kept_classes
from tfgan_course.data.config import DataConfig
from tfgan_course.data.images import Pictures
from tfgan_course.data.picture import fit_arrays
from tfgan_course.errors import UserError

# Types and channels of images that fit_arrays takes.
READABLE = {(np.dtype("uint8"), 1), (np.dtype("uint8"), 3), (np.dtype("uint8"), 4), (np.dtype("uint16"), 1)}
OTHERWISE = (
    "Data prepared elsewhere is found with --data.data_dir, your own images with --data.folder; "
    "--data.name packaged needs neither."
)


def read_tfds(config: DataConfig) -> tuple[Pictures, Pictures | None, tuple[str, ...] | None]:
    """Reads a dataset of TensorFlow Datasets: training, test (None if it has no such split), names of the classes.

    Raises:
        UserError: if the name is unknown, the data is not there and cannot be downloaded, or holds no images.
    """
    builder = builder_of(config)
    prepare(builder, config)
    image, label = features(builder)
    known = None if label is None else builder.info.features[label].names
    names = kept_classes(config.classes, known)
    train, test = split_names(builder, config)

    def read(split: str) -> Pictures:
        return read_split(builder, split, image, label, known, names, config)

    return read(train), None if test is None else read(test), names


def split_names(builder: Any, config: DataConfig) -> tuple[str, str | None]:
    """Returns the splits to train and to test on; of the latter None if there is none."""
    splits = builder.info.splits
    if "train" not in splits:
        raise UserError(f"{config.name} has no train split, only {', '.join(splits)}.")
    return "train", next((name for name in ("test", "validation") if name in splits), None)


def builder_of(config: DataConfig) -> Any:
    """Returns the builder of the dataset with the configured name."""
    import tensorflow_datasets as tfds  # Slow, and of no use to who has images of their own.

    data_dir = None if config.data_dir is None else str(Path(config.data_dir).expanduser())
    try:
        return tfds.builder(config.name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        near = closest(config.name, ["packaged", *tfds.list_builders(with_community_datasets=False)])
        raise UserError(
            f"TensorFlow Datasets has no dataset {config.name!r}.{near} For a folder, write --data.folder."
        ) from error
    except Exception as error:  # A wrong configuration or version: ValueError, AssertionError, ImportError...
        raise UserError(f"TensorFlow Datasets cannot make {config.name!r}: {error}") from error


def prepare(builder: Any, config: DataConfig) -> None:
    """Downloads and prepares the data unless that is done already."""
    if builder.is_prepared():
        return
    if not config.download:
        raise UserError(
            f"{config.name} is not prepared in {builder.data_dir}, and download is false. Write --data.download true, "
            "or --data.data_dir with the folder that has it."
        )
    failed = f"{config.name} could not be downloaded to {builder.data_dir}"
    host = unreachable_host(builder)
    if host:
        raise UserError(f"{failed}: no network, or {host} is gone. It needs a network once. {OTHERWISE}")
    try:
        builder.download_and_prepare()
    except Exception as error:  # A download fails in many ways, and TFDS adds its own; all are the user's to see.
        raise UserError(f"{failed}: {error} It needs a network once. {OTHERWISE}") from error
    if not builder.is_prepared():
        raise UserError(f"{builder.data_dir} exists, but is not a prepared dataset. Move it away, then try again.")


def unreachable_host(builder: Any) -> str | None:
    """Returns the host of the dataset's first file if its name cannot be resolved, or the proxy if it does not answer.

    TFDS itself, without a network, tries again for more than three minutes. With a proxy only the proxy resolves.
    """
    urls = [urlsplit(url) for url in builder.url_infos or {}]
    if not urls or urls[0].hostname is None:
        return None
    proxies = urllib.request.getproxies()
    proxy = urlsplit(proxies.get(urls[0].scheme) or proxies.get("all") or "")
    try:
        if proxy.hostname:
            socket.create_connection((proxy.hostname, proxy.port or 80), timeout=10).close()
        else:
            socket.getaddrinfo(urls[0].hostname, None)
    except OSError:
        return f"the proxy {proxy.netloc}" if proxy.hostname else urls[0].hostname
    return None


def features(builder: Any) -> tuple[str, str | None]:
    """Returns the names of the image and of the label (None if there is none) in the dataset's examples."""
    import tensorflow_datasets as tfds

    preferred = [*(builder.info.supervised_keys or ()), "image", "label"]

    def find(kind: type) -> str | None:
        found = [name for name, feature in builder.info.features.items() if type(feature) is kind]
        return next((name for name in preferred if name in found), found[0] if found else None)

    image = find(tfds.features.Image)
    if image is None:
        raise UserError(
            f"{builder.info.full_name} has no images. An example is made of {', '.join(builder.info.features)}."
        )
    feature = builder.info.features[image]
    if (np.dtype(feature.np_dtype), feature.shape[-1]) not in READABLE:
        raise UserError(
            f"The images of {builder.info.full_name} are {feature.np_dtype} with {feature.shape[-1]} channels. "
            "Read are uint8 with 1, 3 or 4 channels and uint16 with 1."
        )
    return image, find(tfds.features.ClassLabel)


def read_split(
    builder: Any,
    split: str,
    image: str,
    label: str | None,
    known: list[str] | None,
    names: tuple[str, ...] | None,
    config: DataConfig,
) -> Pictures:
    """Reads the images of one split that have one of the classes to keep. Those without a label (-1) are left out."""
    import tensorflow_datasets as tfds

    # One file after the other: the order of the images is that of the dataset on every machine.
    data = builder.as_dataset(split=split, read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False))
    data = data.map(lambda example: (example[image], example[label] if label else 0))
    alike = None not in builder.info.features[image].shape
    renumbered = {known.index(name): number for number, name in enumerate(names)} if label else {0: 0}
    pictures, labels = [], []
    for images, numbers in tfds.as_numpy(data.batch(256 if alike else 1).prefetch(2)):
        kept = np.isin(numbers, list(renumbered))
        pictures.extend(fit_arrays(images[kept], config.size, config.channels))
        labels.extend(renumbered[number] for number in numbers[kept])
    if not pictures:
        raise UserError(f"The {split} split of {config.name} has no image of these classes.")
    return Pictures(pictures, labels if label else None)
