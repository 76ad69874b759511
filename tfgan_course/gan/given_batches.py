"""Check the batches of Python generators and of `keras.utils.Sequence` (Keras 3: `PyDataset`), one after the other."""

from collections.abc import Callable, Iterator
from typing import Any

from tensorflow import keras

from tfgan_course.errors import UserError, require

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
