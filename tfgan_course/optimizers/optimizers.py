"""Optimizers with typed arguments, so that a wrong value in a YAML file is an error when the file is read.

Keras's own constructors take anything: a word for a learning rate would fail in the first training step.
"""

import copy
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from tensorflow import keras

from tfgan_course.errors import UserError, require
from tfgan_course.optimizers.fused_adam import FusedAdam
from tfgan_course.optimizers.schedules import OfUpdates
from tfgan_course.schedules import Number, Schedule, TrainingLength, require_number, scheduled

RULES = {"above 0": lambda number: 0 < number < math.inf, "at least 0": lambda number: 0 <= number < math.inf}


@dataclass
class Optimizer(ABC):
    """Base class of the optimizers that a configuration can name. A new one is a dataclass with a `make` method.

    Args:
        learning_rate: the learning rate, above 0, or a schedule.
        schedule: a schedule of the learning rate in the form of earlier versions: it has no start, and starts from
            `learning_rate`.
        clipnorm: the largest norm of each weight's gradient; None does not clip.
        global_clipnorm: the largest norm of all gradients together; None does not clip.
        clipvalue: the largest absolute value of each number in a gradient; None does not clip.

    Raises:
        UserError: for a number out of its range, in every subclass too.
    """

    learning_rate: Number = 2e-4
    schedule: Schedule | None = field(default=None, kw_only=True)
    clipnorm: float | None = field(default=None, kw_only=True)
    global_clipnorm: float | None = field(default=None, kw_only=True)
    clipvalue: float | None = field(default=None, kw_only=True)

    def __post_init__(self):
        clips = [name for name in ("clipnorm", "global_clipnorm", "clipvalue") if getattr(self, name) is not None]
        # A scheduled rate may begin or end at 0.
        lowest = "at least 0" if isinstance(self.learning_rate, Schedule) else "above 0"
        for names, is_right, rule in (
            (["learning_rate"], RULES[lowest], lowest),
            (["epsilon", *clips], RULES["above 0"], "above 0"),
            (["beta_1", "beta_2", "rho", "momentum"], lambda number: 0 <= number < 1, "at least 0 and below 1"),
            (["weight_decay"], RULES["at least 0"], "at least 0"),
        ):
            for name in names:
                if hasattr(self, name):
                    remedy = "Change it, or leave it out for the default"
                    require_number(f"{type(self).__name__}'s {name}", getattr(self, name), rule, is_right, remedy)
        both = self.schedule is not None and isinstance(self.learning_rate, Schedule)
        expected = f"for {type(self).__name__}'s learning_rate one schedule"
        require(not both, expected, "another as schedule", "Leave schedule out")
        expected = f"for {type(self).__name__} at most one way of clipping"
        require(len(clips) < 2, expected, " and ".join(clips), "Leave all but one out")

    def build(
        self, images_per_update: int | None = None, length: TrainingLength | None = None
    ) -> keras.optimizers.Optimizer:
        """Return a new Keras optimizer; call this inside the strategy's scope.

        Args:
            images_per_update: the real images that the critic is shown for each update of this player; a schedule needs
                the number.
            length: the length of the training, for schedules in epochs or that end with the training.

        Raises:
            UserError: if a schedule needs a number that is not given.
        """
        built = copy.copy(self)
        if self.schedule is not None:
            built.learning_rate = self.schedule.starting_at(self.learning_rate)  # type: ignore[arg-type]
            built.schedule = None
        for name, schedule in scheduled(built).items():
            if images_per_update is None:
                raise UserError(
                    expected=f"images_per_update, since {name} follows {type(schedule).__name__}",
                    received="none",
                    remedy="Pass it to build(...): the batch size",
                )
            setattr(built, name, OfUpdates(schedule, images_per_update, length))
        clipping = {"clipnorm": self.clipnorm, "global_clipnorm": self.global_clipnorm, "clipvalue": self.clipvalue}
        return built.make(built.learning_rate, **clipping)

    @abstractmethod
    def make(
        self, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule, **clipping: float | None
    ) -> keras.optimizers.Optimizer:
        """Return a Keras optimizer with this learning rate and these clipping arguments of Keras."""


@dataclass
class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, arXiv:1412.6980), with DCGAN's momentum.

    Args:
        beta_1: decay of the mean of gradients, in [0, 1).
        beta_2: decay of the mean of their squares, in [0, 1), or a schedule.
        epsilon: a number above 0 that is added to the divisor.
    """

    beta_1: float = 0.5
    beta_2: Number = 0.999
    epsilon: float = 1e-7

    def make(self, learning_rate, **clipping) -> keras.optimizers.Optimizer:
        return FusedAdam(learning_rate, self.beta_1, self.beta_2, self.epsilon, **clipping)


@dataclass
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101).

    After each update, weight <- weight - learning_rate x weight_decay x weight, biases included.

    Args:
        weight_decay: at least 0.
    """

    weight_decay: float = 4e-3

    def make(self, learning_rate, **clipping) -> keras.optimizers.Optimizer:
        return super().make(learning_rate, weight_decay=self.weight_decay, **clipping)


@dataclass
class Lion(Optimizer):
    """Lion (Chen et al. 2023, arXiv:2302.06675): each weight moves by the learning rate, in the sign of the momentum.

    The authors use rates three to ten times lower than Adam's.

    Args:
        beta_1: share of the momentum in the step, in [0, 1).
        beta_2: decay of the momentum, in [0, 1).
        weight_decay: decoupled as in AdamW; at least 0.
    """

    learning_rate: Number = 5e-5
    beta_1: float = 0.9
    beta_2: float = 0.99
    weight_decay: float = 0.0

    def make(self, learning_rate, **clipping) -> keras.optimizers.Optimizer:
        return keras.optimizers.Lion(
            learning_rate, self.beta_1, self.beta_2, weight_decay=self.weight_decay or None, **clipping
        )


@dataclass
class RMSProp(Optimizer):
    """RMSProp (Tieleman and Hinton 2012); the authors of WGAN found it more stable than Adam.

    Args:
        rho: decay of the mean of squared gradients, in [0, 1).
        epsilon: a number above 0 that is added to the divisor.
    """

    learning_rate: Number = 5e-5
    rho: float = 0.99
    epsilon: float = 1e-7

    def make(self, learning_rate, **clipping) -> keras.optimizers.Optimizer:
        return keras.optimizers.RMSprop(learning_rate, self.rho, epsilon=self.epsilon, **clipping)


@dataclass
class SGD(Optimizer):
    """Stochastic gradient descent.

    Args:
        momentum: the momentum, in [0, 1); 0 for none.
        nesterov: whether the momentum takes Nesterov's form.
    """

    learning_rate: Number = 1e-2
    momentum: float = 0.0
    nesterov: bool = False

    def make(self, learning_rate, **clipping) -> keras.optimizers.Optimizer:
        return keras.optimizers.SGD(learning_rate, self.momentum, self.nesterov, **clipping)


@dataclass
class Nesterov(SGD):
    """Gradient descent with Nesterov's momentum (Sutskever et al. 2013).

    Args:
        momentum: the momentum, in [0, 1); 0 gives plain gradient descent.
    """

    momentum: float = 0.9
    nesterov: bool = True
