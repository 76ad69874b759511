"""Adversarial losses: what each player minimizes, as a function of the critic's scores.

Scores are float32 tensors of any shape with the batch first: one number for each image, or a map of numbers from a
critic that judges patches. Every loss is the mean over all scores. For losses built on a probability, the score is the
logit.
"""

import math
from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import tensorflow as tf

from tfgan_course.errors import require


class AdversarialLoss(ABC):
    """Base class of all adversarial losses. A new loss is a subclass with `critic` and `generator`.

    If the critic's loss is a mean over single scores, subclass `PointwiseLoss` instead: label noise needs it.
    """

    generator_needs_real: ClassVar[bool] = False
    """Whether `generator` needs the scores of real images. They cost one more forward pass of the critic, and a batch
    of real images that no update of the critic has seen."""
    compares_pairs: ClassVar[bool] = False
    """Whether score i of `real` is compared with score i of `fake`; a conditional GAN then pairs equal classes."""

    @abstractmethod
    def critic(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Return the scalar that the critic minimizes, from its scores of real and of generated images."""

    @abstractmethod
    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        """Return the scalar that the generator minimizes.

        Args:
            fake: scores of generated images.
            real: scores of real images if `generator_needs_real`, else None.
        """

    def threshold(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor | float:
        """Return the score above which the critic's accuracy counts an image as judged real; 0 for a logit."""
        return 0.0


class PointwiseLoss(AdversarialLoss):
    """Base class of losses that are means over single scores. A new one has `real`, `fake` and `generator`."""

    @abstractmethod
    def real(self, score: tf.Tensor) -> tf.Tensor:
        """Return the critic's loss for each score of a real image, in the shape of `score`."""

    @abstractmethod
    def fake(self, score: tf.Tensor) -> tf.Tensor:
        """Return the critic's loss for each score of a generated image, in the shape of `score`."""

    def critic(self, real: tf.Tensor, fake: tf.Tensor, targets: tuple[tf.Tensor, tf.Tensor] | None = None) -> tf.Tensor:
        """Return the scalar that the critic minimizes, from its scores of real and of generated images.

        Args:
            real: scores of real images.
            fake: scores of generated images.
            targets: a label for each image instead of 1 (real) and 0 (generated), in the scores' shapes. An image with
                the target t costs t `real` + (1 - t) `fake`. For cross-entropy this is a soft label; for least squares
                it is, up to a constant, the squared distance to a point between both labels.
        """
        if targets is None:
            return tf.reduce_mean(self.real(real)) + tf.reduce_mean(self.fake(fake))
        return tf.add_n(
            [
                tf.reduce_mean(target * self.real(score) + (1.0 - target) * self.fake(score))
                for score, target in zip((real, fake), targets, strict=True)
            ]
        )


class NonSaturating(PointwiseLoss):
    """Non-saturating loss (Goodfellow et al. 2014, arXiv:1406.2661, section 3): the generator's labels are flipped.

    Critic: E[-log s(D(x))] + E[-log(1 - s(D(G(z))))]; generator: E[-log s(D(G(z)))], with s the sigmoid.
    """

    def real(self, score: tf.Tensor) -> tf.Tensor:
        return tf.nn.softplus(-score)

    def fake(self, score: tf.Tensor) -> tf.Tensor:
        return tf.nn.softplus(score)

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        return tf.reduce_mean(tf.nn.softplus(-fake))


class Minimax(NonSaturating):
    """The original minimax game (Goodfellow et al. 2014, arXiv:1406.2661, eq. 1); its generator loss saturates.

    Critic as in `NonSaturating`; generator: E[log(1 - s(D(G(z))))], at most 0. The generator's gradient vanishes where
    the critic is sure.
    """

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        return -tf.reduce_mean(tf.nn.softplus(fake))


class LeastSquares(PointwiseLoss):
    """Least squares loss (Mao et al. 2017, arXiv:1611.04076, eq. 2).

    Critic: 1/2 E[(D(x) - b)^2] + 1/2 E[(D(G(z)) - a)^2]; generator: 1/2 E[(D(G(z)) - c)^2].

    Args:
        labels: three numbers (a, b, c): the critic moves the scores of generated images to a and of real ones to b; the
            generator moves the scores of its images to c. Or one of the paper's choices by name: `zero_one` is
            (0, 1, 1) (eq. 9); `pearson_chi2` is (-1, 1, 0) (eq. 8), which minimizes the Pearson chi-square divergence.
    """

    NAMED: ClassVar = {"zero_one": (0.0, 1.0, 1.0), "pearson_chi2": (-1.0, 1.0, 0.0)}

    def __init__(self, labels: Literal["zero_one", "pearson_chi2"] | tuple[float, float, float] = "zero_one"):
        self.labels = labels  # config.yaml describes an object by the attributes named after its arguments
        numbers = self.NAMED.get(labels) if isinstance(labels, str) else tuple(labels)
        right = numbers is not None and len(numbers) == 3 and all(map(math.isfinite, numbers))
        expected = f"for labels one of {', '.join(self.NAMED)}, or three numbers (a, b, c) with a below b"
        require(right and numbers[0] < numbers[1], expected, repr(labels), "Write labels: zero_one, for example")
        self.a, self.b, self.c = numbers

    def real(self, score: tf.Tensor) -> tf.Tensor:
        return 0.5 * tf.square(score - self.b)

    def fake(self, score: tf.Tensor) -> tf.Tensor:
        return 0.5 * tf.square(score - self.a)

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        return 0.5 * tf.reduce_mean(tf.square(fake - self.c))

    def threshold(self, real: tf.Tensor, fake: tf.Tensor) -> float:
        return (self.a + self.b) / 2


class Wasserstein(PointwiseLoss):
    """Wasserstein loss (Arjovsky, Chintala and Bottou 2017, arXiv:1701.07875, eq. 2-3).

    Critic: E[D(G(z))] - E[D(x)]; generator: -E[D(G(z))]. The loss needs a Lipschitz critic: use weight clipping, a
    gradient penalty or spectral normalization.
    """

    def real(self, score: tf.Tensor) -> tf.Tensor:
        return -score

    def fake(self, score: tf.Tensor) -> tf.Tensor:
        return score

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        return -tf.reduce_mean(fake)

    def threshold(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        # The middle between the two mean scores is used, because the scores of such a critic have no fixed zero.
        return (tf.reduce_mean(real) + tf.reduce_mean(fake)) / 2


class Hinge(PointwiseLoss):
    """Hinge loss (Lim and Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957, eq. 16-17).

    Critic: E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]; generator: -E[D(G(z))].
    """

    def real(self, score: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(1.0 - score)

    def fake(self, score: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(1.0 + score)

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        return -tf.reduce_mean(fake)


class RelativisticPaired(AdversarialLoss):
    """Relativistic loss of pairs (Jolicoeur-Martineau 2019, arXiv:1807.00734, section 4.1).

    Critic: E[-log s(D(x) - D(G(z)))]; generator: E[-log s(D(G(z)) - D(x))], with s the sigmoid.
    """

    generator_needs_real = compares_pairs = True
    threshold = Wasserstein.threshold

    def critic(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.nn.softplus(fake - real))

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        return tf.reduce_mean(tf.nn.softplus(real - fake))
