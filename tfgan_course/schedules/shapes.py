"""The schedules: constant, in steps, exponential, linear and cosine, with a warm-up."""

import math
from collections.abc import Sequence

import tensorflow as tf

from tfgan_course.schedules.schedule import Schedule, TrainingLength


class Constant(Schedule):
    """The value is `start`, after a warm-up in which it rises linearly from 0.

    Args:
        start: the value.
        warm_up_images: images in which the value rises; at least 0.
        warm_up_epochs: the same in epochs.
    """

    def __init__(self, start: float | None = None, warm_up_images: int = 0, warm_up_epochs: float = 0.0):
        in_images = self._in_images([warm_up_images], [warm_up_epochs]) or not warm_up_epochs
        super().__init__(start, in_images, warm_up_images or warm_up_epochs)
        self.warm_up_images, self.warm_up_epochs = warm_up_images, warm_up_epochs

    def value(self, start: float, time: tf.Tensor, last: float | None) -> tf.Tensor:
        return tf.constant(start, time.dtype)


class StepDecay(Schedule):
    """value = max(floor, start x factor^floor(t / every)), t images or epochs: the value falls in steps.

    Args:
        factor: factor of each step down, in (0, 1].
        every_epochs: epochs between two steps down; at least 1.
        floor: the lowest value.
        start: the first value.
        every_images: images between two steps down, in the place of every_epochs; at least 1.
    """

    def __init__(
        self,
        factor: float = 0.7,
        every_epochs: int = 2,
        floor: float = 0.0,
        start: float | None = None,
        every_images: int | None = None,
    ):
        super().__init__(start, every_images is not None)
        self.factor, self.every_epochs, self.floor, self.every_images = factor, every_epochs, floor, every_images
        self._require(0 < factor <= 1, "factor", factor, "a number above 0 and at most 1")
        self._require(every_epochs >= 1, "every_epochs", every_epochs, "a number of at least 1")
        self._require(every_images is None or every_images >= 1, "every_images", every_images, "a number of at least 1")
        self._require(0 <= floor < math.inf, "floor", floor)

    def value(self, start: float, time: tf.Tensor, last: float | None) -> tf.Tensor:
        return _falling(start, self.factor, tf.floor(time / (self.every_images or self.every_epochs)), self.floor)

    def extremes(self) -> tuple[float, ...]:
        return self.start, self.floor

    def check(self, length: TrainingLength | None) -> None:
        super().check(length)
        self._require(self.floor <= self.start, "floor", self.floor, f"a number of at most its start, {self.start:g}")


class ExponentialDecay(Schedule):
    """value = max(floor, start x factor^(t / every)), t images or epochs; every is one epoch unless given.

    Args:
        factor: factor of each epoch, in (0, 1].
        floor: the lowest value.
        held: whether the value stays constant within an epoch.
        start: the first value.
        every_images: images in which the value falls by the factor, in the place of an epoch; at least 1.
    """

    def __init__(
        self,
        factor: float = 0.7,
        floor: float = 0.0,
        held: bool = False,
        start: float | None = None,
        every_images: int | None = None,
    ):
        super().__init__(start, every_images is not None, held=held)
        self.factor, self.floor, self.every_images = factor, floor, every_images
        self._require(0 < factor <= 1, "factor", factor, "a number above 0 and at most 1")
        self._require(every_images is None or every_images >= 1, "every_images", every_images, "a number of at least 1")
        self._require(0 <= floor < math.inf, "floor", floor)

    def value(self, start: float, time: tf.Tensor, last: float | None) -> tf.Tensor:
        return _falling(start, self.factor, time / (self.every_images or 1), self.floor)

    def extremes(self) -> tuple[float, ...]:
        return self.start, self.floor

    def check(self, length: TrainingLength | None) -> None:
        super().check(length)
        self._require(self.floor <= self.start, "floor", self.floor, f"a number of at most its start, {self.start:g}")


class _ToAnEnd(Schedule):
    """A schedule that goes from `start` to `end`, which it reaches at an image or an epoch."""

    end: float
    images: int | None
    epochs: float | None

    def extremes(self) -> tuple[float, ...]:
        return *super().extremes(), self.end

    def last(self, length: TrainingLength | None) -> float:
        """Return the count of images or epochs at which the value reaches `end`."""
        return self.images or self.epochs or self.end_of(self.known(length))

    def _check_ends(self) -> None:
        self._require(math.isfinite(self.end), "end", self.end, "a finite number")
        for name in ("images", "epochs"):
            given = getattr(self, name)
            self._require(given is None or 0 < given < math.inf, name, given, "a number above 0")

    def _check_first(self, name: str, first: float, length: TrainingLength | None) -> None:
        last, unit = self.last(length), "images" if self.in_images else "epochs"
        self._require(first < last, name, first, f"a number below the {last:g} {unit} that the schedule lasts")


class Linear(_ToAnEnd):
    """The value is constant at first, then goes linearly from `start` to `end`, and stays there.

    Args:
        start: the first value.
        end: the last value.
        images: the count of images at which the value reaches `end`; the end of the training unless given.
        epochs: the same in epochs.
        from_images: images with the constant value; at least 0.
        from_epoch: the same in epochs.
        warm_up_images: images in which the value rises from 0 to `start`; at least 0.
        warm_up_epochs: the same in epochs.
        held: whether the value stays constant within an epoch.
    """

    def __init__(
        self,
        start: float | None = None,
        end: float = 0.0,
        images: int | None = None,
        *,
        epochs: float | None = None,
        from_images: int = 0,
        from_epoch: float = 0.0,
        warm_up_images: int = 0,
        warm_up_epochs: float = 0.0,
        held: bool = False,
    ):
        in_images = self._in_images([images, from_images, warm_up_images], [epochs, from_epoch, warm_up_epochs, held])
        super().__init__(start, in_images, warm_up_images or warm_up_epochs, held)
        self.end, self.images, self.epochs = end, images, epochs
        self.from_images, self.from_epoch = from_images, from_epoch
        self.warm_up_images, self.warm_up_epochs = warm_up_images, warm_up_epochs
        self._check_ends()
        self._require(from_images >= 0, "from_images", from_images)
        self._require(0 <= from_epoch < math.inf, "from_epoch", from_epoch)

    @property
    def first(self) -> float:
        """The count of images or epochs at which the value begins to change, after any warm-up."""
        return max(self.from_images or self.from_epoch, self.warm_up)

    def value(self, start: float, time: tf.Tensor, last: float | None) -> tf.Tensor:
        last = self.images or self.epochs or last
        left = tf.clip_by_value((last - time) / (last - self.first), 0.0, 1.0)
        return self.end + (start - self.end) * left

    def check(self, length: TrainingLength | None) -> None:
        name = f"{'from' if self.first > self.warm_up else 'warm_up'}_{'images' if self.in_images else 'epochs'}"
        name = name.replace("from_epochs", "from_epoch")
        self._check_first(name, self.first, length)


class LinearDecay(Linear):
    """Linear to 0 (CycleGAN, Zhu et al. 2017, arXiv:1703.10593, section 4).

    value = start x min(1, (epochs - epoch) / (epochs - from_epoch)), and 0 after the last epoch.

    Args:
        from_epoch: epochs with the constant value; at least 0.
        epochs: the epoch in which the value reaches 0; the last epoch of the training unless given.
        held: whether the value stays constant within an epoch.
        start: the first value.
    """

    def __init__(
        self, from_epoch: float = 0.0, epochs: int | None = None, held: bool = False, start: float | None = None
    ):
        super().__init__(start, epochs=epochs, from_epoch=from_epoch, held=held)


class Cosine(_ToAnEnd):
    """Cosine annealing with warm restarts (Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5).

    value = end + (start - end) x (1 + cos(pi x p)) / 2, where p runs from 0 to 1 in each of `restarts` + 1 cycles.
    The last cycle ends with the training unless images or epochs are given, and its last value stays. Before the first
    cycle the value rises linearly from 0 to start, with every update even if `held`.

    Args:
        start: the first value.
        end: the value at the end of a cycle; above or below `start`.
        images: the count of images at which the last cycle ends; the end of the training unless given.
        epochs: the same in epochs.
        warm_up_images: images in which the value rises; at least 0.
        warm_up_epochs: the same in epochs.
        restarts: how often the value goes back to the start; at least 0.
        growth: how many times longer each cycle is than the one before it (the paper's T_mult); above 0.
        held: whether the value stays constant within an epoch.
        floor: the name of `end` in earlier versions.
    """

    def __init__(
        self,
        start: float | None = None,
        end: float = 0.0,
        images: int | None = None,
        *,
        epochs: float | None = None,
        warm_up_images: int = 0,
        warm_up_epochs: float = 0.0,
        restarts: int = 0,
        growth: float = 1.0,
        held: bool = False,
        floor: float | None = None,
    ):
        in_images = self._in_images([images, warm_up_images], [epochs, warm_up_epochs, held])
        super().__init__(start, in_images, warm_up_images or warm_up_epochs, held)
        self.end, self.floor = end if floor is None else floor, None
        self.images, self.epochs, self.restarts, self.growth = images, epochs, restarts, growth
        self.warm_up_images, self.warm_up_epochs = warm_up_images, warm_up_epochs
        self._check_ends()
        self._require(restarts >= 0, "restarts", restarts)
        self._require(0 < growth < math.inf, "growth", growth, "a number above 0")

    def value(self, start: float, time: tf.Tensor, last: float | None) -> tf.Tensor:
        starts = self.cycle_starts(self.images or self.epochs or last)
        now = tf.clip_by_value(time, starts[0], starts[-1])
        # The last cycle includes its end, where the value is `end`.
        cycle = tf.reduce_sum(tf.cast(now >= tf.constant(starts[1:-1], now.dtype), tf.int32))
        begin, end = (tf.gather(tf.constant(starts, now.dtype), index) for index in (cycle, cycle + 1))
        return self.end + (start - self.end) * (1 + tf.cos(math.pi * (now - begin) / (end - begin))) / 2

    def cycle_starts(self, last: float) -> Sequence[float]:
        """Return the times at which the cycles begin, and the time `last`, at which the last cycle ends."""
        lengths = [self.growth**cycle for cycle in range(self.restarts + 1)]
        unit = (last - self.warm_up) / sum(lengths)
        return [self.warm_up + unit * sum(lengths[:cycle]) for cycle in range(self.restarts + 2)]

    def check(self, length: TrainingLength | None) -> None:
        name = "warm_up_images" if self.in_images else "warm_up_epochs"
        self._check_first(name, self.warm_up, length)


def _falling(start: float, factor: float, exponent: tf.Tensor, floor: float) -> tf.Tensor:
    return tf.maximum(start * tf.pow(tf.constant(factor, exponent.dtype), exponent), floor)
