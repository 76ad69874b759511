import copy

import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term
from tfgan_course.replicas import mean_over_replicas, replica_variable


class Lazy(Term):
    """Another term, in one step of `every` only and then that many times as strong: lazy regularization.

    Karras et al. 2020 (StyleGAN2), arXiv:1912.04958, section 3.1 and appendix B. In expectation the gradient is that of
    the term itself; in the steps between nothing of it is computed. Steps 0, `every`, 2 `every`... are the ones.

    Logged, under the term's name, is the term's value when it was last computed, not times `every`.

    The paper also takes Adam's learning rate times c and its betas to the power of c, c = every / (every + 1), as if
    the term had steps of its own: write these numbers under the player's optimizer.

    Args:
        term: what is computed; its weight counts.
        every: steps.

    Raises:
        UserError: `every` is below 1, or the term works after the update, not in the loss.
    """

    def __init__(self, term: Term, every: int = 16):
        if every < 1:
            raise UserError(f"Lazy's every is a number of steps, at least 1; got {every}")
        if not term.in_loss:
            name = type(term).__name__
            raise UserError(f"Lazy leaves a term out of the loss, but {name} adds nothing to it: use {name} by itself")
        super().__init__(term.weight)
        self.term, self.every = term, every
        self.per_image = term.per_image

    @property
    def name(self) -> str:
        """The term's own."""
        return self.term.name

    def setup(self, gan: Game, player: str) -> None:
        """The term's, and a variable for what is logged."""
        self.term.setup(gan, player)
        self.last = replica_variable(0.0)

    def __call__(self, pair: Pair) -> tf.Tensor:
        """Return `every` times the term, a float32 scalar, or 0."""
        # A pair of its own: what it keeps of the critic's answers exists in those steps alone. And draws of their own,
        # so that later terms draw the same numbers in every step.
        own = copy.copy(pair)
        own.draws = pair.draws.part()
        self.due = tf.equal(pair.draws.step % self.every, 0)
        return tf.cond(self.due, lambda: float(self.every) * self.term(own), lambda: tf.constant(0.0))

    def logged(self, value: tf.Tensor) -> tf.Tensor:
        """The term's value when it was last computed."""
        value = tf.where(self.due, value / self.every, self.last)
        self.last.assign(mean_over_replicas(value))
        return value

    def after_update(self, gan: Game, gradients: list[tf.Tensor]) -> None:
        """The term's."""
        self.term.after_update(gan, gradients)
