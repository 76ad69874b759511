from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.schedules import Number, require_number


class Term(tf.Module, ABC):
    """Base class of the terms: a term adds `weight` times the scalar that `__call__` returns to a player's loss.

    A new term is a subclass with `__call__`. Its state between steps is held in `tf.Variable` attributes, made in
    `__init__` or `setup`, so that checkpoints save it.

    Args:
        weight: factor of the term in the player's total loss, at least 0; a number or a schedule.
    """

    per_image = False
    """Whether the term needs a critic that judges each image independently, without BatchNormalization."""

    only_for: ClassVar[Literal["critic", "generator"] | None] = None
    """The only player whose loss the term can be added to; None for either."""

    in_loss = True
    """Whether the term adds to the loss; a term that only works in `after_update` does not."""

    def __init__(self, weight: Number = 1.0):
        super().__init__()
        remedy = "Use 0 to log the term without training with it"
        name = f"{type(self).__name__}'s weight"
        require_number(name, weight, "of at least 0", lambda number: 0 <= number < float("inf"), remedy)
        self.weight = weight

    @property
    def trained(self) -> list[tf.Variable]:
        """The variables, made in `setup`, that the player's optimizer trains together with the player's network."""
        return []

    @abstractmethod
    def __call__(self, pair: Pair) -> tf.Tensor:
        """Return the term's value without its weight, a float32 scalar. The player's gradient tape records it."""

    def logged(self, value: tf.Tensor) -> tf.Tensor:
        """Return the figure to log; `value` is what `__call__` returned."""
        return value

    def setup(self, gan: Game, player: str) -> None:
        """Make the term's variables and check the networks; the GAN calls this once, when its networks are finished.

        Args:
            gan: the GAN.
            player: `critic` or `generator`: the term is added to this player's loss.

        Raises:
            UserError: if the term is for the other player only, or cannot work with these networks.
        """
        name, right = type(self).__name__, self.only_for in (None, player)
        expected = f"{name} among {self.only_for}_terms"
        require(right, expected, f"{name} among {player}_terms", f"Move it to {self.only_for}_terms")

    checksum: int | None = None
    """The checksum of what `begin` has read; a run is resumed only if it is the same again. None for nothing."""

    def begin(self) -> None:
        """Read what only a training needs, such as a network whose features are compared.

        The GAN calls this before its first step, perhaps several times, and not when a run is opened to look at it.

        Raises:
            UserError: if it cannot be read, or does not fit the networks.
        """

    def after_update(self, gan: Game, gradients: list[tf.Tensor]) -> None:
        """Do something after each update of the player; `gradients` are the gradients of the update."""


def check_initialized(term: Term) -> None:
    """Raise a `UserError` for a term whose `__init__` does not call that of `Term`."""
    name = type(term).__name__
    expected = f"for the term {name} an __init__ that calls super().__init__(weight)"
    require("weight" in vars(term), expected, "one that does not", f"Add this line to {name}.__init__")
