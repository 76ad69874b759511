"""Images in .npz and .npy files."""

import numpy as np
import pytest

from tfgan_course.data import DataConfig, load, source_from
from tfgan_course.data.sources.array_file import ArrayFile, mapped
from tfgan_course.errors import UserError

RNG = np.random.default_rng(0)
X, Y = RNG.integers(0, 256, (12, 30, 40, 3), np.uint8), np.arange(12) % 3
CROPPED = X[:, 1:29, 6:34]


def pixels(parts):
    return np.concatenate([part.take(np.arange(len(part))).images for part in parts])


@pytest.mark.parametrize("stream", [False, True], ids=["in_memory", "streamed"])
@pytest.mark.parametrize("names", [("images", "labels"), ("x_train", "y_train"), ("arr_0", "arr_1")])
def test_arrays_by_their_names(tmp_path, names, stream):
    np.savez(tmp_path / "a.npz", **dict(zip(names, (X, Y), strict=True)), class_names=["a", "b", "c"])
    train, test = load(DataConfig(file=str(tmp_path / "a.npz"), size="30x40", stream=stream))
    assert train.shape == (30, 40, 3)
    assert train.class_names == ("a", "b", "c")
    assert {image.tobytes() for image in pixels([train, test])} == {image.tobytes() for image in X}
    for part in (train, test):
        for image, label in zip(pixels([part]), part.labels, strict=True):
            (number,) = np.flatnonzero((image == X).all(axis=(1, 2, 3)))
            assert label == Y[number]


def test_test_images_of_the_file_are_used(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x_train=X[:8], y_train=Y[:8], x_test=X[8:], y_test=Y[8:, None])
    train, test = load(DataConfig(file=str(tmp_path / "a.npz"), size="30x40"))
    np.testing.assert_array_equal(train.images, X[:8])
    np.testing.assert_array_equal(test.images, X[8:])
    assert test.labels.tolist() == Y[8:].tolist()


@pytest.mark.parametrize("stream", [False, True], ids=["in_memory", "streamed"])
def test_a_npy_file_with_the_file_of_its_labels(tmp_path, stream):
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    options = {"file": str(tmp_path / "x.npy"), "size": "30x40", "stream": stream}
    assert load(DataConfig(**options))[0].labels is None
    train, _ = load(DataConfig(**options, labels=str(tmp_path / "y.npy")))
    assert set(train.labels) == {0, 1, 2}


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_of_a_npz_file_is_read_from_the_disk(tmp_path, order):
    np.savez(tmp_path / "a.npz", before=np.arange(7), images=np.asarray(X, order=order))
    found = mapped(tmp_path / "a.npz", "images.npy")
    assert isinstance(found, np.memmap)
    np.testing.assert_array_equal(found, X)
    source = ArrayFile(tmp_path / "a.npz", mapped=True)
    assert isinstance(source.train()[0], np.memmap)


def test_sixteen_bits_are_scaled_to_their_range(tmp_path):
    deep = np.linspace(0, 1023, 4 * 28 * 28).astype(np.uint16).reshape(4, 28, 28)
    np.savez(tmp_path / "a.npz", images=deep)
    for stream in (False, True):
        with pytest.warns(UserWarning, match="10-bit"):
            parts = load(DataConfig(file=str(tmp_path / "a.npz"), stream=stream))
        found = np.sort(pixels(parts), axis=None)
        np.testing.assert_array_equal(found, np.sort(np.round(deep.ravel() / 1023 * 255)))


def broken(path):
    np.savez(path, images=X)
    path.write_bytes(path.read_bytes()[:2000])


@pytest.mark.parametrize(
    ("write", "part"),
    [
        (lambda path: np.savez(path, photos=X, labels=Y), "photos"),
        (lambda path: np.savez(path), "no arrays"),
        (lambda path: np.savez(path, images=X / 255), "float64"),
        (lambda path: np.savez(path, images=X[0, 0]), "shape"),
        (lambda path: np.savez(path, images=np.array([{}], object)), "pickle"),
        (lambda path: np.savez(path, images=X, labels=Y[:5]), "5"),
        (lambda path: path.write_bytes(b"no zip"), "zip"),
        (broken, "zip"),
        (lambda path: path.mkdir(), "folder"),
        (lambda path: None, "does not exist"),
    ],
)
def test_other_files_are_refused(tmp_path, write, part):
    write(tmp_path / "a.npz")
    with pytest.raises(UserError, match=part):
        load(DataConfig(file=str(tmp_path / "a.npz")))


def test_a_compressed_file_cannot_be_streamed(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", images=X)
    with pytest.raises(UserError, match=r"np\.savez"):
        load(DataConfig(file=str(tmp_path / "a.npz"), stream=True))


def test_python_takes_the_path(tmp_path):
    np.savez(tmp_path / "a.npz", images=X, labels=Y)
    assert isinstance(source_from(tmp_path / "a.npz"), ArrayFile)
