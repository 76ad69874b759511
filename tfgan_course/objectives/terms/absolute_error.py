import tensorflow as tf

from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.condition import require_condition
from tfgan_course.objectives.terms.term import Term
from tfgan_course.schedules import Number


class AbsoluteError(Term):
    """Brings a generated image close to the real image of the same condition (a generator's term).

    The L1 loss of pix2pix (Isola et al. 2017, arXiv:1611.07004, eq. 3): E |y - G(x)|, the mean over pixels and colors,
    which are in [-1, 1].

    Args:
        weight: factor of the term; 100 in the paper.
    """

    only_for = "generator"

    def __init__(self, weight: Number = 100.0):
        super().__init__(weight)

    def setup(self, gan: Game, player: str) -> None:
        super().setup(gan, player)
        require_condition(self, gan)

    def __call__(self, pair: Pair) -> tf.Tensor:
        return tf.reduce_mean(tf.abs(pair.real.images - pair.fake.images))
