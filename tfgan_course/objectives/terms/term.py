from typing import ClassVar, Literal

import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.objectives.pair import Game, Pair


class Term(tf.Module):
    """What is added to a player's adversarial loss: `weight` times the scalar that `__call__` returns.

    A new term is a subclass with `__call__`. State it keeps between steps is held in `tf.Variable` attributes, made in
    `__init__` or `setup`, so that checkpoints carry it.

    Args:
        weight: factor of the term in the player's total loss.
    """

    per_image = False
    """Whether the term needs the critic to judge each image by itself, which BatchNormalization does not."""

    only_for: ClassVar[Literal["critic", "generator"] | None] = None
    """The player to whose loss alone the term can be added; None for either."""

    in_loss = True
    """Whether the term adds to the loss. One that works after the update, in `after_update`, does not."""

    def __init__(self, weight: float = 1.0):
        super().__init__()
        if not 0 <= weight < float("inf"):
            raise UserError(f"a term's weight must be a number of at least 0; got {weight}")
        self.weight = weight

    def __call__(self, pair: Pair) -> tf.Tensor:
        """Float32 scalar, before the weight. It is computed under the player's gradient tape."""
        raise NotImplementedError

    def logged(self, value: tf.Tensor) -> tf.Tensor:
        """What is logged of the value that `__call__` has returned."""
        return value

    def setup(self, gan: Game, player: str) -> None:
        """Make the term's variables, or refuse what cannot work; called once, with the finished networks.

        Args:
            gan: the GAN.
            player: `critic` or `generator`, whose loss the term is added to.

        Raises:
            UserError: if this player's loss is not `only_for`, or the networks are not such as the term needs.
        """
        if self.only_for not in (None, player):
            where = f"write it under {self.only_for}_terms"
            raise UserError(f"{type(self).__name__} is a term of the {self.only_for}: {where}")

    def after_update(self, gan: Game, gradients: list[tf.Tensor]) -> None:
        """Called after each update of the player, with the gradients that it was updated with."""
