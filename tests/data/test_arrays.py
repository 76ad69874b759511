"""Images that Python code has: arrays, datasets, folders, sources."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfgan_course.data import DataConfig, DataSource, Images, check_every_class, images_from, load, source_from
from tfgan_course.data.sources.arrays import GivenInPython
from tfgan_course.errors import UserError

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 28, 28, 3), dtype=np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def whole(images, labels=None, **options) -> Images:
    """All images are training images, in their order, because the test images are given separately."""
    return images_from(images, labels, **{"test": IMAGES if labels is None else (IMAGES, LABELS), **options})[0]


def test_pixels_and_labels_stay_and_are_copied():
    given = IMAGES.copy()
    images = whole(given, LABELS, class_names=["a", "b", "c"])
    given[:] = 0
    np.testing.assert_array_equal(images.images, IMAGES)
    assert images.labels.tolist() == LABELS.tolist()
    assert images.labels.dtype == np.int32
    assert images.class_names == ("a", "b", "c")


@pytest.mark.parametrize("shape", [(6, 28, 28), (6, 28, 28, 1)])
def test_gray(shape):
    given = IMAGES[..., 0].reshape(shape)
    np.testing.assert_array_equal(images_from(given, test=given)[0].images, IMAGES[..., :1])
    np.testing.assert_array_equal(whole(given, channels=3).images, np.repeat(IMAGES[..., :1], 3, 3))


def test_crop_and_size():
    wide = np.concatenate([IMAGES, IMAGES], axis=2)
    np.testing.assert_array_equal(whole(wide).images, wide[:, :, 14:42])
    assert whole(wide, size=64).images.shape == (6, 64, 64, 3)


def test_some_are_held_out_unless_there_are_test_images():
    train, test = images_from(IMAGES, LABELS, held_out=1 / 3)
    assert (len(train), len(test)) == (4, 2)
    both = [*zip(train.images, train.labels, strict=True), *zip(test.images, test.labels, strict=True)]
    assert sorted((image.tobytes(), label) for image, label in both) == sorted(
        (image.tobytes(), label) for image, label in zip(IMAGES, LABELS, strict=True)
    )
    assert [len(part) for part in images_from(IMAGES, test=IMAGES[:1])] == [6, 1]


def test_names_default_to_the_numbers():
    assert whole(IMAGES, np.array([0, 2, 2, 0, 0, 0], np.uint8)).class_names == ("0", "1", "2")


@pytest.mark.parametrize(
    ("value_range", "values"), [((0, 1), [0, 1, 0.5, 0.2]), ((-1, 1), [-1, 1, 0, -0.6])], ids=["0 to 1", "-1 to 1"]
)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floating_point_in_a_stated_range(value_range, values, dtype):
    images = np.repeat(np.array(values, dtype), 28 * 28).reshape(4, 28, 28)
    train, _ = images_from(images, test=images, value_range=value_range)
    assert train.images[:, 0, 0, 0].tolist() == [0, 255, 128, 51]


@pytest.mark.parametrize(
    ("images", "value_range", "received"),
    [
        (IMAGES / 255.0, None, "float64 .* from 0.0 to 1.0"),
        (IMAGES / 127.5 - 1, (0, 1), "from -1.0 to 1.0"),
        (IMAGES.astype(float), (0, 1), "from 0.0 to 255.0"),
        (np.full(IMAGES.shape, np.nan), (0, 1), "NaN"),
        (IMAGES / 255.0, (0, 255), r"value_range=\(0, 255\)"),
        (IMAGES, (0, 1), "uint8"),
        (IMAGES.astype(int), None, "int64 .* from 0 to 255"),
        (IMAGES[0, :, :, 0], None, r"\(28, 28\)"),
        (np.zeros((6, 28, 28, 5), np.uint8), None, r"\(6, 28, 28, 5\)"),
        (IMAGES[:0], None, r"\(0, 28, 28, 3\)"),
        ("abc" * np.ones(3, int).astype(object), None, "object"),
    ],
)
def test_other_numbers_are_refused_with_their_range(images, value_range, received):
    with pytest.raises(UserError) as error:
        images_from(images, value_range=value_range)
    assert error.match(received)
    assert error.value.expected


@pytest.mark.parametrize(
    ("images", "value_range", "received", "remedy"),
    [
        (IMAGES / 255.0, (-1, 1), "from 0.0 to 1.0", "value_range=(0, 1)"),
        (IMAGES / 512.0, (-1, 1), "from 0.0 to 0.4", "value_range=(0, 1)"),
        (IMAGES / 255.0, None, "from 0.0 to 1.0", "range"),
        (np.where(IMAGES > 200, np.nan, 0.5), (0, 1), f"{(IMAGES > 200).sum()} values that are NaN", "Replace"),
        (IMAGES > 100, None, "bool", "255 * images"),
        (IMAGES.astype(np.uint16), None, "uint16", "astype"),
        (IMAGES.astype(object), None, "object", "uint8"),
        (IMAGES[0], None, "(28, 28, 3)", "images[None]"),
        (IMAGES[0][..., :1], None, "(28, 28, 1)", "images[None]"),
        (np.moveaxis(IMAGES, -1, 1), None, "(6, 3, 28, 28)", "moveaxis"),
        (np.zeros((6, 28, 28, 5), np.uint8), None, "(6, 28, 28, 5)", "[..., :3]"),
        (IMAGES[:, :5, :5], None, "(6, 5, 5, 3)", "size"),
        (np.zeros((2, 300, 300), np.uint8), None, "(2, 300, 300)", "size"),
    ],
)
def test_the_fault_of_an_array_is_named_with_what_mends_it(images, value_range, received, remedy):
    with pytest.raises(UserError) as error:
        images_from(images, value_range=value_range)
    assert received in error.value.received
    assert remedy in error.value.remedy


def test_images_of_any_size_are_resized_to_a_size_that_is_given():
    assert images_from(IMAGES[:, :5, :5], size=28)[0].shape == (28, 28, 3)


@pytest.mark.parametrize("names", ["abc", ["a", "a", "c"]])
def test_class_names_are_a_list_of_different_names(names):
    with pytest.raises(UserError) as error:
        images_from(IMAGES, LABELS, class_names=names)
    assert "a" in error.value.received


def test_a_label_that_is_no_number_of_a_class_is_refused():
    for label in (100_000, 2**31 - 1, 2**32, 2**63 - 1):
        with pytest.raises(UserError) as error:
            images_from(IMAGES, np.full(6, label))
        assert str(label) in error.value.received
    train, _ = images_from(IMAGES, LABELS + 100)
    with pytest.raises(UserError) as error:
        check_every_class(train)
    assert "from 100 to 102" in error.value.received
    assert len(error.value.received) < 100


@pytest.mark.parametrize(
    "labels", [LABELS, LABELS[:, None], np.eye(3)[LABELS], np.eye(3, dtype=bool)[LABELS], [*LABELS]]
)
def test_labels_of_several_shapes(labels):
    assert whole(IMAGES, labels).labels.tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    "labels",
    [
        np.zeros(5, int),
        np.zeros((6, 2), int),  # no 1 in a row
        np.full((6, 2), 0.5),
        LABELS[None],
        LABELS + 0.5,
        LABELS - 1,
        LABELS + 1,  # of three names
        np.array([*"abcabc"]),
    ],
)
def test_other_labels_are_refused(labels):
    with pytest.raises(UserError) as error:
        images_from(IMAGES, labels, class_names=["a", "b", "c"])
    assert error.value.received


def test_other_options_are_refused():
    for options in ({"class_names": ["a"]}, {"size": 20}, {"test": (IMAGES, LABELS)}, {"classes": "a"}):
        with pytest.raises(UserError):
            images_from(IMAGES, **options)
    with pytest.raises(UserError):
        images_from(IMAGES[:, :20])


def test_a_dataset_of_images_one_by_one_in_batches_and_with_labels():
    alone = tf.data.Dataset.from_tensor_slices(IMAGES)
    for dataset in (alone, alone.batch(4), alone.filter(lambda image: True)):
        np.testing.assert_array_equal(whole(dataset).images, IMAGES)
    pairs = tf.data.Dataset.from_tensor_slices((IMAGES / 255.0, LABELS)).batch(4)
    images = whole(pairs, value_range=(0, 1), test=pairs)
    np.testing.assert_array_equal(images.images, IMAGES)
    assert images.labels.tolist() == LABELS.tolist()


def test_endless_and_empty_datasets_and_images_of_several_sizes_are_refused():
    dataset = tf.data.Dataset.from_tensor_slices(IMAGES)
    several = tf.data.Dataset.from_generator(lambda: (IMAGES[0, :size] for size in (28, 20)), tf.uint8)
    for wrong in (dataset.repeat(), dataset.take(0), several):
        with pytest.raises(UserError) as error:
            images_from(wrong)
        assert error.value.remedy


def test_a_folder_and_a_source_have_labels_of_their_own(tmp_path):
    for i in range(4):
        Image.fromarray(IMAGES[i]).save(tmp_path / f"{i}.png")
    train, test = images_from(tmp_path)
    assert (len(train), len(test), train.shape) == (3, 1, (28, 28, 3))
    source = source_from(IMAGES, LABELS)
    np.testing.assert_array_equal(images_from(source)[0].images, images_from(IMAGES)[0].images)
    for given in (tmp_path, source, tf.data.Dataset.from_tensor_slices(IMAGES)):
        with pytest.raises(UserError):
            images_from(given, LABELS)


def test_what_images_are_in_one_line(tmp_path):
    class Mine(DataSource):
        def train(self):
            return IMAGES

    assert str(source_from(IMAGES)) == "array (6, 28, 28, 3) uint8"
    assert str(source_from(str(tmp_path))) == str(tmp_path)
    assert str(source_from(Mine())).endswith("Mine")
    with pytest.raises(UserError) as error:
        load(DataConfig(source=GivenInPython("array (6, 28, 28, 3) uint8")))
    assert "array (6, 28, 28, 3) uint8" in error.value.expected
