import numpy as np
import pytest

from tfgan_course.data import from_arrays
from tfgan_course.errors import UserError

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 28, 28, 3), dtype=np.uint8)


def test_pixels_and_labels_stay_and_are_copied():
    given = IMAGES.copy()
    images = from_arrays(given, np.array([0, 1, 2, 0, 1, 2]), class_names=["a", "b", "c"])
    given[:] = 0
    np.testing.assert_array_equal(images.images, IMAGES)
    assert images.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert images.labels.dtype == np.int32
    assert images.class_names == ("a", "b", "c")


@pytest.mark.parametrize("shape", [(6, 28, 28), (6, 28, 28, 1)])
def test_gray(shape):
    given = IMAGES[..., 0].reshape(shape)
    np.testing.assert_array_equal(from_arrays(given).images, IMAGES[..., :1])
    np.testing.assert_array_equal(from_arrays(given, channels=3).images, np.repeat(IMAGES[..., :1], 3, 3))


def test_crop_and_size():
    wide = np.concatenate([IMAGES, IMAGES], axis=2)
    np.testing.assert_array_equal(from_arrays(wide).images, wide[:, :, 14:42])
    assert from_arrays(wide, size=64).images.shape == (6, 64, 64, 3)


def test_names_default_to_the_numbers():
    assert from_arrays(IMAGES, np.array([0, 2, 2, 0, 0, 0], np.uint8)).class_names == ("0", "1", "2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": IMAGES / 255}, r"uint8, 0 to 255, got an array of float64.*255 \* images"),
        ({"images": IMAGES[0, :, :, 0]}, r"got \(28, 28\)"),
        ({"images": np.zeros((6, 28, 28, 4), np.uint8)}, r"\(6, 28, 28, 4\)"),
        ({"images": IMAGES[:0]}, r"\(0, 28, 28, 3\)"),
        ({"images": IMAGES, "labels": np.zeros(5, int)}, r"shape \(6,\).*\(5,\)"),
        ({"images": IMAGES, "labels": np.zeros((6, 1), int)}, r"\(6, 1\)"),
        ({"images": IMAGES, "labels": np.zeros(6)}, "integers.*float64"),
        ({"images": IMAGES, "labels": np.full(6, -1)}, "got -1"),
        ({"images": IMAGES, "labels": np.full(6, 2), "class_names": ["a", "b"]}, "0 to 1.*got 2"),
        ({"images": IMAGES, "class_names": ["a"]}, "needs labels"),
        ({"images": IMAGES, "size": 20}, "28 to 256"),
        ({"images": IMAGES[:, :20]}, "28 to 256"),
        ({"images": IMAGES, "channels": 2}, "got 2"),
    ],
)
def test_wrong_arrays(arguments, message):
    with pytest.raises(UserError, match=message):
        from_arrays(**arguments)
