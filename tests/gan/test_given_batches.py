"""Python generators and `keras.utils.Sequence` are checked as arrays and datasets are."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from tests import tiny
from tests.gan.test_mistakes import UPDATES, float_images
from tfgan_course.errors import UserError
from tfgan_course.models.conditioning import AuxiliaryClassifier


class Batches(keras.utils.Sequence):
    """Batches from a list; with Keras 3 this class is called `PyDataset`."""

    def __init__(self, batches):
        super().__init__()
        self.batches, self.epochs = batches, 0

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]

    def on_epoch_end(self):
        self.epochs += 1


each_form = pytest.mark.parametrize("form", [Batches, iter], ids=["sequence", "iterator"])


def parts(array: np.ndarray, size: int = 4) -> list[np.ndarray]:
    return [array[start : start + size] for start in range(0, len(array), size)]


@each_form
@pytest.mark.parametrize(("low", "high"), [(0, 255), (0, 1), (-127, 127), (np.nan, np.nan)])
def test_images_out_of_their_range_are_refused(form, low, high):
    images = float_images(-1, 1) * np.nan if np.isnan(low) else float_images(low, high)
    for give in (
        lambda gan: gan.fit(form(parts(images)), verbose=0),
        lambda gan: gan.evaluate(form(parts(images)), verbose=0),
        lambda gan: gan.fit(tiny.images(8), batch_size=4, validation_data=form(parts(images)), verbose=0),
    ):
        gan = tiny.gan()
        with pytest.raises(UserError) as error:
            give(gan)
        assert "[-1, 1]" in error.value.expected
        assert gan.steps_done == 0


@each_form
def test_a_later_batch_is_checked_too(form):
    labels = [np.array([0, 1, 2, 0]), np.array([0, 1, 7, 0])]
    gan = tiny.conditional_gan(critic_conditioning=AuxiliaryClassifier())
    with pytest.raises(UserError) as error:
        gan.fit(form([*zip(parts(tiny.images(8)), labels, strict=True)]), verbose=0)
    assert "0 to 2" in error.value.expected
    assert "7" in error.value.received
    for later, word in ((tiny.images(4)[:0], "empty"), (float_images(0, 255)[:4], "values from")):
        with pytest.raises(UserError) as error:
            tiny.gan().fit(form([tiny.images(4), later]), verbose=0)
        assert word in error.value.received


@each_form
def test_labels_in_each_form_train_the_same_way(form):
    labels = tiny.labels(8)
    images, column = parts(tiny.images(8)), parts(labels[:, None])
    found = []
    for batches in (
        [*zip(images, parts(labels), strict=True)],
        [*zip(images, parts(np.eye(3)[labels]), strict=True)],
        [{"images": some, "labels": of_some} for some, of_some in zip(images, column, strict=True)],
    ):
        gan = tiny.conditional_gan()
        gan.fit(form(batches), shuffle=False, verbose=0)
        found.append(tiny.weights(gan.critic))
    assert tiny.equal(found[0], found[1])
    assert tiny.equal(found[0], found[2])


@each_form
@pytest.mark.parametrize("options", UPDATES[:2])
def test_a_last_batch_smaller_than_the_updates_is_filled_up(form, options):
    gan = tiny.gan(**options)
    history = gan.fit(form(parts(tiny.images(17), 16)), verbose=0).history
    assert gan.steps_done == 2
    assert all(np.isfinite(values).all() for values in history.values())


def test_the_end_of_data_of_unknown_length_is_no_step():
    """A step without a batch stops at the end of the data; what needs no batch must not happen either."""
    found = []
    for length in (tf.data.UNKNOWN_CARDINALITY, 2):
        data = tiny.batches(32).apply(tf.data.experimental.assert_cardinality(2))
        gan = tiny.gan(ema_half_life=16)
        gan.fit(data if length == 2 else data.filter(lambda images: True), epochs=2, verbose=0)
        assert (gan.steps_done, int(gan.train_means.count)) == (4, 2)
        found.append(tiny.weights(gan.ema_generator))
    assert tiny.equal(*found)


@each_form
def test_batches_too_small_for_a_step_and_no_batches_are_refused(form):
    gan = tiny.gan(critic_updates=5)
    with pytest.raises(UserError) as error:
        gan.fit(form(parts(tiny.images(6), 3)), verbose=0)
    assert "3" in error.value.received
    assert "critic_updates" in error.value.expected
    with pytest.raises(UserError):
        gan.fit(form([]), verbose=0)
    assert gan.steps_done == 0


def test_a_generator_function_is_taken_as_an_iterator_is():
    gan = tiny.gan()
    gan.fit((images for images in parts(tiny.images(8))), verbose=0)
    assert gan.steps_done == 2


def test_a_sequence_hears_of_its_epochs():
    batches = Batches(parts(tiny.images(8)))
    tiny.gan().fit(batches, epochs=3, verbose=0)
    assert batches.epochs >= 3  # Keras 3 says so once more, at the end of the training


def test_replicas_get_equally_many_images():
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        gan = tiny.gan()
    gan.fit(Batches(parts(tiny.images(9), 4)), verbose=0)
    assert gan.steps_done == 3


def test_a_variable_is_checked_as_an_array_is():
    with pytest.raises(UserError) as error:
        tiny.gan().fit(tf.Variable(float_images(0, 1)), verbose=0)
    assert "[0, 1]" in error.value.expected


@pytest.mark.parametrize("size", [0, -4, 8.0])
def test_a_batch_size_that_is_none_is_refused(size):
    with pytest.raises(UserError) as error:
        tiny.gan().fit(tiny.images(8), batch_size=size, verbose=0)
    assert str(size) in error.value.received


def test_the_first_batch_of_a_distributed_dataset_is_checked():
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")
    with strategy.scope():
        gan = tiny.conditional_gan()
    images, labels = tiny.images(16), tiny.labels(16)
    floats = images.astype(np.float32)
    for given, received in (
        ((floats, labels), "to 255"),
        ((floats / 255, labels), "from 0"),
        ((images, labels + 5), "values from 5"),
        ((images, labels[:, None]), "(8, 1)"),
        ((images, np.eye(3, dtype=np.float32)[labels]), "(8, 3)"),
        ((images, labels.astype(np.float32)), "float32"),
    ):
        dataset = strategy.experimental_distribute_dataset(tf.data.Dataset.from_tensor_slices(given).batch(8))
        for method in (gan.fit, gan.evaluate):
            with pytest.raises(UserError) as error:
                method(dataset, verbose=0)
            assert received in error.value.received
    assert gan.steps_done == 0
