import numpy as np
import pytest
import tensorflow_datasets as tfds

from tfgan_course.data import DataConfig, load
from tfgan_course.data.form import Form
from tfgan_course.data.picture import fit_array
from tfgan_course.errors import UserError

SIZES = [(30, 40), (28, 28), (50, 33), (64, 64), (29, 90), (40, 40)]


def photograph(i: int) -> np.ndarray:
    return np.random.default_rng(i).integers(0, 256, (*SIZES[i % 6], 3), dtype=np.uint8)


class TestPhotographs(tfds.core.GeneratorBasedBuilder):
    """A dataset with images of many sizes, two label features, and no test split."""

    __test__ = False
    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = {
            "age": tfds.features.ClassLabel(names=["old", "new"]),
            "kind": tfds.features.ClassLabel(names=["cat", "dog", "emu"]),
            "photograph": tfds.features.Image(shape=(None, None, 3), encoding_format="png"),
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features), supervised_keys=("photograph", "kind")
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        for i in range(12):
            yield i, {"age": 0, "kind": i % 3, "photograph": photograph(i)}


class TestGrayDepth(tfds.core.GeneratorBasedBuilder):
    """16-bit gray images, some without a label, in train and validation."""

    __test__ = False
    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = {
            "depth": tfds.features.Image(shape=(28, 28, 1), dtype=np.uint16, encoding_format="png"),
            "label": tfds.features.ClassLabel(names=["a", "b"]),
        }
        return self.dataset_info_from_configs(features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(6), "validation": self._generate_examples(3)}

    def _generate_examples(self, count):
        for i in range(count):
            yield i, {"depth": np.full((28, 28, 1), 257 * i, np.uint16), "label": i % 3 - 1}


class TestNumbers(tfds.core.GeneratorBasedBuilder):
    """A dataset without images."""

    __test__ = False
    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        return self.dataset_info_from_configs(features=tfds.features.FeaturesDict({"number": np.int64}))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        yield 0, {"number": 1}


class TestGone(tfds.core.GeneratorBasedBuilder):
    """A dataset whose only file is on a host that never exists (RFC 6761)."""

    __test__ = False
    VERSION = tfds.core.Version("1.0.0")
    url_infos = {  # noqa: RUF012 (TFDS declares it so)
        "https://images.invalid/a.zip": tfds.download.checksums.UrlInfo(size=1, checksum="0" * 64, filename="a.zip")
    }

    def _info(self):
        return self.dataset_info_from_configs(features=tfds.features.FeaturesDict({"image": tfds.features.Image()}))

    def _split_generators(self, dl_manager):
        dl_manager.download("https://images.invalid/a.zip")
        return {}

    def _generate_examples(self):
        return iter(())


class TestFailing(TestGone):
    """A dataset whose download fails although its host may exist."""

    url_infos = None

    def _split_generators(self, dl_manager):
        raise ConnectionError("connection reset")


def test_images_of_varying_size_and_the_supervised_label(tmp_path):
    train, test = load(DataConfig(name="test_photographs", data_dir=str(tmp_path), size=32, held_out=0.25))
    assert train.images.shape == (9, 32, 32, 3)
    assert test.images.shape == (3, 32, 32, 3)
    assert train.class_names == ("cat", "dog", "emu")
    form = Form(32, 32)
    expected = {fit_array(photograph(i), form).tobytes(): i % 3 for i in range(12)}
    for part in (train, test):
        assert [expected.pop(image.tobytes()) for image in part.images] == part.labels.tolist()
    assert not expected
    dogs = load(DataConfig(name="test_photographs", data_dir=str(tmp_path), download=False, classes=["dog"]))
    assert sum(len(part.images) for part in dogs) == 4


def test_16_bits_validation_split_and_images_without_a_label(tmp_path):
    train, test = load(DataConfig(name="test_gray_depth", data_dir=str(tmp_path)))
    assert train.images.shape == (4, 28, 28, 1)
    assert sorted(train.images[:, 0, 0, 0].tolist()) == [1, 2, 4, 5]
    assert (train.labels == train.images[:, 0, 0, 0] % 3 - 1).all()
    assert len(test.images) == 2


@pytest.mark.parametrize(
    ("options", "received", "remedy"),
    [
        ({"name": "cifarr10"}, "'cifarr10'", "'cifar10'"),
        ({"name": "package"}, "'package'", "'packaged'"),
        ({"name": "mnist/nope"}, "'mnist/nope'", ""),
        ({"name": "mnist", "download": False}, "download is false", "data.data_dir"),
        ({"name": "test_numbers"}, "number", ""),
        ({"name": "test_photographs", "classes": "cow"}, "'cow'", ""),
        ({"name": "test_gone"}, "images.invalid", "packaged"),
        ({"name": "test_failing"}, "connection reset", "data.folder"),
    ],
)
def test_wrong_datasets(tmp_path, monkeypatch, options, received, remedy):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError) as error:
        load(DataConfig(data_dir=str(tmp_path), **options))
    assert received in error.value.received
    assert remedy in error.value.remedy


def test_a_failed_download_leaves_nothing_prepared(tmp_path):
    with pytest.raises(UserError, match="connection reset"):
        load(DataConfig(name="test_failing", data_dir=str(tmp_path)))
    assert not TestFailing(data_dir=str(tmp_path)).is_prepared()
    with pytest.raises(UserError, match="download is false"):
        load(DataConfig(name="test_failing", data_dir=str(tmp_path), download=False))


def test_a_folder_that_is_not_prepared(tmp_path):
    (tmp_path / "test_photographs" / "1.0.0").mkdir(parents=True)
    with pytest.raises(UserError, match="not a prepared dataset"):
        load(DataConfig(name="test_photographs", data_dir=str(tmp_path)))


def test_cifar10(shared_tfds):
    config = DataConfig(name="cifar10", data_dir=shared_tfds, download=False, size=32, classes="dog,cat")
    train, test = load(config)
    assert train.images.shape == (10000, 32, 32, 3)
    assert np.bincount(train.labels).tolist() == [5000, 5000]
    assert test.images.shape == (2000, 32, 32, 3)
    # The same images as TFDS itself gives, and the dogs (its class 5) are class 0.
    source = tfds.load("cifar10", split="test[:500]", data_dir=shared_tfds, download=False, batch_size=-1)
    labels = source["label"].numpy()
    kept = np.isin(labels, [3, 5])
    np.testing.assert_array_equal(test.images[: kept.sum()], source["image"].numpy()[kept])
    np.testing.assert_array_equal(test.labels[: kept.sum()], np.where(labels[kept] == 5, 0, 1))
