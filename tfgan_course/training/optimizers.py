"""Optimizers with typed arguments, so that a wrong value in a YAML file is an error where it is read.

Keras's own constructors take anything: a word for a learning rate would fail in the first training step.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.training.fused_adam import FusedAdam


@dataclass
class Optimizer(ABC):
    """Base of the optimizers a configuration can name. A new one is a dataclass, a subclass of this, with `build`.

    Args:
        learning_rate: above 0.

    Raises:
        UserError: for a number out of its range, as every subclass does.
    """

    learning_rate: float = 2e-4

    def __post_init__(self):
        self._check_above_zero("learning_rate")

    def _check_above_zero(self, name: str) -> None:
        if not 0 < getattr(self, name) < math.inf:  # NaN neither
            raise UserError(f"{type(self).__name__}: {name} must be above 0; got {getattr(self, name)}")

    def _check_decay(self, name: str) -> None:
        if not 0 <= getattr(self, name) < 1:
            raise UserError(f"{type(self).__name__}: {name} must be at least 0 and below 1; got {getattr(self, name)}")

    @abstractmethod
    def build(self) -> keras.optimizers.Optimizer:
        """A new Keras optimizer; call it inside the strategy's scope."""


@dataclass
class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, arXiv:1412.6980), with DCGAN's momentum.

    Args:
        learning_rate: above 0.
        beta_1: decay of the mean of gradients, in [0, 1).
        beta_2: decay of the mean of their squares, in [0, 1).
        epsilon: keeps the division finite; above 0.
    """

    beta_1: float = 0.5
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self):
        super().__post_init__()
        self._check_decay("beta_1")
        self._check_decay("beta_2")
        self._check_above_zero("epsilon")

    def build(self) -> keras.optimizers.Optimizer:
        """See `Optimizer.build`."""
        return FusedAdam(self.learning_rate, self.beta_1, self.beta_2, self.epsilon)


@dataclass
class RMSProp(Optimizer):
    """RMSProp (Tieleman and Hinton 2012), which WGAN's authors found steadier than Adam.

    Args:
        learning_rate: above 0.
        rho: decay of the mean of squared gradients, in [0, 1).
        epsilon: keeps the division finite; above 0.
    """

    learning_rate: float = 5e-5
    rho: float = 0.99
    epsilon: float = 1e-7

    def __post_init__(self):
        super().__post_init__()
        self._check_decay("rho")
        self._check_above_zero("epsilon")

    def build(self) -> keras.optimizers.Optimizer:
        """See `Optimizer.build`."""
        return keras.optimizers.RMSprop(self.learning_rate, self.rho, epsilon=self.epsilon)


@dataclass
class SGD(Optimizer):
    """Stochastic gradient descent.

    Args:
        learning_rate: above 0.
        momentum: in [0, 1); 0 for none.
        nesterov: Nesterov's form of the momentum.
    """

    learning_rate: float = 1e-2
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self):
        super().__post_init__()
        self._check_decay("momentum")

    def build(self) -> keras.optimizers.Optimizer:
        """See `Optimizer.build`."""
        return keras.optimizers.SGD(self.learning_rate, self.momentum, self.nesterov)
