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

READABLE = {("uint8", 1), ("uint8", 3), ("uint8", 4), ("uint16", 1)}
"""The types and channels of images that `fit_array` takes."""
OTHERWISE = (
    "data.data_dir names a folder with prepared data, data.folder your own images; data.name packaged needs none"
)


class TFDS(DataSource):
    """An image dataset of TensorFlow Datasets. Images without a label (-1) are left out.

    Args:
        name: the name of the dataset.
        data_dir: the folder where TensorFlow Datasets keeps its files; default: its own folder.
        download: whether TensorFlow Datasets may download missing data.

    Raises:
        UserError: if the name is unknown, the data is missing and cannot be downloaded, or holds no images.
    """

    def __init__(self, name: str, data_dir: str | None = None, download: bool = True):
        self.name, self.data_dir, self.download = name, data_dir, download

    @cached_property
    def _prepared(self) -> tuple[Any, str, str | None]:
        """The builder of the prepared dataset, and the names of the image and the label in its examples."""
        builder = _prepared(self.name, self.data_dir, self.download)
        if "train" not in builder.info.splits:
            raise UserError(
                expected=f"a dataset with a train split as data.name {self.name}",
                received=f"the splits {', '.join(builder.info.splits)}",
                remedy="Choose another dataset",
            )
        return builder, *_features(builder)

    @property
    def class_names(self) -> list[str] | None:  # type: ignore[override]  # a property in place of an attribute
        """The names of the dataset's classes; None if it has no labels."""
        builder, _, label = self._prepared
        return None if label is None else builder.info.features[label].names

    def train(self) -> Records:
        return self._split("train")

    def test(self) -> Records | None:
        found = [name for name in ("test", "validation") if name in self._prepared[0].info.splits]
        return self._split(found[0]) if found else None

    def _split(self, split: str) -> Records:
        import tensorflow_datasets as tfds  # The import is slow, and other sources do not need it.

        builder, image, label = self._prepared

        def dataset() -> Any:
            # Files are read one after the other, so that the order of the images is the same on every machine.
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
    """Return the builder of a dataset; download and prepare the data if that is not done yet."""
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder(name, data_dir=None if data_dir is None else str(Path(data_dir).expanduser()))
    except Exception as error:  # A wrong name, configuration or version: ValueError, AssertionError, ImportError...
        known = ["packaged", *tfds.list_builders(with_community_datasets=False)]
        near, exists = closest(name, known), name.partition("/")[0].partition(":")[0] in known
        raise UserError(
            expected="for data.name `packaged` or a dataset of TensorFlow Datasets",
            received=f"{name!r}{f': {error}' if exists else ', which does not exist'}",
            remedy=f"Correct {'its configuration or version' if exists else 'the name'}.{'' if exists else near} "
            "A folder of images is named by data.folder",
        ) from error
    if builder.is_prepared():
        return builder
    expected = f"the dataset {name}, prepared in {builder.data_dir}"
    if not download:
        remedy = "Set data.download to true, or data.data_dir to the folder that has the data"
        raise UserError(expected=expected, received="no data, and data.download is false", remedy=remedy)
    remedy = f"Download it once on a machine with a network. {OTHERWISE}"
    if host := _unreachable_host(builder):
        received = f"no data, and no answer from {host} to download it"
        raise UserError(expected=expected, received=received, remedy=remedy)
    try:
        builder.download_and_prepare()
    except Exception as error:  # A download fails in many ways, and TFDS adds its own errors.
        raise UserError(expected=expected, received=f"a failed download: {error}", remedy=remedy) from error
    if not builder.is_prepared():
        received = "a folder that is not a prepared dataset"
        raise UserError(expected=expected, received=received, remedy="Move it away, then try again")
    return builder


def _unreachable_host(builder: Any) -> str | None:
    """Return the host of the dataset's first file if its name cannot be resolved, or the proxy if it does not answer.

    Without a network, TFDS itself tries again for more than three minutes. With a proxy, only the proxy resolves names.
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
    """Return the names of the image and of the label, None without labels, in the dataset's examples."""
    import tensorflow_datasets as tfds

    preferred = [*(builder.info.supervised_keys or ()), "image", "label"]

    def find(kind: type) -> str | None:
        found = [name for name, feature in builder.info.features.items() if type(feature) is kind]
        return next((name for name in preferred if name in found), found[0] if found else None)

    image = find(tfds.features.Image)
    if image is None:
        raise UserError(
            expected="a dataset of images",
            received=f"{builder.info.full_name}, whose examples have {', '.join(builder.info.features)}",
            remedy="Choose another dataset",
        )
    feature = builder.info.features[image]
    found = np.dtype(feature.np_dtype).name, feature.shape[-1]
    if found not in READABLE:
        raise UserError(
            expected="images of uint8 with 1, 3 or 4 channels, or of uint16 with 1 channel",
            received=f"{builder.info.full_name} with images of {found[0]} with {found[1]} channels",
            remedy="Choose another dataset",
        )
    return image, find(tfds.features.ClassLabel)
