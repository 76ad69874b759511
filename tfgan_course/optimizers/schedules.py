"""Schedules as a Keras optimizer needs them: functions of its number of updates, which every checkpoint has."""

import tensorflow as tf
from tensorflow import keras

from tfgan_course.schedules import Schedule, TrainingLength


class OfUpdates(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule as a function of the number of updates so far, each of which shows the critic so many real images.

    Raises:
        UserError: if the length of the training does not fit the schedule.
    """

    def __init__(self, schedule: Schedule, images_per_update: int, length: TrainingLength | None = None):
        schedule.check(length)
        self.schedule, self.images_per_update, self.length = schedule, images_per_update, length

    def __call__(self, step) -> tf.Tensor:
        """Return the float32 value of the update that follows `step` updates."""
        return self.schedule(tf.cast(tf.convert_to_tensor(step), tf.int64) * self.images_per_update, self.length)

    def get_config(self) -> dict:
        return {name: getattr(self, name) for name in ("schedule", "images_per_update", "length")}


def last_rate(optimizer: keras.optimizers.Optimizer) -> float:
    """Return the learning rate of the optimizer's last update; before the first update, the rate of the first."""
    # Both versions of Keras keep the schedule under this name; `learning_rate` is the next update's rate in one version
    # and the last update's in the other.
    return _last(optimizer, optimizer._learning_rate)


def last_values(optimizer: keras.optimizers.Optimizer) -> dict[str, float]:
    """Return the learning rate of the optimizer's last update, and its other numbers that follow a schedule."""
    others = {name: value for name, value in vars(optimizer).items() if isinstance(value, OfUpdates)}
    others.pop("_learning_rate", None)
    return {"learning_rate": last_rate(optimizer), **{name: _last(optimizer, value) for name, value in others.items()}}


def _last(optimizer: keras.optimizers.Optimizer, value) -> float:
    if callable(value):
        value = value(tf.maximum(tf.convert_to_tensor(optimizer.iterations) - 1, 0))
    return rounded(value)


def rounded(value) -> float:
    """Return a float32 scalar as a number of seven digits, because float32 has no more."""
    return float(f"{float(tf.convert_to_tensor(value)):.7g}")
