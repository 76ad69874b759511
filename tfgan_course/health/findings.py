"""What can be wrong with a training, a class each: a value read from history.csv, and the threshold it must pass.

Thresholds lie between the values of good runs and those of broken ones; docs/guides/health.md has what both measured.
Causes stand before their consequences: of the findings seen in one epoch, the first hides others.
"""

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from tfgan_course.plugins.by_name import all_subclasses

Row = dict[str, float]


class Finding:
    """Base class of all findings. A new one is a subclass here, and a section of docs/guides/health.md with its name.

    Its value is the worst of its `columns` of history.csv, with `relative` each in units of its median in the epochs
    before, unless its method `value` returns something else. The finding holds where the value is above `threshold`
    or, with `below`, below it. It is reported when it held in `patience` epochs in a row, counted from the step
    `first_step` on. While it is reported, the findings that it `hides` are not: they are its consequences. `sees`
    describes it for a reader who has not met it before; `knob` says what usually helps.
    """

    name: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    relative: ClassVar[bool] = False
    threshold: ClassVar[float]
    sees: ClassVar[str]
    knob: ClassVar[str]
    below: ClassVar[bool] = False
    severity: ClassVar[str] = "warning"
    patience: ClassVar[int] = 3
    first_step: ClassVar[int] = 0
    hides: ClassVar[tuple[str, ...]] = ()

    def value(self, rows: Sequence[Row]) -> float:
        """Return the value after the last of the rows of history.csv; NaN where nothing was measured."""
        measured = _against_before if self.relative else lambda rows, name: rows[-1].get(name, math.nan)
        worst = np.fmin if self.below else np.fmax
        return float(worst.reduce([measured(rows, name) for name in self.columns]))

    def holds(self, rows: Sequence[Row]) -> bool:
        """Return whether the finding holds in the last row."""
        if rows[-1]["step"] < self.first_step:
            return False
        value = self.value(rows)
        return value < self.threshold if self.below else value > self.threshold


class LearningRateTooHigh(Finding):
    """How far an update moves a player's weights, in units of their length before training."""

    name = "learning rate too high"
    columns = ("health_critic_step", "health_generator_step")
    threshold = 0.15
    severity = "serious"
    patience = 1
    hides: ClassVar[tuple[str, ...]] = ("critic too strong", "critic too weak", "collapse", "saturation")
    hides += (
        "white patches",
        "checkerboard",
        "exploding gradients",
        "vanishing gradients",
        "lagging average",
        "jumping generator",
        "label leak",
    )
    sees = "each update moves the weights by {value:.2g} of the length that they began with"
    knob = "both learning rates divided by 10 or more"


class LabelLeak(Finding):
    """Whether the critic tells real images given with the fakes' classes from real images given with their own."""

    name = "label leak"
    columns = ("health_label_leak",)
    threshold = 0.5
    severity = "serious"
    patience = 2
    hides = ("critic too strong", "vanishing gradients", "collapse")
    sees = (
        "the critic tells fakes by their class alone: real images shown with such classes score lower than others "
        "{value:.0%} more often than higher"
    )
    knob = "fake_labels: real, or as many real images of each class"


class Memorization(Finding):
    """Share of generated images that are near copies of a training image."""

    name = "memorization"
    columns = ("health_copies",)
    threshold = 0.1
    severity = "serious"
    hides = ("collapse",)
    sees = "{value:.0%} of the generated images are near copies of a training image"
    knob = "more training images, DiffAugment in augmentations, fewer epochs"


class WhitePatches(Finding):
    """The part of a generated image that lies in white squares, less the same of real images."""

    name = "white patches"
    columns = ("health_white_patches",)
    threshold = 0.02
    hides = ("saturation", "critic too strong")
    sees = "white blobs: solid white squares cover {value:.1%} more of an image than in real ones"
    knob = "a checkpoint from before, a lower generator_optimizer rate, R1 or spectral normalization in the critic"


class Saturation(Finding):
    """The share of values at 0 or at 255 in generated images, less the same in real images."""

    name = "saturation"
    columns = ("health_saturation",)
    threshold = 0.15
    hides = ("critic too strong",)
    sees = "the generator is driven to the ends of its range: {value:.0%} more of all values than in real images"
    knob = "a lower generator_optimizer rate, normalization in the generator, images that use the whole range"


class VanishingGradients(Finding):
    """The generator's gradient in units of its median in the epochs before."""

    name = "vanishing gradients"
    columns = ("generator_gradient_norm",)
    relative = True
    threshold = 0.01
    below = True
    hides = ("critic too strong",)
    sees = "the generator's gradient is {value:.2g} of what it was: it no longer learns"
    knob = "a non-saturating loss, a lower critic_optimizer rate, InstanceNoise in augmentations"


class ExplodingGradients(Finding):
    """The larger of the players' gradients, each in units of its median in the epochs before."""

    name = "exploding gradients"
    columns = ("critic_gradient_norm", "generator_gradient_norm")
    relative = True
    threshold = 30.0
    patience = 1
    sees = "a player's gradient is {value:.0f} times as long as it was in the epochs before"
    knob = "lower learning rates, global_clipnorm in the optimizers, spectral normalization, a larger R1 weight"


class Collapse(Finding):
    """How far generated images are from each other, and how varied as a whole, in units of real images'."""

    name = "collapse"
    columns = ("health_diversity", "health_spread")
    threshold = 0.2
    below = True
    severity = "serious"
    first_step = 500
    sees = "generated images are much alike: {value:.2f} of the diversity of real ones"
    knob = "a lower generator_optimizer rate, minibatch discrimination, ModeSeeking, variant wgan_gp"


class OfFarImages(Finding):
    """A finding on the critic's accuracy, which means something only where generated images are far from real ones."""

    far: ClassVar[float] = 0.3
    severity = "serious"

    def value(self, rows):
        """Return the accuracy, on images that the critic was not trained on where there are any."""
        if not rows[-1].get("health_distance", math.nan) > self.far:
            return math.nan
        return rows[-1].get("val_critic_accuracy", rows[-1].get("critic_accuracy", math.nan))


class CriticTooStrong(OfFarImages):
    """The critic is sure, and the generator learns nothing from it."""

    name = "critic too strong"
    threshold = 0.98
    first_step = 300
    sees = "the critic is right {value:.1%} of the time, and generated images stay far from real ones"
    knob = "a lower critic_optimizer rate, fewer critic_updates, smoothed labels, R1, spectral normalization"


class CriticTooWeak(OfFarImages):
    """The critic guesses."""

    name = "critic too weak"
    threshold = 0.55
    below = True
    first_step = 500
    patience = 5
    sees = "the critic is right {value:.1%} of the time only, though generated images are far from real ones"
    knob = "a higher critic_optimizer rate, more critic_updates, a wider critic"


class Checkerboard(Finding):
    """Energy at the frequencies of up-sampling above that beside them, in units of real images'."""

    name = "checkerboard"
    columns = ("health_checkerboard",)
    threshold = 1.0
    sees = "a grid of 2 or 4 pixels lies over generated images, {value:.1f} times as strong as real images' detail"
    knob = "kernels whose size the stride divides, or ResNetGenerator, which resizes and then convolves"


class LaggingAverage(Finding):
    """The averaged generator's distance from real images over the generator's own."""

    name = "lagging average"
    threshold = 2.0
    sees = "images of the averaged generator (EMA) are {value:.1f} times as far from real ones as the generator's own"
    knob = "a smaller ema_decay, or sample --average false"

    def value(self, rows):
        return _ratio(rows[-1], "health_distance", "health_distance_raw")


class JumpingGenerator(Finding):
    """The generator's own distance from real images over the averaged one's."""

    name = "jumping generator"
    threshold = 10.0
    sees = "the players circle: the generator's images are {value:.0f} times as far from real ones as its average's"
    knob = "lower learning rates at the end; samples come from the average, so they are better than losses say"

    def value(self, rows):
        return _ratio(rows[-1], "health_distance_raw", "health_distance")


def _ratio(row: Row, above: str, below: str) -> float:
    """Return one figure of a row over another; NaN where one was not measured, or the second is 0."""
    return row.get(above, math.nan) / (row.get(below, math.nan) or math.nan)


def _against_before(rows: Sequence[Row], name: str) -> float:
    """Return a figure of the last row over its median in the 20 rows before; NaN if there are fewer than 3 of them."""
    before = [row.get(name, math.nan) for row in rows[-21:-1]]
    middle = float(np.median(before)) if len(before) >= 3 else math.nan
    return rows[-1].get(name, math.nan) / (middle or math.nan)


FINDINGS: tuple[Finding, ...] = tuple(cls() for cls in all_subclasses(Finding) if hasattr(cls, "name"))
"""All findings, in the order of their classes above."""
