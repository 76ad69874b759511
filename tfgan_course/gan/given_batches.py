"""Check the batches of Python generators, of `keras.utils.Sequence` (Keras 3: `PyDataset`), of distributed datasets."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import UserError, require
from tfgan_course.gan.batches import fields_of

Check = Callable[[Any, bool], tuple]
"""A function of a batch, and of whether it is the first, that returns the checked batch or raises `UserError`."""


def checked_generator(batches: Iterator, check: Check, errors: list[UserError]) -> Iterator[tuple]:
    """Return a generator of checked batches; the first batch is checked now.

    Args:
        batches: the user's generator.
        check: what to do with each batch.
        errors: a list to which the error of a later batch is added, because TensorFlow reports it in its own words.

    Raises:
        UserError: if there is no batch, or the first one is refused.
    """
    end = object()
    first = next(batches, end)
    require(first is not end, "a generator of batches", "one without a batch", "Call the generator function again")
    checked = check(first, True)

    def rest() -> Iterator[tuple]:
        yield checked
        for batch in batches:
            yield _noted(check, batch, errors)

    return rest()  # Keras 3 takes generators, but no other iterators.


def check_distributed(gan, batches: tf.distribute.DistributedDataset, check: Callable[[dict], Any]) -> None:
    """Check the first batch of a dataset that the user has distributed; its batches cannot be changed.

    Args:
        gan: the GAN, whose strategy distributed the dataset.
        batches: what `strategy.experimental_distribute_dataset` returns.
        check: a function that returns the labels of arrays by field, int32 (n,), or None, or raises `UserError`.

    Raises:
        UserError: if the check fails, or if labels have another form than the one in which networks take them.
    """
    fields = {
        name: np.concatenate([part.numpy() for part in gan.strategy.experimental_local_results(value)])
        for name, value in fields_of(next(iter(batches))).items()
        if value is not None
    }
    labels = check(fields)
    given = fields.get("labels")
    expected = "in a distributed dataset labels of shape (n,) and an integer type, because it cannot be changed"
    right = labels is None or (given is not None and given.ndim == 1 and np.issubdtype(given.dtype, np.integer))
    received = "" if given is None else f"{given.dtype.name} labels of shape {given.shape}"
    require(
        right, expected, received, "Change the labels before the dataset is distributed, or pass the dataset itself"
    )


def _noted(check: Check, batch: Any, errors: list[UserError]) -> tuple:
    try:
        return check(batch, False)
    except UserError as error:
        errors.append(error)
        raise


class CheckedSequence(keras.utils.Sequence):
    """A user's `Sequence` whose batches are checked; the first batch is checked now, with the errors it may raise.

    Args:
        batches: the user's `Sequence` (Keras 3: `PyDataset`).
        check: what to do with each batch.
        errors: a list to which the error of a later batch is added, because TensorFlow reports it in its own words.

    Raises:
        UserError: if there is no batch, or the first one is refused.
    """

    def __init__(self, batches: Any, check: Check, errors: list[UserError]):
        # Keras 3 keeps these in the sequence; with Keras 2 they are arguments of `fit`.
        options = ("workers", "use_multiprocessing", "max_queue_size")
        super().__init__(**{name: getattr(batches, name) for name in options if hasattr(batches, name)})
        self.batches, self.check, self.errors = batches, check, errors
        endless = getattr(batches, "num_batches", 0) is None
        require(endless or len(batches) > 0, "a sequence of batches", "an empty one", "Check how it is made")
        check(batches[0], True)

    def __len__(self) -> int:
        return len(self.batches)

    @property
    def num_batches(self) -> int | None:
        """The number of batches; None if the sequence never ends."""
        return getattr(self.batches, "num_batches", None) if hasattr(self.batches, "num_batches") else len(self)

    def __getitem__(self, index: int) -> tuple:
        return _noted(self.check, self.batches[index], self.errors)

    def on_epoch_begin(self) -> None:
        """Tell the user's sequence that an epoch begins."""
        getattr(self.batches, "on_epoch_begin", lambda: None)()

    def on_epoch_end(self) -> None:
        """Tell the user's sequence that an epoch has ended."""
        self.batches.on_epoch_end()
