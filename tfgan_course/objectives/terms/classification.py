"""Terms that train a critic to classify images, and the generator to make images of the right class."""

import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term


def cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Return the mean cross-entropy of the images that have a label; a label below 0 means that there is none.

    Args:
        logits: float32 (batch, classes).
        labels: int32 (batch,).
    """
    known = tf.cast(labels >= 0, tf.float32)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(labels, 0), logits)
    return tf.reduce_sum(losses * known) / tf.maximum(tf.reduce_sum(known), 1.0)


class RealClassification(Term):
    """Cross-entropy of the critic's class for real images (a critic's term).

    Odena, Olah and Shlens 2017, arXiv:1610.09585, eq. 3, first half. Images without a label do not count, so this is
    also the supervised part of semi-supervised training (Salimans et al. 2016, arXiv:1606.03498, section 5).
    """

    only_for = "critic"  # real images do not depend on the generator

    def setup(self, gan: Game, player: str) -> None:
        super().setup(gan, player)
        _needs_class_logits(self, gan)

    def __call__(self, pair: Pair) -> tf.Tensor:
        return cross_entropy(pair.real_output.class_logits, pair.real.labels)


class FakeClassification(Term):
    """Cross-entropy of the critic's class for generated images (a term for either player, in ACGAN for both).

    Odena, Olah and Shlens 2017, arXiv:1610.09585, eq. 3, second half.
    """

    def setup(self, gan: Game, player: str) -> None:
        _needs_class_logits(self, gan)
        expected = "for FakeClassification a generator that takes labels"
        remedy = "Write generator_conditioning: ConcatenatedOneHot, for example"
        require(gan.generator_takes_labels, expected, "a generator without labels", remedy)

    def __call__(self, pair: Pair) -> tf.Tensor:
        return cross_entropy(pair.fake_output.class_logits, pair.fake.labels)


def _needs_class_logits(term: Term, gan: Game) -> None:
    expected = f"for {type(term).__name__} a critic with class_logits"
    remedy = "Write critic_conditioning: AuxiliaryClassifier, for example"
    require(gan.critic_classifies, expected, "a critic that does not classify", remedy)
