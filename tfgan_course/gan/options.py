"""The options that `GAN` and a configuration have in common, each declared once.

Importing this module does not import TensorFlow, so that a command's `--help` is quick.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec

from jsonargparse.typing import NonNegativeFloat, NonNegativeInt, OpenUnitInterval, PositiveInt

from tfgan_course.errors import UserError

if TYPE_CHECKING:
    from tensorflow import keras

    from tfgan_course.augmentation.augmentation import Augmentation
    from tfgan_course.gan.latents import LatentDistribution
    from tfgan_course.objectives.label_noise import LabelNoise
    from tfgan_course.objectives.losses import AdversarialLoss
    from tfgan_course.objectives.terms.term import Term


def lazily(path: str) -> Callable[[], Any]:
    """Return a function that makes jsonargparse's lazy instance of a class, which it imports only then."""

    def make() -> Any:
        from jsonargparse import lazy_instance

        module, _, name = path.rpartition(".")
        return lazy_instance(getattr(import_module(module), name))

    return make


@dataclass(kw_only=True)
class Objective:
    """What each player minimizes, and what the critic is shown.

    Args:
        loss: adversarial loss.
        critic_terms: terms added to the critic's loss.
        generator_terms: terms added to the generator's loss.
        generator_loss_weight: factor of the adversarial loss in the generator's total; 0 leaves the terms alone.
        label_noise: smoothed, soft or flipped labels for the critic.
        augmentations: changes to every image, real or generated, on its way to the critic in training.
        real_augmentations: changes to real images alone: data augmentation.
        fake_labels: classes of generated images in training: drawn uniformly (sampled), or those of the real images of
            the same batch (real). Unless given: real for a loss that compares pairs, else sampled.
        latents: distribution of the latents.
    """

    loss: AdversarialLoss = field(default_factory=lazily("tfgan_course.objectives.losses.NonSaturating"))
    critic_terms: list[Term] = field(default_factory=list)
    generator_terms: list[Term] = field(default_factory=list)
    generator_loss_weight: NonNegativeFloat = 1.0
    label_noise: LabelNoise | None = None
    augmentations: list[Augmentation] = field(default_factory=list)
    real_augmentations: list[Augmentation] = field(default_factory=list)
    fake_labels: Literal["sampled", "real"] | None = None
    latents: LatentDistribution = field(default_factory=lazily("tfgan_course.gan.latents.Normal"))


@dataclass(kw_only=True)
class Updates:
    """How the players are updated.

    Args:
        critic_updates: updates of the critic for each update of the generator.
        joint_batches: the critic judges real and generated images as one batch, which is faster. Unless given: yes,
            except where the critic's normalization or statistics would mix them.
        generator_first: each step updates the generator before the critic, instead of after it.
        reuse_fakes: the generator learns from the fake batch of the last critic update instead of a new one.
        ema_decay: decay of the exponential moving average of the generator's weights; it starts lower and rises to
            this. None keeps no average.
        gradient_accumulation: parts in which the gradient of a batch is computed, one after the other, to save memory.
    """

    critic_updates: PositiveInt = 1
    joint_batches: bool | None = None
    generator_first: bool = False
    reuse_fakes: bool = False
    ema_decay: OpenUnitInterval | None = 0.999
    gradient_accumulation: PositiveInt = 1


@dataclass(kw_only=True)
class Execution:
    """How a step is run.

    Args:
        seed: decides all random numbers drawn in training; in a configuration also the initial weights and the order of
            the images.
        steps_per_execution: steps that one call of TensorFlow takes; progress, Ctrl-C and every_steps see its last step
            only.
        jit: compile the step with XLA; auto does so where there is a GPU.
    """

    seed: NonNegativeInt = 0
    steps_per_execution: PositiveInt = 1
    jit: bool | Literal["auto"] = False


@dataclass(kw_only=True)
class StepOptions(Objective, Updates, Execution):
    """Everything that decides a training step, apart from networks, optimizers and images.

    Raises:
        UserError: if a number is out of its range, or two options exclude each other.
    """

    def __post_init__(self):
        for name in ("critic_updates", "gradient_accumulation", "steps_per_execution"):
            value = getattr(self, name)
            if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
                raise UserError(f"{name} must be a whole number of at least 1; got {value!r}. Use 1 or more")
        if not isinstance(self.seed, numbers.Integral) or isinstance(self.seed, bool) or self.seed < 0:
            raise UserError(f"seed must be a whole number of at least 0; got {self.seed!r}. Use 0, for example")
        for name, allowed in (
            ("joint_batches", (None, True, False)),
            ("generator_first", (True, False)),
            ("reuse_fakes", (True, False)),
            ("jit", (True, False, "auto")),
        ):
            if getattr(self, name) not in allowed:
                value = getattr(self, name)
                raise UserError(
                    expected=f"for {name} one of {allowed}", received=repr(value), remedy="Write one of these"
                )
        if self.ema_decay is not None and not 0 < self.ema_decay < 1:
            raise UserError(f"ema_decay must lie between 0 and 1; got {self.ema_decay}. Write None to keep no average")
        if not 0 <= self.generator_loss_weight < math.inf:
            weight = self.generator_loss_weight
            raise UserError(f"generator_loss_weight must be at least 0; got {weight}. Use 0 for the terms alone")
        if self.generator_loss_weight == 0 and not self.generator_terms:
            raise UserError("generator_loss_weight 0 leaves the generator nothing to learn from: add generator_terms")
        if self.fake_labels not in (None, "sampled", "real"):
            raise UserError(
                f"fake_labels must be sampled or real; got {self.fake_labels!r}. Leave it out for the default"
            )
        if self.reuse_fakes and self.gradient_accumulation > 1:
            raise UserError("reuse_fakes keeps in memory what gradient_accumulation saves: use one of them")
        if self.reuse_fakes and self.generator_first:
            raise UserError("reuse_fakes takes the critic's last fakes, which generator_first has not: use one of them")


@dataclass(kw_only=True)
class GANOptions(StepOptions):
    """The options of a `GAN` built by hand.

    Args:
        generator_optimizer: Keras optimizer of the generator; Adam(2e-4, beta_1=0.5), DCGAN's, unless given.
        critic_optimizer: Keras optimizer of the critic; likewise.
        classes: number of classes, for a generator that takes labels; it is trained on all classes alike.
    """

    generator_optimizer: keras.optimizers.Optimizer | None = None
    critic_optimizer: keras.optimizers.Optimizer | None = None
    classes: int | None = None


P = ParamSpec("P")


def flat_options(make: Callable[P, object]) -> Callable[[Callable], Callable[Concatenate[Any, Any, Any, P], None]]:
    """Make `__init__(self, generator, critic, options)` take the fields of `options` as keyword arguments instead.

    So every option is declared once, in its dataclass `make`, and still shows in `help`, in a notebook's completion and
    in an editor.
    """

    def decorate(method: Callable) -> Callable:
        *networks, _ = inspect.signature(method).parameters.values()

        known = [*inspect.signature(make).parameters]

        @functools.wraps(method)
        def flat(self, generator, critic, **options):
            for name in options.keys() - known:
                close = difflib.get_close_matches(name, known, n=1)
                raise TypeError(
                    f"GAN has no option {name!r}. {f'Did you mean {close[0]}? ' if close else ''}"
                    f"Its options: {', '.join(known)}"
                )
            return method(self, generator, critic, make(**options))

        # mypy does not know that a function may have one.
        flat.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [*networks, *inspect.signature(make).parameters.values()]
        )
        return flat

    return decorate
