"""The count of images shown, by hand."""

from types import SimpleNamespace

import pytest
import tensorflow as tf

from tfgan_course.gan.growth import ImagesShown


def counted(count: ImagesShown, step: tf.Variable, sizes: list[int]) -> list[int]:
    """Return the count before each step with these numbers of images."""
    found = []
    for size in sizes:
        count.begin(step, size)
        found.append(int(count.before(step, tf.constant(-1, tf.int64))))
        count.end(size)
        step.assign_add(1)
    return found


@pytest.mark.parametrize("layer", [None, SimpleNamespace(images_shown=tf.Variable(0, dtype=tf.int64))])
def test_batches_of_any_size_are_counted_as_they_are(layer):
    step = tf.Variable(0, dtype=tf.int64)
    count = ImagesShown(layer)
    assert counted(count, step, [16, 16, 3, 16]) == [0, 16, 32, 35]
    step.assign(0)  # the networks begin again
    assert counted(count, step, [16, 3]) == [0, 16]
    assert int(count.before(tf.constant(9, tf.int64), tf.constant(-1, tf.int64))) == -1


@pytest.mark.parametrize(
    ("layer", "first"), [(None, 3 * 16), (SimpleNamespace(images_shown=tf.Variable(35, dtype=tf.int64)), 35 + 16)]
)
def test_a_training_continues_from_the_layers_count_or_from_its_steps(layer, first):
    step = tf.Variable(3, dtype=tf.int64)
    assert counted(ImagesShown(layer), step, [16, 4, 16]) == [first, first + 16, first + 20]
