"""Top-k: the generator learns from the generated images that the critic scores best."""

from dataclasses import dataclass, field

import tensorflow as tf

from tfgan_course.objectives.losses import AdversarialLoss
from tfgan_course.randomness import Draws
from tfgan_course.replicas import all_of_replicas, replicas
from tfgan_course.schedules import ExponentialDecay, Number, require_number


@dataclass
class TopK:
    """The generator minimizes its loss over the k best images of each batch (Sinha et al. 2020, arXiv:2002.06224).

    The others have no part in the adversarial loss and its gradient; terms still see all images. k is `share` times
    the images of the batch on all replicas, rounded, and at least 1. A score that is a map counts by its mean. Where a
    loss compares pairs, a generated image keeps its real partner.

    Args:
        share: k over the batch, above 0 and at most 1; a number or a schedule. Unless given, it falls from 1 by the
            factor 0.99 with every 50,000 real images, an epoch of CIFAR-10, down to 0.5.
    """

    share: Number = field(default_factory=lambda: ExponentialDecay(0.99, 0.5, start=1.0, every_images=50_000))

    def __post_init__(self):
        right = lambda number: 0 < number <= 1  # noqa: E731
        require_number("top_k's share", self.share, "above 0 and at most 1", right, "Set share to 0.5, for example")

    def generator_loss(self, loss: AdversarialLoss, fake: tf.Tensor, real: tf.Tensor | None, draws: Draws) -> tf.Tensor:
        """Return this replica's part of the mean loss over the k best images.

        Args:
            loss: a loss whose generator's loss is a mean over images, or over pairs.
            fake: scores of generated images, float32 (batch, ...).
            real: scores of real images in the same shape, or None.
            draws: the draws of the update, which know how many images were shown.
        """
        best, count = self._best(fake, draws)
        scores = (fake,) if real is None else (fake, real)
        # Each image alone, as a batch of one: the loss itself may return means only.
        each = tf.vectorized_map(lambda pair: loss.generator(*(score[tf.newaxis] for score in pair)), scores)
        # Replicas' losses are averaged, so each adds its part of the sum as often as there are replicas.
        return replicas() * tf.reduce_sum(best * each) / count

    def _best(self, fake: tf.Tensor, draws: Draws) -> tuple[tf.Tensor, tf.Tensor]:
        """Return 1 for each of this replica's images that is among the best of all replicas, else 0; and k."""
        own = tf.reduce_mean(tf.reshape(tf.stop_gradient(fake), [tf.shape(fake)[0], -1]), axis=1)
        scores, first = all_of_replicas(own)
        count = tf.maximum(1.0, tf.round(draws.now(self.share) * tf.cast(tf.size(scores), tf.float32)))
        # The rank of each image, 0 for the best; the earlier one of two equal scores is better.
        rank = tf.argsort(tf.argsort(scores, direction="DESCENDING", stable=True))
        own_rank = rank[first : first + tf.size(own)]
        return tf.cast(tf.cast(own_rank, tf.float32) < count, tf.float32), count
