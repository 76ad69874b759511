"""What can be wrong with a training: each finding is a class with a value from history.csv and a threshold.

Each threshold lies between the values of good runs and the values of broken runs; docs/guides/health.md lists both. The
classes of causes come before the classes of their consequences, because a finding hides its consequences.
"""

import math
from typing import ClassVar

from tfgan_course.health.advice import SPECTRAL, either, has, package_generator, uses
from tfgan_course.health.finding import Finding, Remedies, Row
from tfgan_course.plugins.by_name import all_subclasses

RESIZING = ("ResNetGenerator", "ProGANGenerator", "StyleGANGenerator", "StyleGAN2Generator", "SimpleGenerator")
"""Generators without transposed convolutions."""


class LearningRateTooHigh(Finding):
    """How far an update moves a player's weights, relative to the length of the initial weights."""

    name = "learning rate too high"
    columns = ("health_critic_step", "health_generator_step")
    threshold = 0.15
    severity = "serious"
    patience = 1
    first_step = 0  # Steps that are too long can be recognized from the first step on.
    hides: ClassVar[tuple[str, ...]] = ("critic too strong", "critic too weak", "collapse", "saturation")
    hides += ("white patches", "checkerboard", "exploding gradients", "vanishing gradients")
    hides += ("lagging average", "jumping generator", "label leak")
    sees = "each update moves the weights by {value:.2g} of their initial length, so training is unstable"
    remedies: ClassVar[Remedies] = {"both learning rates divided by 10 or more": None}


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
    remedies: ClassVar[Remedies] = {
        "fake_labels: real": has("fake_labels", "real"),
        "equally many real images of each class": None,
    }


class Memorization(Finding):
    """Share of generated images that are near copies of a training image."""

    name = "memorization"
    columns = ("health_copies",)
    threshold = 0.1
    severity = "serious"
    hides = ("collapse",)
    sees = "{value:.0%} of the generated images are near copies of a training image: the generator is overfitting"
    remedies: ClassVar[Remedies] = {
        "more training images": None,
        "DiffAugment in augmentations": uses("DiffAugment", "AdaptiveAugment"),
        "fewer epochs": None,
    }


class WhitePatches(Finding):
    """The share of the pixels in solid white squares in generated images, minus the share in real images."""

    name = "white patches"
    columns = ("health_white_patches",)
    threshold = 0.02
    hides = ("saturation", "critic too strong")
    sees = "solid white squares cover {value:.1%} more of an image than of real ones: the generator draws blobs"
    remedies: ClassVar[Remedies] = {
        "an earlier checkpoint": None,
        "a lower generator_optimizer rate": None,
        "R1 in the critic's terms": uses("R1"),
        "spectral normalization in the critic": SPECTRAL,
    }


class Saturation(Finding):
    """The share of values at 0 or at 255 in generated images, minus the share in real images."""

    name = "saturation"
    columns = ("health_saturation",)
    threshold = 0.15
    hides = ("critic too strong",)
    sees = "{value:.0%} more values than in real images are at 0 or 255: the generator's last layer saturates"
    remedies: ClassVar[Remedies] = {
        "a lower generator_optimizer rate": None,
        "normalization in the generator": package_generator,
        "images that use the whole range": None,
    }


class VanishingGradients(Finding):
    """The generator's gradient, relative to its median in the epochs before."""

    name = "vanishing gradients"
    columns = ("generator_gradient_norm",)
    relative = True
    threshold = 0.01
    below = True
    hides = ("critic too strong",)
    sees = "the generator's gradient is {value:.2g} of its earlier length: the generator no longer learns"
    remedies: ClassVar[Remedies] = {
        "a non-saturating loss": lambda settings: not uses("Minimax", under="loss")(settings),
        "a lower critic_optimizer rate": None,
        "InstanceNoise in augmentations": uses("InstanceNoise"),
    }


class ExplodingGradients(Finding):
    """The larger of the players' gradients, each relative to its median in the epochs before."""

    name = "exploding gradients"
    columns = ("critic_gradient_norm", "generator_gradient_norm")
    relative = True
    threshold = 30.0
    patience = 1
    sees = "the gradient of the critic or generator is {value:.0f} times as long as before: training is unstable"
    remedies: ClassVar[Remedies] = {
        "lower learning rates": None,
        "global_clipnorm in the optimizers": either(
            has("critic_optimizer.global_clipnorm"), has("generator_optimizer.global_clipnorm")
        ),
        "spectral normalization": SPECTRAL,
        "R1 with a larger weight": None,
    }


class Collapse(Finding):
    """How much generated images differ from each other and vary as a whole, relative to real images."""

    name = "collapse"
    columns = ("health_diversity", "health_spread")
    threshold = 0.2
    below = True
    severity = "serious"
    first_step = 500
    sees = "generated images have {value:.2f} of the diversity of real ones: the generator has collapsed to few images"
    remedies: ClassVar[Remedies] = {
        "a lower generator_optimizer rate": None,
        "minibatch discrimination": uses("MinibatchDiscrimination", "MinibatchStandardDeviation"),
        "ModeSeeking": uses("ModeSeeking"),
        "variant wgan_gp": uses("Wasserstein", under="loss"),
    }


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
    remedies: ClassVar[Remedies] = {
        "a lower critic_optimizer rate": None,
        "fewer critic_updates": has("critic_updates", 1),
        "smoothed labels": has("label_noise"),
        "R1": uses("R1"),
        "spectral normalization": SPECTRAL,
    }


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
    remedies: ClassVar[Remedies] = {
        "a higher critic_optimizer rate": None,
        "more critic_updates": None,
        "a wider critic": None,
    }


class Checkerboard(Finding):
    """Excess energy at the frequencies of up-sampling, relative to the energy of real images."""

    name = "checkerboard"
    columns = ("health_checkerboard",)
    threshold = 1.0
    sees = "generated images show a grid of 2 or 4 pixels, {value:.1f} times as strong as details of real ones"
    remedies: ClassVar[Remedies] = {
        "kernel sizes that are multiples of the stride": package_generator,
        "ResNetGenerator, which resizes and then convolves": uses(*RESIZING, under="generator"),
        "more epochs, in which it usually fades": None,
    }


class LaggingAverage(Finding):
    """The distance of the averaged generator's images from real images, divided by the generator's distance."""

    name = "lagging average"
    threshold = 2.0
    sees = (
        "images of the averaged generator (EMA) are {value:.1f} times as far from real ones as the generator's: the "
        "average follows too slowly"
    )
    remedies: ClassVar[Remedies] = {"a smaller ema_half_life": None, "sample --average false": None}

    def value(self, rows):
        return _ratio(rows[-1], "health_distance", "health_distance_raw")


class JumpingGenerator(Finding):
    """The distance of the generator's images from real images, divided by the averaged generator's distance."""

    name = "jumping generator"
    threshold = 10.0
    sees = "the generator's images are {value:.0f} times as far from real ones as its average's: it circles a solution"
    remedies: ClassVar[Remedies] = {
        "lower learning rates at the end": None,
        "samples from the average, which are better than the losses suggest": None,
    }

    def value(self, rows):
        return _ratio(rows[-1], "health_distance_raw", "health_distance")


def _ratio(row: Row, above: str, below: str) -> float:
    """Return the figure `above` of a row divided by `below`, or NaN if one was not measured or `below` is 0."""
    return row.get(above, math.nan) / (row.get(below, math.nan) or math.nan)


FINDINGS: tuple[Finding, ...] = tuple(cls() for cls in all_subclasses(Finding) if hasattr(cls, "name"))
"""All findings, in the order of their classes above."""
