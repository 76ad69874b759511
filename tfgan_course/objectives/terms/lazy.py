import copy

import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term, check_initialized
from tfgan_course.replicas import mean_over_replicas, replica_variable


class Lazy(Term):
    """Lazy regularization: computes another term only in every n-th step, and multiplies it by n.

    Karras et al. 2020 (StyleGAN2), arXiv:1912.04958, section 3.1 and appendix B. The expected gradient is that of the
    term itself. The term is computed in the steps 0, `every`, 2 `every`...; its figure, logged under its own name, is
    the last computed value, without the factor `every`.

    The paper also multiplies Adam's learning rate by c and raises its betas to the power of c, with
    c = every / (every + 1). Write these numbers under the player's optimizer.

    Args:
        term: the term, with its own weight.
        every: steps between two computations; at least 1.

    Raises:
        UserError: if `every` is below 1, or the term adds nothing to the loss.
    """

    def __init__(self, term: Term, every: int = 16):
        check_initialized(term)
        require(every >= 1, "for Lazy's every at least 1 step", every, "Write every: 16, for example")
        name = type(term).__name__
        require(term.in_loss, "for Lazy a term that adds to the loss", name, f"Use {name} without Lazy")
        super().__init__(term.weight)
        self.term, self.every = term, every
        self.per_image = term.per_image

    @property
    def name(self) -> str:
        return self.term.name

    @property
    def trained(self) -> list[tf.Variable]:
        return self.term.trained

    def setup(self, gan: Game, player: str) -> None:
        self.term.setup(gan, player)
        self.last = replica_variable(0.0)

    def __call__(self, pair: Pair) -> tf.Tensor:
        # The term gets a copy of the pair, because critic outputs that are cached inside tf.cond exist in that branch
        # only. It gets separate draws, so that later terms draw the same numbers in every step.
        own = copy.copy(pair)
        own.draws = pair.draws.part()
        self.due = tf.equal(pair.draws.step % self.every, 0)
        return tf.cond(self.due, lambda: float(self.every) * self.term(own), lambda: tf.constant(0.0))

    def logged(self, value: tf.Tensor) -> tf.Tensor:
        value = tf.where(self.due, value / self.every, self.last)
        self.last.assign(mean_over_replicas(value))
        return value

    def after_update(self, gan: Game, gradients: list[tf.Tensor]) -> None:
        self.term.after_update(gan, gradients)
