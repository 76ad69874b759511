"""Top-k: the generator learns from the generated images that the critic scores best."""

from dataclasses import dataclass

import tensorflow as tf

from tfgan_course.errors import require, require_at_least
from tfgan_course.objectives.losses import AdversarialLoss
from tfgan_course.randomness import Draws
from tfgan_course.replicas import all_of_replicas, replicas


@dataclass
class TopK:
    """The generator minimizes its loss over the k best images of each batch (Sinha et al. 2020, arXiv:2002.06224).

    The others have no part in the adversarial loss and its gradient; terms still see all images. k falls over training:
    k = B max(lowest, decay^(images / every)), rounded, with B the images of the batch on all replicas and `images` the
    real images that the critic was shown. A score that is a map counts by its mean. Where a loss compares pairs, a
    generated image keeps its real partner.

    Args:
        lowest: the smallest share of a batch, above 0 and at most 1.
        decay: factor of the share, above 0 and at most 1; 1 keeps the share at 1.
        every: real images between two factors. The paper counts epochs; CIFAR-10's has 50,000 images.
    """

    lowest: float = 0.5
    decay: float = 0.99
    every: int = 50_000

    def __post_init__(self):
        for name, value in (("lowest", self.lowest), ("decay", self.decay)):
            expected = f"for top_k {name} a number above 0 and at most 1"
            require(0 < value <= 1, expected, repr(value), f"Write {name}: 0.5, for example")
        require_at_least(1, every=self.every)

    def share(self, images: tf.Tensor) -> tf.Tensor:
        """Return k / B before rounding, float32, after the critic was shown so many real images."""
        return tf.maximum(self.lowest, self.decay ** (tf.cast(images, tf.float32) / self.every))

    def generator_loss(self, loss: AdversarialLoss, fake: tf.Tensor, real: tf.Tensor | None, draws: Draws) -> tf.Tensor:
        """Return this replica's part of the mean loss over the k best images.

        Args:
            loss: a loss whose generator's loss is a mean over images, or over pairs.
            fake: scores of generated images, float32 (batch, ...).
            real: scores of real images in the same shape, or None.
            draws: the draws of the update, which know how many images were shown.
        """
        best, count = self._best(fake, draws.images_shown)
        scores = (fake,) if real is None else (fake, real)
        # Each image alone, as a batch of one: the loss itself may return means only.
        each = tf.vectorized_map(lambda pair: loss.generator(*(score[tf.newaxis] for score in pair)), scores)
        # Replicas' losses are averaged, so each adds its part of the sum as often as there are replicas.
        return replicas() * tf.reduce_sum(best * each) / count

    def _best(self, fake: tf.Tensor, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return 1 for each of this replica's images that is among the best of all replicas, else 0; and k."""
        own = tf.reduce_mean(tf.reshape(tf.stop_gradient(fake), [tf.shape(fake)[0], -1]), axis=1)
        scores, first = all_of_replicas(own)
        count = tf.maximum(1.0, tf.round(self.share(images) * tf.cast(tf.size(scores), tf.float32)))
        # The rank of each image, 0 for the best; the earlier one of two equal scores is better.
        rank = tf.argsort(tf.argsort(scores, direction="DESCENDING", stable=True))
        own_rank = rank[first : first + tf.size(own)]
        return tf.cast(tf.cast(own_rank, tf.float32) < count, tf.float32), count
