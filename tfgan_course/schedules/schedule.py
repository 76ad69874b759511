"""Numbers that change during training, as functions of the real images that the critic was shown.

A learning rate, a term's weight, Adam's beta_2, the half-life of the averaged generator and the strength of an
augmentation may each be a number or a schedule. The count of images is a product of whole numbers that every checkpoint
has, so a resumed training continues with exactly the values of an uninterrupted training.
"""

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import tensorflow as tf

from tfgan_course.errors import UserError, require


class TrainingLength(NamedTuple):
    """How long a training is, for schedules that are counted in epochs or end with the training."""

    images_per_epoch: int
    epochs: float

    @property
    def images(self) -> int:
        """The images of the whole training."""
        return round(self.images_per_epoch * self.epochs)


class Schedule(ABC):
    """Base class of the schedules. A new one is a subclass with a `value` method.

    Args:
        start: the first value after the warm-up. Only the `schedule` of an optimizer may leave it out: it starts from
            the optimizer's `learning_rate`.
        in_images: whether the schedule is counted in images; otherwise it is counted in epochs.
        warm_up: images or epochs in which the value rises linearly from 0 to `start`; at least 0.
        held: whether the value stays constant within an epoch, except in the warm-up.
    """

    def __init__(self, start: float | None = None, in_images: bool = False, warm_up: float = 0.0, held: bool = False):
        self.start, self.in_images, self.warm_up, self.held = start, in_images, warm_up, held
        self._require(start is None or math.isfinite(start), "start", start, "a finite number")
        self._require(0 <= warm_up < math.inf, "warm_up_images" if in_images else "warm_up_epochs", warm_up)
        self._require(not (held and in_images), "held", "true", "false, because it is counted in images")

    @abstractmethod
    def value(self, start: float, time: tf.Tensor, last: float | None) -> tf.Tensor:
        """Return the value after the warm-up, a scalar of the type of `time`.

        Args:
            start: the first value.
            time: images shown before the update, a float64 scalar; or epochs trained, a float32 scalar: 1.5 in the
                middle of the second epoch.
            last: `time` at the end of the training; None if only the count of images is known.
        """

    def extremes(self) -> tuple[float, ...]:
        """Return numbers between which all values lie."""
        return (self.start, 0.0) if self.warm_up else (self.start,)

    def check(self, length: TrainingLength | None) -> None:
        """Raise a `UserError` for a length of the training with which the schedule cannot work."""
        self.end_of(length)

    def __call__(self, images_shown: tf.Tensor, length: TrainingLength | None = None) -> tf.Tensor:
        """Return the value of an update, a float32 scalar, for the images shown before it, an int64 scalar."""
        time, last = self._time(tf.cast(images_shown, tf.int64), length)
        value = self.value(self.start, tf.floor(time) if self.held else time, last)
        if self.warm_up:
            value = tf.where(time < self.warm_up, self.start * time / self.warm_up, value)
        return tf.cast(value, tf.float32)

    def starting_at(self, start: float) -> "Schedule":
        """Return this schedule, with a start if it has none."""
        schedule = copy.copy(self)
        schedule.start = start if self.start is None else self.start
        return schedule

    def _time(self, images: tf.Tensor, length: TrainingLength | None) -> tuple[tf.Tensor, float | None]:
        if self.in_images:  # float32 cannot count single images above 2^24
            return tf.cast(images, tf.float64), self.end_of(length)
        # Whole epochs are counted in integers: a float32 quotient could fall just below one.
        size = self.known(length).images_per_epoch
        part = tf.cast(images % size, tf.float32) / size
        return tf.cast(images // size, tf.float32) + part, self.end_of(length)

    def end_of(self, length: TrainingLength | None) -> float | None:
        """Return the images or epochs of the whole training; None if only the count of images is known."""
        if self.in_images:
            return None if length is None else length.images
        return self.known(length).epochs

    def known(self, length: TrainingLength | None) -> TrainingLength:
        """Return the length of the training; raise a `UserError` if it is not known."""
        if length is None:
            raise UserError(
                expected=f"for {type(self).__name__} a count in images, since the epochs are not known here",
                received="a count in epochs",
                remedy="Set images, or pass length=TrainingLength(images_per_epoch, epochs)",
            )
        return length

    def _require(self, right: bool, name: str, value: object, rule: str = "a number of at least 0") -> None:
        expected = f"for {type(self).__name__}'s {name} {rule}"
        require(right, expected, value, "Change it, or leave it out for the default")

    def _in_images(self, images: Sequence, epochs: Sequence) -> bool:
        """Return whether one of the arguments in images is given; refuse others, in epochs, beside it."""
        mixed = any(images) and any(epochs)
        self._require(not mixed, "lengths", "both", "images or epochs, not both")
        return any(images)


Number: TypeAlias = float | Schedule
"""A number, or a schedule."""


def current(value: Number, images_shown: tf.Tensor, length: TrainingLength | None = None) -> float | tf.Tensor:
    """Return a number, or the value of a schedule when this many images were shown, as a float32 scalar."""
    return value(images_shown, length) if isinstance(value, Schedule) else value


def scheduled(owner: object) -> dict[str, Schedule]:
    """Return the schedules among the attributes of an object, by the attributes' names."""
    return {name: value for name, value in vars(owner).items() if isinstance(value, Schedule)}


def require_number(
    name: str, value: Number, rule: str, is_right: Callable[[float], bool], remedy: str = "Change it"
) -> None:
    """Refuse a number out of its range, and a schedule that leaves the range anywhere.

    Args:
        name: the name of the number in the error: "R1's weight".
        value: the number or the schedule.
        rule: the range in words: "of at least 0".
        is_right: whether a number is in the range.
        remedy: what to do.

    Raises:
        UserError: for the first number out of the range.
    """
    if isinstance(value, Schedule):
        kind = type(value).__name__
        require(value.start is not None, f"for {name} a schedule with a start", f"{kind} without one", "Set its start")
        wrong = [number for number in value.extremes() if not is_right(number)]
        received = f"{kind}, which goes to {wrong[0]:g}" if wrong else ""
        require(not wrong, f"for {name} only numbers {rule}", received, remedy)
    else:
        require(is_right(value), f"for {name} a number {rule}", value, remedy)
