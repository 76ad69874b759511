"""What can be wrong with a training, a class each: a value read from history.csv, and the size at which it is said.

Thresholds stand where good runs end and broken ones begin; docs/health.md has what both measured.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

Row = dict[str, float]


class Finding(ABC):
    """Base of all findings. A new one is a subclass in `FINDINGS`, and a section of docs/health.md.

    `name` is its section's, in words. `threshold` is said when passed, upwards or, with `below`, downwards, in
    `patience` epochs in a row, from step `first_step` on. While it lasts, what it `hides` is its consequence and not
    said for itself. `knob` is what usually helps.
    """

    name: ClassVar[str]
    knob: ClassVar[str]
    threshold: ClassVar[float]
    below: ClassVar[bool] = False
    severity: ClassVar[str] = "warning"
    patience: ClassVar[int] = 3
    first_step: ClassVar[int] = 0
    hides: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def value(self, rows: Sequence[Row]) -> float:
        """Of the last of the rows; NaN where they do not tell."""

    @abstractmethod
    def sees(self, value: float) -> str:
        """A clause that says it to somebody who sees it for the first time."""

    def holds(self, rows: Sequence[Row]) -> bool:
        """Whether the last row passes the threshold."""
        if rows[-1]["step"] < self.first_step:
            return False
        value = self.value(rows)
        return value < self.threshold if self.below else value > self.threshold


def figure(row: Row, name: str) -> float:
    """A figure of a row; NaN where it was not measured."""
    return row.get(name, math.nan)


def accuracy(row: Row) -> float:
    """The critic's, on images that it was not trained on where there are any."""
    return row.get("val_critic_accuracy", figure(row, "critic_accuracy"))


def against_before(rows: Sequence[Row], name: str) -> float:
    """A figure of the last row over its median in the 20 rows before, of which there must be 3."""
    before = [figure(row, name) for row in rows[-21:-1]]
    middle = float(np.median(before)) if len(before) >= 3 else math.nan
    return figure(rows[-1], name) / middle if middle else math.nan


class LearningRateTooHigh(Finding):
    """How far one update moves a player's weights, in units of their length before training."""

    name = "learning rate too high"
    knob = "divide both learning rates by 10 or more"
    threshold = 0.1
    severity = "serious"
    patience = 1
    hides = ("critic too strong", "critic too weak", "collapse", "saturation", "white patches", "checkerboard")
    hides += ("exploding gradients", "vanishing gradients", "lagging average", "jumping generator", "label leak")

    def value(self, rows):
        """See `Finding.value`."""
        return float(np.fmax(figure(rows[-1], "health_critic_step"), figure(rows[-1], "health_generator_step")))

    def sees(self, value):
        """See `Finding.sees`."""
        return f"one update moves the weights by {value:.2g} of the size that they began with"


class LabelLeak(Finding):
    """Whether the critic tells real images given with the fakes' classes from real images given with their own."""

    name = "label leak"
    knob = "fake_labels: real, or as many real images of each class"
    threshold = 0.5
    severity = "serious"
    patience = 2
    hides = ("critic too strong", "vanishing gradients")

    def value(self, rows):
        """See `Finding.value`."""
        return figure(rows[-1], "health_label_leak")

    def sees(self, value):
        """See `Finding.sees`."""
        return (
            f"the critic tells fakes by their class alone: given such classes, real images score lower in "
            f"{(1 + value) / 2:.0%} of all comparisons (even: 50%)"
        )


class Memorization(Finding):
    """Share of generated images that are near copies of a training image."""

    name = "memorization"
    knob = "more training images, augmentations: [DiffAugment], fewer epochs"
    threshold = 0.2
    severity = "serious"
    hides = ("collapse",)

    def value(self, rows):
        """See `Finding.value`."""
        return figure(rows[-1], "health_copies")

    def sees(self, value):
        """See `Finding.sees`."""
        return f"{value:.0%} of the generated images are near copies of a training image"


class Collapse(Finding):
    """How far generated images are from each other, in units of real images'."""

    name = "collapse"
    knob = "a lower generator_optimizer rate, minibatch discrimination, mode seeking, wgan_gp"
    threshold = 0.35
    below = True
    severity = "serious"
    first_step = 200

    def value(self, rows):
        """See `Finding.value`."""
        return float(np.fmin(figure(rows[-1], "health_diversity"), figure(rows[-1], "health_spread")))

    def sees(self, value):
        """See `Finding.sees`."""
        return f"generated images are nearly alike: {value:.2f} of the diversity of real ones"


class CriticTooStrong(Finding):
    """The critic's accuracy on images new to it, while generated images look nothing like real ones."""

    name = "critic too strong"
    knob = "a lower critic_optimizer rate, fewer critic_updates, label smoothing, R1, spectral normalization"
    threshold = 0.98
    first_step = 200
    severity = "serious"
    far = 0.3

    def value(self, rows):
        """See `Finding.value`."""
        return accuracy(rows[-1]) if figure(rows[-1], "health_distance") > self.far else math.nan

    def sees(self, value):
        """See `Finding.sees`."""
        return f"the critic is right {value:.1%} of the time, and generated images stay far from real ones"


class CriticTooWeak(Finding):
    """The same the other way round: the critic guesses, and what it lets pass looks nothing like real images."""

    name = "critic too weak"
    knob = "a higher critic_optimizer rate, more critic_updates, a wider critic"
    threshold = 0.55
    below = True
    first_step = 500
    patience = 5
    far = 0.3

    def value(self, rows):
        """See `Finding.value`."""
        return accuracy(rows[-1]) if figure(rows[-1], "health_distance") > self.far else math.nan

    def sees(self, value):
        """See `Finding.sees`."""
        return f"the critic is right {value:.1%} of the time, though generated images are far from real ones"


class WhitePatches(Finding):
    """The part of a generated image that lies in white squares, less the same of real images."""

    name = "white patches"
    knob = "stop before they began, a lower generator_optimizer rate, R1, spectral normalization in the critic"
    threshold = 0.02
    hides = ("saturation", "critic too strong")

    def value(self, rows):
        """See `Finding.value`."""
        return figure(rows[-1], "health_white_patches")

    def sees(self, value):
        """See `Finding.sees`."""
        return f"white blobs: solid white squares cover {value:.1%} more of an image than in real ones"


class Saturation(Finding):
    """The share of values at 0 or at 255 in generated images, less the same in real images."""

    name = "saturation"
    knob = "a lower generator_optimizer rate, normalization in the generator, data scaled to the full range"
    threshold = 0.15
    hides = ("critic too strong",)

    def value(self, rows):
        """See `Finding.value`."""
        return figure(rows[-1], "health_saturation")

    def sees(self, value):
        """See `Finding.sees`."""
        return f"the generator's output saturates: {100 * value:.0f} points more values at 0 or 255 than in real images"


class Checkerboard(Finding):
    """Energy at the frequencies of up-sampling above that beside them, in units of real images'."""

    name = "checkerboard"
    knob = "kernel sizes that the stride divides, or resizing and then convolving (ResNetGenerator)"
    threshold = 1.0

    def value(self, rows):
        """See `Finding.value`."""
        return figure(rows[-1], "health_checkerboard")

    def sees(self, value):
        """See `Finding.sees`."""
        return f"a grid of 2 or 4 pixels lies over generated images, {value:.1f} times as strong as real images' detail"


class ExplodingGradients(Finding):
    """The larger of the players' gradients, each in units of its median in the epochs before."""

    name = "exploding gradients"
    knob = "lower learning rates, clip_norm in the optimizers, spectral normalization, a larger R1 weight"
    threshold = 30.0
    patience = 1

    def value(self, rows):
        """See `Finding.value`."""
        players = [against_before(rows, f"{player}_gradient_norm") for player in ("critic", "generator")]
        return float(np.fmax(*players))

    def sees(self, value):
        """See `Finding.sees`."""
        return f"a player's gradient is {value:.0f} times as long as it was in the epochs before"


class VanishingGradients(Finding):
    """The generator's gradient in units of its median in the epochs before."""

    name = "vanishing gradients"
    knob = "a non-saturating loss, a lower critic_optimizer rate, instance noise"
    threshold = 0.01
    below = True
    hides = ("critic too strong",)

    def value(self, rows):
        """See `Finding.value`."""
        return against_before(rows, "generator_gradient_norm")

    def sees(self, value):
        """See `Finding.sees`."""
        return f"the generator's gradient is {value:.2g} of what it was: it no longer learns"


class LaggingAverage(Finding):
    """The averaged generator's distance from real images over the generator's own."""

    name = "lagging average"
    knob = "a smaller ema_decay, or sample --average false"
    threshold = 2.0

    def value(self, rows):
        """See `Finding.value`."""
        raw = figure(rows[-1], "health_distance_raw")
        return figure(rows[-1], "health_distance") / raw if raw else math.nan

    def sees(self, value):
        """See `Finding.sees`."""
        return (
            f"images of the averaged generator (EMA) are {value:.1f} times as far from real ones as the generator's own"
        )


class JumpingGenerator(Finding):
    """The generator's own distance from real images over the averaged one's."""

    name = "jumping generator"
    knob = "lower learning rates at the end; samples come from the average (EMA) and are better than the losses say"
    threshold = 10.0

    def value(self, rows):
        """See `Finding.value`."""
        average = figure(rows[-1], "health_distance")
        return figure(rows[-1], "health_distance_raw") / average if average else math.nan

    def sees(self, value):
        """See `Finding.sees`."""
        return (
            f"the generator circles: its own images are {value:.0f} times as far from real ones as its average's (EMA)"
        )


FINDINGS: tuple[Finding, ...] = (
    LearningRateTooHigh(),
    LabelLeak(),
    Memorization(),
    WhitePatches(),
    Saturation(),
    VanishingGradients(),
    ExplodingGradients(),
    Collapse(),
    CriticTooStrong(),
    CriticTooWeak(),
    Checkerboard(),
    LaggingAverage(),
    JumpingGenerator(),
)
"""Causes before what they bring about: of those seen in one epoch, the first hides others."""
