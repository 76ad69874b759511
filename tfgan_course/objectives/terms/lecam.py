import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term
from tfgan_course.replicas import mean_over_replicas, replica_variable
from tfgan_course.schedules import Number


class LeCam(Term):
    """LeCam regularization (Tseng et al. 2021, arXiv:2104.03310, eq. 5), for training on few images (a critic's term).

    E[(D(x) - a_F)^2] + E[(D(G(z)) - a_R)^2]: the term keeps the scores of real images near a_F, the moving average of
    the scores of generated ones, and the scores of generated images near a_R, the moving average of the scores of real
    images.

    Args:
        weight: the paper's lambda (0.3 for BigGAN on CIFAR-10, 3e-7 for StyleGAN2 on faces; section 4).
        decay: decay of the moving averages, in [0, 1).
    """

    only_for = "critic"

    def __init__(self, weight: Number = 0.3, decay: float = 0.99):
        super().__init__(weight)
        require(0 <= decay < 1, "for LeCam's decay a number in [0, 1)", decay, "Write decay: 0.99, for example")
        self.decay = decay

    def setup(self, gan: Game, player: str) -> None:
        super().setup(gan, player)
        self.averages = replica_variable([0.0, 0.0])
        self.updates = replica_variable(0.0)

    def __call__(self, pair: Pair) -> tf.Tensor:
        real, fake = pair.real_output.score, pair.fake_output.score
        means = mean_over_replicas(tf.stop_gradient(tf.stack([tf.reduce_mean(real), tf.reduce_mean(fake)])))
        updates = self.updates.assign_add(1.0)
        # The first values are plain means: an average that starts at 0 would pull every score towards 0.
        decay = tf.minimum(self.decay, 1.0 - 1.0 / updates)
        real_average, fake_average = tf.unstack(self.averages.assign(decay * self.averages + (1.0 - decay) * means))
        return tf.reduce_mean(tf.square(real - fake_average)) + tf.reduce_mean(tf.square(fake - real_average))
