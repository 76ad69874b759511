import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term


class ModeSeeking(Term):
    """Makes images of different latents differ (a generator's term).

    Mao et al. 2019, arXiv:1903.05628, eq. 3, minimized as in the authors' code: d_z(z1, z2) / d_I(G(z1), G(z2)), both
    distances mean absolute differences over the batch. G(z1) and G(z2) have the same classes and conditions.

    Args:
        weight: the paper's lambda.
    """

    only_for = "generator"  # the critic makes no images

    def setup(self, gan: Game, player: str) -> None:
        super().setup(gan, player)
        expected, remedy = "for ModeSeeking a generator that takes latents", "Leave ModeSeeking out, or add latents"
        require(gan.takes_latents, expected, "a generator without latents", remedy)

    def __call__(self, pair: Pair) -> tf.Tensor:
        fake = pair.fake
        given = {"labels": fake.labels, "condition": fake.condition}
        other = pair.gan.generate(pair.draws.part(), tf.shape(fake.images)[0], training=True, **given)
        image_distance = tf.reduce_mean(tf.abs(fake.images - other.images))
        latent_distance = tf.reduce_mean(tf.abs(fake.latents - other.latents))
        return 1.0 / (image_distance / latent_distance + 1e-5)
