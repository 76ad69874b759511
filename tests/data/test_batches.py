import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import numpy as np
import psutil
import pytest
import tensorflow as tf

from tfgan_course.data import Images, training_batches, validation_batches
from tfgan_course.errors import UserError


def numbered(count, labels=False):
    """Return images of one pixel, whose value is the image's number."""
    pixels = np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1)
    if not labels:
        return Images(pixels)
    return Images(pixels, np.arange(count, dtype=np.int32) % 2, ("even", "odd"))


def numbers(batches, count):
    return [batch.numpy().ravel().tolist() for batch in batches.take(count)]


def test_the_order_is_the_same_everywhere():
    # As both TensorFlow 2.15 and 2.21 gave it: saved runs depend on it.
    assert numbers(training_batches(numbered(10), 5, seed=1), 4) == [
        [3, 8, 0, 6, 1],
        [5, 2, 9, 7, 4],
        [4, 3, 8, 7, 0],
        [6, 5, 1, 9, 2],
    ]


def test_a_pass_visits_each_image_at_most_once_and_leaves_out_others_each_time():
    batches = numbers(training_batches(numbered(23), 5, seed=0), 40)
    left_out = set()
    for first in range(0, 40, 4):
        seen = list(chain(*batches[first : first + 4]))
        assert len(set(seen)) == 20
        left_out |= set(range(23)) - set(seen)
    assert len(left_out) > 10


def test_orders_are_evenly_spread():
    # Each image comes first about equally often: 1,000 passes over 4 images, binomial with deviation 14.
    first = [batch[0] for batch in numbers(training_batches(numbered(4), 4, seed=3), 1000)]
    assert abs(np.bincount(first, minlength=4) - 250).max() < 70


def test_another_seed_gives_another_order():
    orders = [numbers(training_batches(numbered(50), 50, seed=seed), 1) for seed in (0, 1, -1)]
    assert orders[0] != orders[1] != orders[2] != orders[0]


@pytest.mark.parametrize("start", [0, 1, 3, 4, 5, 21])
def test_resuming_is_the_same_as_going_on(start):
    whole = numbers(training_batches(numbered(23), 5, seed=7), start + 9)
    assert numbers(training_batches(numbered(23), 5, seed=7, start_step=start), 9) == whole[start:]


def test_resuming_late_is_as_quick():
    begin = time.perf_counter()
    assert numbers(training_batches(numbered(23), 5, seed=7, start_step=4 * 10**12 + 2), 1)
    assert time.perf_counter() - begin < 30


def test_labels_go_with_their_images():
    for images, labels in training_batches(numbered(20, labels=True), 8, seed=0).take(5):
        assert images.dtype == tf.uint8
        assert labels.dtype == tf.int32
        assert images.shape == (8, 1, 1, 1)
        assert (images.numpy().ravel() % 2 == labels.numpy()).all()


def test_is_endless():
    assert training_batches(numbered(20), 8, seed=0).cardinality() == tf.data.INFINITE_CARDINALITY


def test_many_images_are_quick_to_build_and_not_copied_again_and_again():
    images = np.random.default_rng(0).integers(0, 256, (50_000, 32, 32, 3), dtype=np.uint8)
    before, begin = psutil.Process().memory_info().rss, time.perf_counter()
    batches = iter(training_batches(Images(images, np.zeros(50_000, np.int32), ("a",)), 64, seed=0, start_step=780))
    for _ in range(3):
        next(batches)
    assert time.perf_counter() - begin < 30
    assert psutil.Process().memory_info().rss - before < 1.5 * images.nbytes


def test_images_go_as_they_are():
    images = np.random.default_rng(0).integers(0, 256, (8, 28, 28, 3), dtype=np.uint8)
    (batch,) = training_batches(Images(images), 8, seed=0).take(1)
    assert {image.tobytes() for image in batch.numpy()} == {image.tobytes() for image in images}


def test_validation_goes_once_in_order_with_the_rest_at_the_end():
    assert numbers(validation_batches(numbered(7), 3), 10) == [[0, 1, 2], [3, 4, 5], [6]]
    assert [labels.numpy().tolist() for _, labels in validation_batches(numbered(3, labels=True), 2)] == [[0, 1], [0]]


NEW_PROCESS = """
import sys
import tfgan_course.data.config
assert not {"tensorflow", "numpy"} & set(sys.modules)
import tfgan_course.data.pipeline
assert "tensorflow_datasets" not in sys.modules

import numpy as np
import tensorflow as tf
from tests.data.test_batches import numbered, training_batches

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
batches = iter(strategy.experimental_distribute_dataset(training_batches(numbered(40, labels=True), 8, seed=0)))
alone = iter(training_batches(numbered(40, labels=True), 8, seed=0))
seen = []
for _ in range(5):
    images, labels = ([part.numpy().ravel() for part in strategy.experimental_local_results(x)] for x in next(batches))
    assert [len(part) for part in images] == [4, 4]
    together = np.concatenate(images)
    np.testing.assert_array_equal(together, next(alone)[0].numpy().ravel())
    np.testing.assert_array_equal(together % 2, np.concatenate(labels))
    seen.extend(together.tolist())
assert sorted(seen) == list(range(40))
"""


def test_two_replicas_share_a_pass_and_the_import_is_light():
    # TensorFlow splits the CPU in two only before its first operation, and this process has imported everything.
    subprocess.run([sys.executable, "-c", NEW_PROCESS], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize(
    ("arguments", "expected", "received"),
    [
        ({"batch_size": 8, "seed": 0}, "1 to 7", "8"),
        ({"batch_size": 0, "seed": 0}, "1 to 7", "0"),
        ({"batch_size": 4, "seed": 0, "start_step": -1}, "start_step of 0", "-1"),
    ],
)
def test_wrong_arguments(arguments, expected, received):
    with pytest.raises(UserError) as error:
        training_batches(numbered(7), **arguments)
    assert expected in error.value.expected
    assert error.value.received == received


def test_wrong_validation_batch_size():
    with pytest.raises(UserError) as error:
        validation_batches(numbered(7), 0)
    assert error.value.received == "0"


def test_a_pass_has_so_many_batches():
    batches = training_batches(numbered(23), 5, seed=0)
    assert batches.steps_per_pass == 4
