"""What can be wrong with a training: each finding is a class with a value from history.csv and a threshold.

Each threshold lies between the values of good runs and the values of broken runs; docs/guides/health.md lists both. The
classes of causes come before the classes of their consequences, because a finding hides its consequences.
"""

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from tfgan_course.plugins.by_name import all_subclasses

Row = dict[str, float]


class Finding:
    """Base class of all findings. A new one is a subclass here, and a section of docs/guides/health.md with its name.

    The finding's value is the worst of its `columns` of history.csv, unless the class overrides `value`. With
    `relative` each column is divided by its median in the epochs before. The finding holds if the value is above
    `threshold` or, with `below`, below it. It is reported when it has held in `patience` epochs in a row, from the step
    `first_step` on. While it is reported, the findings in `hides` are not reported, because they are its consequences.
    The user reads two texts: `sees`, the figure and its meaning, and `remedy`, the usual help.
    """

    name: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    relative: ClassVar[bool] = False
    threshold: ClassVar[float]
    sees: ClassVar[str]
    remedy: ClassVar[str]
    below: ClassVar[bool] = False
    severity: ClassVar[str] = "warning"
    patience: ClassVar[int] = 3
    first_step: ClassVar[int] = 0
    hides: ClassVar[tuple[str, ...]] = ()

    def value(self, rows: Sequence[Row]) -> float:
        """Return the value after the last of the rows of history.csv, or NaN if nothing was measured."""
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
    """How far an update moves a player's weights, relative to the length of the initial weights."""

    name = "learning rate too high"
    columns = ("health_critic_step", "health_generator_step")
    threshold = 0.15
    severity = "serious"
    patience = 1
    hides: ClassVar[tuple[str, ...]] = ("critic too strong", "critic too weak", "collapse", "saturation")
    hides += ("white patches", "checkerboard", "exploding gradients", "vanishing gradients")
    hides += ("lagging average", "jumping generator", "label leak")
    sees = "each update moves the weights by {value:.2g} of their initial length, so training is unstable"
    remedy = "both learning rates divided by 10 or more"


class LabelLeak(Finding):
    """How much the critic's score of a real image depends on the label that comes with the image."""

    name = "label leak"
    columns = ("health_label_leak",)
    threshold = 0.5
    severity = "serious"
    patience = 2
    hides = ("critic too strong", "vanishing gradients", "collapse")
    sees = (
        "real images with classes drawn as for generated ones score lower {value:.0%} more often than higher, so the "
        "critic recognizes generated images by their class alone"
    )
    remedy = "fake_labels: real, or equally many real images of each class"


class Memorization(Finding):
    """Share of generated images that are near copies of a training image."""

    name = "memorization"
    columns = ("health_copies",)
    threshold = 0.1
    severity = "serious"
    hides = ("collapse",)
    sees = "{value:.0%} of the generated images are near copies of a training image: the generator is overfitting"
    remedy = "more training images, DiffAugment in augmentations, fewer epochs"


class WhitePatches(Finding):
    """The share of the pixels in solid white squares in generated images, minus the share in real images."""

    name = "white patches"
    columns = ("health_white_patches",)
    threshold = 0.02
    hides = ("saturation", "critic too strong")
    sees = "solid white squares cover {value:.1%} more of an image than of real ones: the generator draws blobs"
    remedy = "an earlier checkpoint, a lower generator_optimizer rate, R1 or spectral normalization in the critic"


class Saturation(Finding):
    """The share of values at 0 or at 255 in generated images, minus the share in real images."""

    name = "saturation"
    columns = ("health_saturation",)
    threshold = 0.15
    hides = ("critic too strong",)
    sees = "{value:.0%} more values than in real images are at 0 or 255: the generator's last layer saturates"
    remedy = "a lower generator_optimizer rate, normalization in the generator, images that use the whole range"


class VanishingGradients(Finding):
    """The generator's gradient, relative to its median in the epochs before."""

    name = "vanishing gradients"
    columns = ("generator_gradient_norm",)
    relative = True
    threshold = 0.01
    below = True
    hides = ("critic too strong",)
    sees = "the generator's gradient is {value:.2g} of its earlier length: the generator no longer learns"
    remedy = "a non-saturating loss, a lower critic_optimizer rate, InstanceNoise in augmentations"


class ExplodingGradients(Finding):
    """The larger of the players' gradients, each relative to its median in the epochs before."""

    name = "exploding gradients"
    columns = ("critic_gradient_norm", "generator_gradient_norm")
    relative = True
    threshold = 30.0
    patience = 1
    sees = "the gradient of the critic or generator is {value:.0f} times as long as before: training is unstable"
    remedy = "lower learning rates, global_clipnorm in the optimizers, spectral normalization, a larger R1 weight"


class Collapse(Finding):
    """How much generated images differ from each other and vary as a whole, relative to real images."""

    name = "collapse"
    columns = ("health_diversity", "health_spread")
    threshold = 0.2
    below = True
    severity = "serious"
    first_step = 500
    sees = "generated images have {value:.2f} of the diversity of real ones: the generator has collapsed to few images"
    remedy = "a lower generator_optimizer rate, minibatch discrimination, ModeSeeking, variant wgan_gp"


class OfFarImages(Finding):
    """A finding about the critic's accuracy, which matters only while generated images are far from real ones."""

    far: ClassVar[float] = 0.3
    severity = "serious"

    def value(self, rows):
        # If there are held-out images, the accuracy on them is used.
        if not rows[-1].get("health_distance", math.nan) > self.far:
            return math.nan
        return rows[-1].get("val_critic_accuracy", rows[-1].get("critic_accuracy", math.nan))


class CriticTooStrong(OfFarImages):
    """The critic is almost always right, so the generator learns nothing from it."""

    name = "critic too strong"
    threshold = 0.98
    first_step = 300
    sees = (
        "the critic is right for {value:.1%} of the images, and generated ones stay far from real ones: the generator "
        "learns nothing from it"
    )
    remedy = "a lower critic_optimizer rate, fewer critic_updates, smoothed labels, R1, spectral normalization"


class CriticTooWeak(OfFarImages):
    """The critic is hardly better than guessing, although generated images are bad."""

    name = "critic too weak"
    threshold = 0.55
    below = True
    first_step = 500
    patience = 5
    sees = (
        "the critic is right for only {value:.1%} of the images, although generated ones are far from real ones: the "
        "generator learns nothing from it"
    )
    remedy = "a higher critic_optimizer rate, more critic_updates, a wider critic"


class Checkerboard(Finding):
    """Excess energy at the frequencies of up-sampling, relative to the energy of real images."""

    name = "checkerboard"
    columns = ("health_checkerboard",)
    threshold = 1.0
    sees = "generated images show a grid of 2 or 4 pixels, {value:.1f} times as strong as details of real ones"
    remedy = "kernel sizes that are multiples of the stride, or ResNetGenerator, which resizes and then convolves"


class LaggingAverage(Finding):
    """The distance of the averaged generator's images from real images, divided by the generator's distance."""

    name = "lagging average"
    threshold = 2.0
    sees = (
        "images of the averaged generator (EMA) are {value:.1f} times as far from real ones as the generator's: the "
        "average follows too slowly"
    )
    remedy = "a smaller ema_decay, or sample --average false"

    def value(self, rows):
        return _ratio(rows[-1], "health_distance", "health_distance_raw")


class JumpingGenerator(Finding):
    """The distance of the generator's images from real images, divided by the averaged generator's distance."""

    name = "jumping generator"
    threshold = 10.0
    sees = "the generator's images are {value:.0f} times as far from real ones as its average's: it circles a solution"
    remedy = "lower learning rates at the end; samples come from the average and are better than the losses suggest"

    def value(self, rows):
        return _ratio(rows[-1], "health_distance_raw", "health_distance")


def _ratio(row: Row, above: str, below: str) -> float:
    """Return the figure `above` of a row divided by `below`, or NaN if one was not measured or `below` is 0."""
    return row.get(above, math.nan) / (row.get(below, math.nan) or math.nan)


def _against_before(rows: Sequence[Row], name: str) -> float:
    """Return a figure of the last row over its median in the 20 rows before; NaN if there are fewer than 3."""
    before = [row.get(name, math.nan) for row in rows[-21:-1]]
    middle = float(np.median(before)) if len(before) >= 3 else math.nan
    return rows[-1].get(name, math.nan) / (middle or math.nan)


FINDINGS: tuple[Finding, ...] = tuple(cls() for cls in all_subclasses(Finding) if hasattr(cls, "name"))
"""All findings, in the order of their classes above."""
