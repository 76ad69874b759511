"""Learning rates that change during training, as functions of the epochs trained so far.

The optimizer's own counter of updates gives the epochs. Every checkpoint has the counter, so a resumed training
continues with exactly the rate of an uninterrupted training.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import tensorflow as tf
from tensorflow import keras

from tfgan_course.errors import require


class Schedule(ABC):
    """Base class of the schedules. A new one is a subclass with a `rate` method.

    Args:
        held: whether the rate stays constant within an epoch; otherwise it changes with every update.
        floor: the lowest rate.
    """

    def __init__(self, held: bool = False, floor: float = 0.0):
        self.held, self.floor = held, floor
        self._require(0 <= floor < math.inf, "floor", "at least 0")

    @abstractmethod
    def rate(self, start: float, epoch: tf.Tensor, epochs: int) -> tf.Tensor:
        """Return the learning rate of an update, a float32 scalar.

        Args:
            start: the optimizer's `learning_rate`.
            epoch: epochs trained before the update, a float32 scalar: 1.5 in the middle of the second epoch.
            epochs: epochs of the whole training.
        """

    def check(self, start: float, epochs: int) -> None:
        """Raise a `UserError` for an optimizer's rate or a number of epochs with which the schedule cannot work."""
        self._require(self.floor <= start, "floor", f"at most the optimizer's learning_rate, {start:g}")

    def _at(self, epoch: tf.Tensor) -> tf.Tensor:
        return tf.floor(epoch) if self.held else epoch

    def _require(self, right: bool, name: str, rule: str) -> None:
        expected = f"for {type(self).__name__}'s {name} a number {rule}"
        require(right, expected, getattr(self, name), "Change it, or leave it out for the default")


class StepDecay(Schedule):
    """rate = max(floor, start x factor^floor(epoch / every_epochs)): the rate falls in steps.

    Args:
        factor: factor of each step down, in (0, 1].
        every_epochs: epochs between two steps down; at least 1.
        floor: the lowest rate.
    """

    def __init__(self, factor: float = 0.7, every_epochs: int = 2, floor: float = 0.0):
        super().__init__(held=True, floor=floor)
        self.factor, self.every_epochs = factor, every_epochs
        self._require(0 < factor <= 1, "factor", "above 0 and at most 1")
        self._require(every_epochs >= 1, "every_epochs", "at least 1")

    def rate(self, start: float, epoch: tf.Tensor, epochs: int) -> tf.Tensor:
        return tf.maximum(self.floor, start * tf.pow(self.factor, tf.floor(epoch / self.every_epochs)))


class ExponentialDecay(Schedule):
    """rate = max(floor, start x factor^epoch).

    Args:
        factor: factor of each epoch, in (0, 1].
        floor: the lowest rate.
        held: whether the rate stays constant within an epoch.
    """

    def __init__(self, factor: float = 0.7, floor: float = 0.0, held: bool = False):
        super().__init__(held, floor)
        self.factor = factor
        self._require(0 < factor <= 1, "factor", "above 0 and at most 1")

    def rate(self, start: float, epoch: tf.Tensor, epochs: int) -> tf.Tensor:
        return tf.maximum(self.floor, start * tf.pow(self.factor, self._at(epoch)))


class Cosine(Schedule):
    """Cosine annealing with warm restarts (Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5).

    rate = floor + (start - floor) x (1 + cos(pi x p)) / 2, where p runs from 0 to 1 in each of `restarts` + 1 cycles.
    The last cycle ends with the training. Before the first cycle the rate rises linearly from 0 to start, with every
    update even if `held`.

    Args:
        warm_up_epochs: epochs in which the rate rises; at least 0.
        restarts: how often the rate goes back to the start; at least 0.
        growth: how many times longer each cycle is than the one before it (the paper's T_mult); above 0.
        floor: the rate at the end of a cycle.
        epochs: the epoch in which the last cycle ends; the last epoch of the training unless given.
        held: whether the rate stays constant within an epoch.
    """

    def __init__(
        self,
        warm_up_epochs: float = 0.0,
        restarts: int = 0,
        growth: float = 1.0,
        floor: float = 0.0,
        epochs: int | None = None,
        held: bool = False,
    ):
        super().__init__(held, floor)
        self.warm_up_epochs, self.restarts, self.growth, self.epochs = warm_up_epochs, restarts, growth, epochs
        self._require(0 <= warm_up_epochs < math.inf, "warm_up_epochs", "at least 0")
        self._require(restarts >= 0, "restarts", "at least 0")
        self._require(0 < growth < math.inf, "growth", "above 0")

    def rate(self, start: float, epoch: tf.Tensor, epochs: int) -> tf.Tensor:
        starts = self.cycle_starts(self.epochs or epochs)
        now = tf.clip_by_value(self._at(epoch), starts[0], starts[-1])
        # The last cycle includes its end, where the rate is at the floor.
        cycle = tf.reduce_sum(tf.cast(now >= tf.constant(starts[1:-1], tf.float32), tf.int32))
        begin, end = tf.gather(starts, cycle), tf.gather(starts, cycle + 1)
        annealed = self.floor + (start - self.floor) * (1 + tf.cos(math.pi * (now - begin) / (end - begin))) / 2
        if not self.warm_up_epochs:
            return annealed
        return tf.where(epoch < self.warm_up_epochs, start * epoch / self.warm_up_epochs, annealed)

    def cycle_starts(self, epochs: int) -> Sequence[float]:
        """Return the epochs in which the cycles begin, and the epoch in which the last cycle ends."""
        lengths = [self.growth**cycle for cycle in range(self.restarts + 1)]
        unit = (epochs - self.warm_up_epochs) / sum(lengths)
        return [self.warm_up_epochs + unit * sum(lengths[:cycle]) for cycle in range(self.restarts + 2)]

    def check(self, start: float, epochs: int) -> None:
        super().check(start, epochs)
        last = self.epochs or epochs
        self._require(self.warm_up_epochs < last, "warm_up_epochs", f"below the {last} epochs that the schedule lasts")


class LinearDecay(Schedule):
    """The rate is constant at first, then falls linearly to 0 (CycleGAN, Zhu et al. 2017, arXiv:1703.10593, section 4).

    rate = start x min(1, (epochs - epoch) / (epochs - from_epoch)), and 0 after the last epoch.

    Args:
        from_epoch: epochs with the constant rate; at least 0.
        epochs: the epoch in which the rate reaches 0; the last epoch of the training unless given.
        held: whether the rate stays constant within an epoch.
    """

    def __init__(self, from_epoch: float = 0.0, epochs: int | None = None, held: bool = False):
        super().__init__(held)
        self.from_epoch, self.epochs = from_epoch, epochs
        self._require(0 <= from_epoch < math.inf, "from_epoch", "at least 0")

    def rate(self, start: float, epoch: tf.Tensor, epochs: int) -> tf.Tensor:
        last = self.epochs or epochs
        return start * tf.clip_by_value((last - self._at(epoch)) / (last - self.from_epoch), 0.0, 1.0)

    def check(self, start: float, epochs: int) -> None:
        last = self.epochs or epochs
        self._require(self.from_epoch < last, "from_epoch", f"below the {last} epochs that the schedule lasts")


class OfUpdates(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule as Keras needs it: a function of the number of updates so far, in a training of `epochs` epochs.

    Raises:
        UserError: if the first rate or the number of epochs does not fit the schedule.
    """

    def __init__(self, schedule: Schedule, start: float, updates_per_epoch: int, epochs: int):
        schedule.check(start, epochs)
        self.schedule, self.start = schedule, start
        self.updates_per_epoch, self.epochs = updates_per_epoch, epochs

    def __call__(self, step) -> tf.Tensor:
        """Return the float32 rate of the update that follows `step` updates."""
        step = tf.cast(tf.convert_to_tensor(step), tf.int64)
        # Whole epochs are counted in integers: a float32 quotient could fall just below one.
        part = tf.cast(step % self.updates_per_epoch, tf.float32) / self.updates_per_epoch
        epoch = tf.cast(step // self.updates_per_epoch, tf.float32) + part
        return tf.cast(self.schedule.rate(self.start, epoch, self.epochs), tf.float32)

    def get_config(self) -> dict:
        return {name: getattr(self, name) for name in ("schedule", "start", "updates_per_epoch", "epochs")}


def last_rate(optimizer: keras.optimizers.Optimizer) -> float:
    """Return the learning rate of the optimizer's last update; before the first update, the rate of the first."""
    # Both versions of Keras keep the schedule under this name; `learning_rate` is the next update's rate in one version
    # and the last update's in the other.
    rate = optimizer._learning_rate
    if callable(rate):
        rate = rate(tf.maximum(tf.convert_to_tensor(optimizer.iterations) - 1, 0))
    return float(f"{float(tf.convert_to_tensor(rate)):.7g}")  # six digits, because float32 has no more
