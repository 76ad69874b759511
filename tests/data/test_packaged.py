import zlib

import numpy as np
import pytest
import tensorflow_datasets as tfds

from tfgan_course.data import DataConfig, load
from tfgan_course.data.sources.packaged import PACKAGED
from tfgan_course.errors import UserError


def test_counts_shapes_and_file_size():
    train, test = load(DataConfig())
    assert train.images.shape == (6000, 28, 28, 1)
    assert test.images.shape == (1000, 28, 28, 1)
    assert train.images.dtype == np.uint8
    assert train.labels.dtype == np.int32
    assert np.bincount(train.labels).tolist() == [600] * 10
    assert np.bincount(test.labels).tolist() == [100] * 10
    assert train.class_names == test.class_names
    assert len(train.class_names) == 10
    assert PACKAGED.stat().st_size < 4_000_000


def test_are_the_images_that_were_compared_with_fashion_mnist():
    """The checksums of the images for which the next test has passed, for machines without Fashion-MNIST."""
    checksums = [(zlib.crc32(part.images), zlib.crc32(part.labels)) for part in load(DataConfig())]
    assert checksums == [(1757190559, 3780819832), (3713839309, 3231599488)]


def test_are_the_first_of_each_class_of_fashion_mnist(shared_tfds):
    for packaged, split, per_class in zip(load(DataConfig()), ("train[:7000]", "test[:1500]"), (600, 100), strict=True):
        source = tfds.load("fashion_mnist", split=split, data_dir=shared_tfds, download=False, batch_size=-1)
        labels = source["label"].numpy()
        first = np.sort(np.concatenate([np.flatnonzero(labels == c)[:per_class] for c in range(10)]))
        assert len(first) == 10 * per_class
        np.testing.assert_array_equal(packaged.images, source["image"].numpy()[first])
        np.testing.assert_array_equal(packaged.labels, labels[first])


def test_classes_are_numbered_in_the_order_named():
    whole, _ = load(DataConfig())
    train, test = load(DataConfig(classes="Sandal, Trouser"))
    assert train.class_names == ("Sandal", "Trouser")
    assert np.bincount(test.labels).tolist() == [100, 100]
    np.testing.assert_array_equal(train.images[train.labels == 0], whole.images[whole.labels == 5])
    np.testing.assert_array_equal(train.images[train.labels == 1], whole.images[whole.labels == 1])


@pytest.mark.parametrize(
    ("classes", "received", "remedy"),
    [("sandel", "'sandel'", "'Sandal'"), (["Bag", "Bag"], "Bag, Bag", ""), ("", "without", ""), ([], "without", "")],
)
def test_wrong_classes(classes, received, remedy):
    with pytest.raises(UserError) as error:
        load(DataConfig(classes=classes))
    assert "T-shirt/top, Trouser" in error.value.expected
    assert received in error.value.received
    assert remedy in error.value.remedy


def test_size_and_channels():
    train, test = load(DataConfig(size=32, channels=3, classes="Bag"))
    assert train.images.shape == (600, 32, 32, 3)
    assert test.images.shape == (100, 32, 32, 3)
    assert (train.images == train.images[..., :1]).all()
