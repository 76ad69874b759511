"""Streamed images are compared with the same images in memory."""

import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.data.test_folder import put
from tests.data.test_tfds import TestGrayDepth, TestPhotographs
from tfgan_course.cli.main import main
from tfgan_course.data import DataConfig, Images, load, training_batches, validation_batches
from tfgan_course.data.conditions import Noise
from tfgan_course.data.pipeline import held_out
from tfgan_course.data.streamed import Streamed
from tfgan_course.errors import UserError, raised_inside


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Return a folder with two classes, of 12 and 9 images of several sizes; one image is in color."""
    root = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for name, count in (("cat", 12), ("dog", 9)):
        (root / name).mkdir()
        for i in range(count):
            shape = (30 + i, 40) if (name, i) != ("dog", 4) else (33, 30, 3)
            Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(root / name / f"{i:02d}.png")
    return root


def batches(images, count: int, **options) -> list[tuple[np.ndarray, np.ndarray]]:
    data = training_batches(images, 4, seed=5, **options).take(count)
    return [(pixels.numpy(), labels.numpy()) for pixels, labels in data]


def assert_equal(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def both(**options) -> list[tuple]:
    return [load(DataConfig(**options, stream=stream)) for stream in (True, False)]


@pytest.mark.parametrize("options", [{}, {"classes": "dog,cat"}, {"channels": 1}])
def test_a_folder_gives_the_same_batches_as_in_memory(photos, options):
    (streamed, streamed_test), (train, test) = both(folder=str(photos), **options)
    assert not isinstance(streamed, Images)
    assert (len(streamed), streamed.shape, streamed.class_names) == (len(train), train.shape, train.class_names)
    assert_equal(batches(streamed, 11), batches(train, 11))
    assert_equal(
        *([tuple(x.numpy() for x in batch) for batch in validation_batches(i, 2)] for i in (streamed_test, test))
    )
    taken = streamed.take(np.array([7, 2]))
    np.testing.assert_array_equal(taken.images, train.images[[7, 2]])
    np.testing.assert_array_equal(taken.labels, train.labels[[7, 2]])


def test_a_folder_without_classes_has_no_labels(photos):
    (streamed, _), (train, _) = both(folder=str(photos / "cat"))
    assert streamed.labels is None
    (batch,) = training_batches(streamed, 4, 5).take(1)
    (expected,) = training_batches(train, 4, 5).take(1)
    np.testing.assert_array_equal(batch, expected)


@pytest.mark.parametrize("start", [1, 4, 6])
def test_resuming_a_folder_is_the_same_as_going_on(photos, start):
    streamed, _ = load(DataConfig(folder=str(photos), stream=True))
    assert_equal(batches(streamed, 3, start_step=start), batches(streamed, start + 3)[start:])


def test_the_next_image_stands_in_for_one_that_cannot_be_read(photos, tmp_path):
    for path in photos.glob("cat/*.png"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    broken = sorted(tmp_path.iterdir())[5]
    whole, _ = load(DataConfig(folder=str(tmp_path), stream=True))
    broken.write_bytes(b"no image")
    place = [whole.images[number] for number in whole.numbers].index(broken)
    with pytest.warns(UserWarning, match=broken.name):
        pixels = load(DataConfig(folder=str(tmp_path), stream=True))[0].take(np.array([place, place + 1])).images
    np.testing.assert_array_equal(pixels[0], pixels[1])


def test_images_are_told_from_others_by_name_and_size(photos, tmp_path):
    def checksum(folder):
        return load(DataConfig(folder=str(folder), stream=True))[0].checksum(0)

    for path in photos.glob("cat/*.png"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = checksum(tmp_path)
    assert checksum(tmp_path) == before
    for path in sorted(tmp_path.iterdir())[:3]:
        path.rename(path.with_name(f"x{path.name}"))
    assert checksum(tmp_path) != before


def test_more_than_memory_holds_is_refused_with_the_remedy(photos, monkeypatch):
    monkeypatch.setattr(
        "tfgan_course.data.in_memory.psutil.virtual_memory", lambda: type("Memory", (), {"available": 100})
    )
    with pytest.raises(UserError, match=r"data\.stream"):
        load(DataConfig(folder=str(photos)))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tfds")
    for builder in (TestPhotographs, TestGrayDepth):
        builder(data_dir=str(folder)).download_and_prepare()
    return folder


def test_a_dataset_gives_the_same_images_as_in_memory_each_once_a_pass(data_dir):
    options = {"name": "test_photographs", "data_dir": str(data_dir), "classes": "emu,cat"}
    (streamed, streamed_test), (train, test) = both(**options)
    assert (len(streamed), len(streamed_test), streamed.shape) == (len(train), len(test), train.shape)
    assert streamed.class_names == ("emu", "cat")
    everything = np.arange(len(train))
    np.testing.assert_array_equal(streamed.take(everything[::-1]).images, train.images[::-1])
    np.testing.assert_array_equal(streamed.labels, train.labels)
    found = batches(streamed, len(train) // 4)
    seen = {pixels.tobytes(): label for images, labels in found for pixels, label in zip(images, labels, strict=True)}
    assert len(seen) == len(train) // 4 * 4
    in_memory = {pixels.tobytes(): label for pixels, label in zip(train.images, train.labels, strict=True)}
    assert seen.items() <= in_memory.items()
    (validation,) = validation_batches(streamed_test, 8)
    np.testing.assert_array_equal(validation[0], test.images)


def test_the_order_of_a_dataset_depends_on_seed_and_pass_and_resumes(data_dir):
    streamed, _ = load(DataConfig(name="test_photographs", data_dir=str(data_dir), stream=True))
    assert len(streamed) == 11
    found = batches(streamed, 6)
    assert_equal(batches(streamed, 3, start_step=3), found[3:])
    assert any((one[0] != other[0]).any() for one, other in zip(found[:2], found[2:4], strict=True))


def test_random_conditions_of_a_dataset_differ_from_pass_to_pass(data_dir):
    options = {"name": "test_photographs", "data_dir": str(data_dir), "condition": Noise()}
    (streamed, _), (train, _) = both(**options)
    stored = {image.tobytes(): made.tobytes() for image, made in zip(train.images, train.condition, strict=True)}
    passes: list[dict[bytes, bytes]] = [{}, {}]
    for step, read in enumerate(training_batches(streamed, 4, seed=5).take(4)):
        pairs = zip(read["images"].numpy(), read["condition"].numpy(), strict=True)
        passes[step // 2].update({image.tobytes(): made.tobytes() for image, made in pairs})
    first, second = passes
    assert len(first) == len(second) == 8
    assert first.items() <= stored.items()
    assert all(second[image] != stored[image] for image in second)


def test_unknown_labels_are_left_out_of_a_dataset(data_dir):
    (streamed, streamed_test), (train, test) = both(name="test_gray_depth", data_dir=str(data_dir))
    for one, other in ((streamed, train), (streamed_test, test)):
        np.testing.assert_array_equal(one.take(np.arange(len(one))).images, other.images)
        np.testing.assert_array_equal(one.labels, other.labels)
    assert streamed.checksum(0) != streamed_test.checksum(0)


def test_held_out_images_are_those_held_out_in_memory():
    train, test = held_out(1000, 0.1)
    assert (len(train), len(test)) == (900, 100)
    assert sorted([*train, *test]) == list(range(1000))


@pytest.mark.parametrize("command", ["train", "classifier"])
def test_images_that_vanish_in_the_middle_of_a_training_are_one_error(command, tmp_path, monkeypatch, capsys):
    """The images vanish, as with an unplugged disk. A graph reads them, and TensorFlow raises an error of its own."""
    folder, read = tmp_path / "images", Streamed._picture
    for name in "ab":
        for index in range(70):
            put(folder / name / f"{index}.png", index)
    calls = iter(range(10**6))

    def unplugged(images, index):
        if next(calls) == 300:
            shutil.rmtree(folder)
        return read(images, index)

    monkeypatch.setattr(Streamed, "_picture", unplugged)
    words = [
        "--data.folder",
        str(folder),
        "--data.stream=true",
        "--batch_size=4",
        "--epochs=50",
        "--out",
        str(tmp_path / "r"),
    ]
    tiny = (
        ["--variant=simple_gan", "--metrics.names=[]", "--health=null"] if command == "train" else ["--network.width=2"]
    )
    assert main([command, *tiny, *words]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("error: expected a readable file")
    assert str(folder) in said


def test_an_error_in_a_graph_is_the_error_that_python_raised_there(tmp_path, monkeypatch):
    for index in range(9):
        put(tmp_path / f"{index}.png", index)
    images, _ = load(DataConfig(folder=str(tmp_path), stream=True))
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.warns(UserWarning, match="Cannot read"), pytest.raises(tf.errors.OpError) as error:
        [*images.in_order(4).map(images.read)]
    assert "a readable file" in str(raised_inside(error.value))
    assert raised_inside(ValueError("a UserErrorLike: x")) is None
