"""Classifying images, for a critic that also tells the class."""

import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.objectives.pair import Game, Pair
from tfgan_course.objectives.terms.term import Term


def cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Mean over the images that have a label; labels below 0 mean none.

    Args:
        logits: float32 (batch, classes).
        labels: int32 (batch,).
    """
    known = tf.cast(labels >= 0, tf.float32)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(labels, 0), logits)
    return tf.reduce_sum(losses * known) / tf.maximum(tf.reduce_sum(known), 1.0)


class RealClassification(Term):
    """Cross-entropy of the critic's class for real images (a critic's term).

    Odena, Olah and Shlens 2017, arXiv:1610.09585, eq. 3, first half. Images without a label count nothing, which makes
    it the supervised part of semi-supervised training (Salimans et al. 2016, arXiv:1606.03498, section 5) as well.
    """

    only_for = "critic"  # the generator has no part in real images

    def setup(self, gan: Game, player: str) -> None:
        """Refuse a critic that tells no classes."""
        super().setup(gan, player)
        _needs_class_logits(self, gan)

    def __call__(self, pair: Pair) -> tf.Tensor:
        """Return the term, a float32 scalar."""
        return cross_entropy(pair.real_output.class_logits, pair.real.labels)


class FakeClassification(Term):
    """Cross-entropy of the critic's class for generated images (a term for either player, in ACGAN for both).

    Odena, Olah and Shlens 2017, arXiv:1610.09585, eq. 3, second half.
    """

    def setup(self, gan: Game, player: str) -> None:
        """Refuse a critic that tells no classes, and a generator that makes none."""
        _needs_class_logits(self, gan)
        if not gan.generator_takes_labels:
            remedy = "write generator_conditioning: ConcatenatedOneHot"
            raise UserError(f"FakeClassification needs a generator that is told the class to make: {remedy}")

    def __call__(self, pair: Pair) -> tf.Tensor:
        """Return the term, a float32 scalar."""
        return cross_entropy(pair.fake_output.class_logits, pair.fake.labels)


def _needs_class_logits(term: Term, gan: Game) -> None:
    if not gan.critic_classifies:
        raise UserError(
            f"{type(term).__name__} needs a critic that tells the class: write critic_conditioning: AuxiliaryClassifier"
        )
