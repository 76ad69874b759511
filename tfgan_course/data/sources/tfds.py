"""The datasets of TensorFlow Datasets."""

import socket
import urllib.request
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from tfgan_course.data.classes import closest
from tfgan_course.data.source import DataSource, Records
from tfgan_course.errors import UserError

# Types and channels of images that `fit_array` takes.
READABLE = {(np.dtype("uint8"), 1), (np.dtype("uint8"), 3), (np.dtype("uint8"), 4), (np.dtype("uint16"), 1)}
OTHERWISE = (
    "Data prepared elsewhere is found with --data.data_dir, your own images with --data.folder; "
    "--data.name packaged needs neither."
)


class TFDS(DataSource):
    """An image dataset of TensorFlow Datasets. Images without a label (-1) are left out.

    Args:
        name: of the dataset.
        data_dir: where TensorFlow Datasets keeps its files; its own folder unless given.
        download: whether TensorFlow Datasets may download what it does not find.

    Raises:
        UserError: if the name is unknown, the data is not there and cannot be downloaded, or holds no images.
    """

    def __init__(self, name: str, data_dir: str | None = None, download: bool = True):
        self.name, self.data_dir, self.download = name, data_dir, download

    @cached_property
    def _prepared(self) -> tuple[Any, str, str | None]:
        """The builder of the prepared dataset, and what the image and the label are called in its examples."""
        builder = _prepared(self.name, self.data_dir, self.download)
        if "train" not in builder.info.splits:
            raise UserError(f"{self.name} has no train split, only {', '.join(builder.info.splits)}.")
        return builder, *_features(builder)

    @property
    def class_names(self) -> list[str] | None:
        """The names of the dataset's classes; None if it has no labels."""
        builder, _, label = self._prepared
        return None if label is None else builder.info.features[label].names

    def train(self) -> Records:
        """See `DataSource`."""
        return self._split("train")

    def test(self) -> Records | None:
        """See `DataSource`."""
        found = [name for name in ("test", "validation") if name in self._prepared[0].info.splits]
        return self._split(found[0]) if found else None

    def _split(self, split: str) -> Records:
        import tensorflow_datasets as tfds  # Slow, and useless to users of other images.

        builder, image, label = self._prepared

        def dataset() -> Any:
            # One file after the other: the order of the images is that of the dataset on every machine.
            reading = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
            encoded = {image: tfds.decode.SkipDecoding()}
            data = builder.as_dataset(split=split, read_config=reading, decoders=encoded)
            return data.map(lambda example: (example[image], example[label] if label else 0))

        found, feature = builder.info.splits[split], builder.info.features[image]
        identity = f"{builder.info.full_name} {split} {found.shard_lengths}"
        channels = 1 if feature.shape[-1] == 1 else 3
        return Records(found.num_examples, channels, identity, dataset, feature.decode_example, label is not None)

    def __str__(self) -> str:
        return self.name


def _prepared(name: str, data_dir: str | None, download: bool) -> Any:
    """Return the builder of the dataset of this name; download and prepare the data unless that is done already."""
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder(name, data_dir=None if data_dir is None else str(Path(data_dir).expanduser()))
    except tfds.core.DatasetNotFoundError as error:
        near = closest(name, ["packaged", *tfds.list_builders(with_community_datasets=False)])
        found = f"TensorFlow Datasets has no dataset {name!r}.{near}"
        raise UserError(f"{found} For a folder, write --data.folder.") from error
    except Exception as error:  # A wrong configuration or version: ValueError, AssertionError, ImportError...
        raise UserError(f"TensorFlow Datasets cannot make {name!r}: {error}") from error
    if builder.is_prepared():
        return builder
    if not download:
        remedy = "Write --data.download true, or --data.data_dir with the folder that has it."
        raise UserError(f"{name} is not prepared in {builder.data_dir}, and download is false. {remedy}")
    failed = f"{name} could not be downloaded to {builder.data_dir}"
    if host := _unreachable_host(builder):
        raise UserError(f"{failed}: no network, or {host} is gone. It needs a network once. {OTHERWISE}")
    try:
        builder.download_and_prepare()
    except Exception as error:  # A download fails in many ways, and TFDS adds its own; all are the user's to see.
        raise UserError(f"{failed}: {error} It needs a network once. {OTHERWISE}") from error
    if not builder.is_prepared():
        raise UserError(f"{builder.data_dir} exists, but is not a prepared dataset. Move it away, then try again.")
    return builder


def _unreachable_host(builder: Any) -> str | None:
    """Return the host of the dataset's first file if its name cannot be resolved, or the proxy if it does not answer.

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


def _features(builder: Any) -> tuple[str, str | None]:
    """Return the names of the image and of the label (None if there is none) in the dataset's examples."""
    import tensorflow_datasets as tfds

    preferred = [*(builder.info.supervised_keys or ()), "image", "label"]

    def find(kind: type) -> str | None:
        found = [name for name, feature in builder.info.features.items() if type(feature) is kind]
        return next((name for name in preferred if name in found), found[0] if found else None)

    image = find(tfds.features.Image)
    if image is None:
        found = ", ".join(builder.info.features)
        raise UserError(f"{builder.info.full_name} has no images. An example is made of {found}.")
    feature = builder.info.features[image]
    if (np.dtype(feature.np_dtype), feature.shape[-1]) not in READABLE:
        found = f"{feature.np_dtype} with {feature.shape[-1]} channels"
        remedy = "Read are uint8 with 1, 3 or 4 channels and uint16 with 1."
        raise UserError(f"The images of {builder.info.full_name} are {found}. {remedy}")
    return image, find(tfds.features.ClassLabel)
