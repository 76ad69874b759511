"""The options that `GAN` and a configuration have in common, each declared once.

Importing this module does not import TensorFlow, so that the commands' `--help` is fast.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import math
import numbers
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec

from tfgan_course.errors import UserError, require
from tfgan_course.plugins.types import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

if TYPE_CHECKING:
    from tensorflow import keras

    from tfgan_course.augmentation.augmentation import Augmentation
    from tfgan_course.gan.latents import LatentDistribution
    from tfgan_course.objectives.label_noise import LabelNoise
    from tfgan_course.objectives.losses import AdversarialLoss
    from tfgan_course.objectives.terms.term import Term
    from tfgan_course.objectives.top_k import TopK
    from tfgan_course.schedules import Schedule, TrainingLength


def _not_negative(number: float) -> bool:
    return 0 <= number < math.inf


def lazily(path: str) -> Callable[[], Any]:
    """Return a function that imports a class and makes an instance of it."""

    def make() -> Any:
        module, _, name = path.rpartition(".")
        return getattr(import_module(module), name)()

    return make


@dataclass(kw_only=True)
class Objective:
    """What each player minimizes, and which images the critic sees.

    Args:
        loss: adversarial loss.
        critic_terms: terms added to the critic's loss.
        generator_terms: terms added to the generator's loss.
        generator_loss_weight: factor of the adversarial loss in the generator's total, or a schedule of it; with 0 only
            the terms count.
        label_noise: smoothed, soft or flipped labels for the critic.
        augmentations: random changes to every image, real or generated, before the critic sees it in training.
        real_augmentations: random changes to real images only: data augmentation.
        fake_labels: classes of generated images in training: drawn uniformly (sampled), or the classes of the real
            images of the same batch (real). Unless given: real for a loss that compares pairs, else sampled.
        latents: distribution of the latents.
        top_k: the generator learns from the k best images of a batch, by the critic's score; none: from all.
    """

    loss: AdversarialLoss = field(default_factory=lazily("tfgan_course.objectives.losses.NonSaturating"))
    critic_terms: list[Term] = field(default_factory=list)
    generator_terms: list[Term] = field(default_factory=list)
    generator_loss_weight: NonNegativeFloat | Schedule = 1.0
    label_noise: LabelNoise | None = None
    augmentations: list[Augmentation] = field(default_factory=list)
    real_augmentations: list[Augmentation] = field(default_factory=list)
    fake_labels: Literal["sampled", "real"] | None = None
    latents: LatentDistribution = field(default_factory=lazily("tfgan_course.gan.latents.Normal"))
    top_k: TopK | None = None


@dataclass
class Freeze:
    """The layers that training does not change, see docs/guides/transfer.md.

    Args:
        generator: names of the generator's layers, or patterns such as synthesis/*.
        critic: names of the critic's layers, or patterns; the lower layers for FreezeD.
    """

    generator: list[str] = field(default_factory=list)
    critic: list[str] = field(default_factory=list)

    def __post_init__(self):
        for player, patterns in vars(self).items():
            right = isinstance(patterns, list | tuple) and all(isinstance(pattern, str) for pattern in patterns)
            require(right, f"for freeze.{player} a list of names", repr(patterns), "Write ['conv2d'], for example")


@dataclass(kw_only=True)
class Updates:
    """How the players are updated.

    Args:
        critic_updates: updates of the critic for each update of the generator.
        joint_batches: whether the critic judges real and generated images in one batch, which is faster. Unless given:
            yes, except where the critic's normalization or statistics would mix them.
        generator_first: whether each step updates the generator before the critic, instead of after it.
        reuse_fakes: whether the generator learns from the generated images of the last critic update instead of new
            ones.
        ema_half_life: half-life of the averaged generator (EMA), in images shown to the critic: after so many images,
            the share of earlier weights in the average is halved. A number or a schedule; None keeps no average.
        ema_ramp: bound of the half-life early in the training, as a share of the images shown so far. None sets no
            bound.
        gradient_accumulation: number of parts of a batch whose gradients are computed one after the other, to save
            memory.
        freeze: layers that training does not change.
    """

    critic_updates: PositiveInt = 1
    joint_batches: bool | None = None
    generator_first: bool = False
    reuse_fakes: bool = False
    ema_half_life: NonNegativeFloat | Schedule | None = 10_000.0
    ema_ramp: PositiveFloat | None = 0.01
    gradient_accumulation: PositiveInt = 1
    freeze: Freeze = field(default_factory=Freeze)


@dataclass(kw_only=True)
class Execution:
    """How a step is run.

    Args:
        seed: seed of all random numbers drawn in training; in a configuration also of the initial weights and the order
            of the images.
        steps_per_execution: steps in one call of TensorFlow; progress, Ctrl-C and every_steps react only after the last
            of them.
        jit: whether to compile the step with XLA; auto does so on a GPU.
    """

    seed: NonNegativeInt = 0
    steps_per_execution: PositiveInt = 1
    jit: bool | Literal["auto"] = False


@dataclass(kw_only=True)
class StepOptions(Objective, Updates, Execution):
    """All options of a training step, except networks, optimizers and images.

    Raises:
        UserError: if a number is out of its range, or two options cannot be used together.
    """

    @property
    def batches_per_step(self) -> int:
        """Batches of real images in a step: one for each critic update, and one for a generator that needs its own."""
        return self.critic_updates + (self.loss.generator_needs_real and not self.reuse_fakes)

    def __post_init__(self):
        for name, lowest in (
            ("critic_updates", 1),
            ("gradient_accumulation", 1),
            ("steps_per_execution", 1),
            ("seed", 0),
        ):
            value = getattr(self, name)
            whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
            expected = f"for {name} a whole number of at least {lowest}"
            require(whole and value >= lowest, expected, repr(value), f"Write {name} {lowest}, for example")
        for name, allowed in (
            ("joint_batches", (None, True, False)),
            ("generator_first", (True, False)),
            ("reuse_fakes", (True, False)),
            ("jit", (True, False, "auto")),
            ("fake_labels", (None, "sampled", "real")),
        ):
            value = getattr(self, name)
            require(value in allowed, f"for {name} one of {allowed}", repr(value), "Leave it out for the default")
        half_life, ramp, weight = self.ema_half_life, self.ema_ramp, self.generator_loss_weight
        from tfgan_course.schedules import require_number  # this imports TensorFlow

        if half_life is not None:
            remedy = "Write None to keep no average"
            require_number("ema_half_life", half_life, "of at least 0, in images, or None", _not_negative, remedy)
        expected = "for ema_ramp a number above 0, or None"
        require(ramp is None or 0 < ramp < math.inf, expected, repr(ramp), "Write 0.01, for example")
        remedy = "Use 0 to train on generator_terms only"
        require_number("generator_loss_weight", weight, "of at least 0", _not_negative, remedy)
        expected, received = (
            "generator_terms with generator_loss_weight 0",
            "none, so the generator would learn nothing",
        )
        require(
            weight != 0 or bool(self.generator_terms), expected, received, "Add generator_terms, or raise the weight"
        )
        require(
            self.top_k is None or self.gradient_accumulation == 1,
            "top_k or gradient_accumulation, not both",
            "both: the k best of a batch are known only when the whole batch is judged",
            "Leave one of them out",
        )
        for name, excluded, reason in (
            ("gradient_accumulation", self.gradient_accumulation > 1, "reuse_fakes uses the memory that it saves"),
            ("generator_first", self.generator_first, "the critic's update, which makes the images, comes later"),
        ):
            right = not (self.reuse_fakes and excluded)
            require(right, f"reuse_fakes or {name}, not both", f"both: {reason}", "Leave one of them out")


@dataclass(kw_only=True)
class GANOptions(StepOptions):
    """The options of a `GAN` built by hand.

    Args:
        generator_optimizer: Keras optimizer of the generator; Adam(2e-4, beta_1=0.5) as in DCGAN unless given.
        critic_optimizer: Keras optimizer of the critic; the same default.
        classes: number of classes, for a generator that takes labels.
        length: the length of the training, for schedules that are counted in epochs or end with the training.
    """

    generator_optimizer: keras.optimizers.Optimizer | None = None
    critic_optimizer: keras.optimizers.Optimizer | None = None
    classes: int | None = None
    length: TrainingLength | None = None


def half_life_of_decay(decay: float, images: int) -> float:
    """Return the half-life in images, rounded, of an average with a decay, in (0, 1), after each step of `images`."""
    return float(round(images * math.log(0.5) / math.log(decay)))


def with_half_life(ema_decay: float | None, **options: Any) -> dict[str, Any]:
    """Return the options of a GAN built by hand with `ema_half_life` for `ema_decay`, which earlier versions had."""
    if ema_decay is None:
        return {**options, "ema_half_life": None}
    right = isinstance(ema_decay, float) and 0 < ema_decay < 1
    require(right, "for ema_decay a number between 0 and 1, or None", repr(ema_decay), "Use ema_half_life, in images")
    images = 64 * options.get("critic_updates", 1)
    half_life = half_life_of_decay(ema_decay, images)
    warnings.warn(
        f"ema_decay {ema_decay:g} of an earlier version is read as ema_half_life {half_life:g}, in images, as if a "
        f"step had {images} images",
        stacklevel=3,
    )
    return {**options, "ema_half_life": half_life}


P = ParamSpec("P")


def flat_options(make: Callable[P, object]) -> Callable[[Callable], Callable[Concatenate[Any, Any, Any, P], None]]:
    """Make `__init__(self, generator, critic, options)` take the fields of `options` as keyword arguments instead.

    Each option is declared once, in the dataclass `make`, and still appears in `help`, in completion and in editors.
    """

    def decorate(method: Callable) -> Callable:
        *networks, _ = inspect.signature(method).parameters.values()
        known = [*inspect.signature(make).parameters]

        @functools.wraps(method)
        def flat(self, generator, critic, **options):
            if "ema_decay" in options:  # of earlier versions
                options = with_half_life(**options)
            for name in options.keys() - known:
                close = difflib.get_close_matches(name, known, n=1)
                raise UserError(
                    expected=f"for GAN options among {', '.join(known)}",
                    received=name,
                    remedy=f"Did you mean {close[0]}?" if close else "Leave it out",
                )
            return method(self, generator, critic, make(**options))

        # mypy does not know that a function may have one.
        flat.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [*networks, *inspect.signature(make).parameters.values()]
        )
        return flat

    return decorate
