"""Adversarial losses: what each player minimizes, as a function of the critic's scores.

Scores are float32 tensors of any shape with the batch first (one number an image, or a map of them for a critic that
judges patches); every loss is the mean over all of them. For the losses built on a probability the score is the logit.
"""

import math
from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import tensorflow as tf

from tfgan_course.errors import UserError


class AdversarialLoss(ABC):
    """Base of all adversarial losses. A new loss is a subclass with `critic` and `generator`.

    A loss that judges each image by its own score is better a subclass of `PointwiseLoss`, which label noise needs.
    """

    generator_needs_real: ClassVar[bool] = False
    """Whether `generator` needs the scores of real images. They cost a forward pass of the critic, so only if so."""
    compares_pairs: ClassVar[bool] = False
    """Whether score i of `real` is compared with score i of `fake`; a conditional GAN then makes pairs of one class."""

    @abstractmethod
    def critic(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Return the scalar that the critic minimizes, from its scores of real and of generated images."""

    @abstractmethod
    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        """Return the scalar that the generator minimizes.

        Args:
            fake: scores of generated images.
            real: scores of real images, if `generator_needs_real`; else None.
        """

    def threshold(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor | float:
        """Return the score above which an image counts as judged real, for the critic's accuracy. A logit's is 0."""
        return 0.0


class PointwiseLoss(AdversarialLoss):
    """Base of the losses of one score at a time. A new one is a subclass with `real`, `fake` and `generator`."""

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
            targets: the label of each image in the place of 1 (real) and 0 (generated), in the scores' shapes. A target
                t costs t `real` + (1 - t) `fake`: for cross-entropy that is a soft label; for least squares it is, up
                to a constant, the distance to the point between both labels.
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
    """Non-saturating loss (Goodfellow et al. 2014, arXiv:1406.2661, section 3): flipped labels for the generator.

    Critic: E[-log s(D(x))] + E[-log(1 - s(D(G(z))))]; generator: E[-log s(D(G(z)))], with s the sigmoid.
    """

    def real(self, score: tf.Tensor) -> tf.Tensor:
        """Binary cross-entropy with label 1."""
        return tf.nn.softplus(-score)

    def fake(self, score: tf.Tensor) -> tf.Tensor:
        """Binary cross-entropy with label 0."""
        return tf.nn.softplus(score)

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        """Binary cross-entropy of the generated images with label 1."""
        return tf.reduce_mean(tf.nn.softplus(-fake))


class Minimax(NonSaturating):
    """The original minimax game (Goodfellow et al. 2014, arXiv:1406.2661, eq. 1); its generator loss saturates.

    Critic as in `NonSaturating`; generator: E[log(1 - s(D(G(z))))], at most 0, whose gradient vanishes where the critic
    is sure.
    """

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        """What the critic gains on generated images, with the sign turned."""
        return -tf.reduce_mean(tf.nn.softplus(fake))


class LeastSquares(PointwiseLoss):
    """Least squares loss (Mao et al. 2017, arXiv:1611.04076, eq. 2).

    Critic: 1/2 E[(D(x) - b)^2] + 1/2 E[(D(G(z)) - a)^2]; generator: 1/2 E[(D(G(z)) - c)^2].

    Args:
        labels: (a, b, c): the score wanted of fakes, the score wanted of reals, and the score the generator wants for
            its fakes. Or one of the paper's two choices by name: `zero_one` is (0, 1, 1) (eq. 9), `pearson_chi2` is
            (-1, 1, 0) (eq. 8), which minimizes the Pearson chi-square divergence as b - c = 1 and b - a = 2.
    """

    NAMED: ClassVar = {"zero_one": (0.0, 1.0, 1.0), "pearson_chi2": (-1.0, 1.0, 0.0)}

    def __init__(self, labels: Literal["zero_one", "pearson_chi2"] | tuple[float, float, float] = "zero_one"):
        if isinstance(labels, str) and labels not in self.NAMED:
            raise UserError(f"labels must be one of {', '.join(self.NAMED)} or three numbers (a, b, c); got {labels!r}")
        self.labels = labels  # kept as an object that was made in Python is written down by its arguments
        self.a, self.b, self.c = self.NAMED[labels] if isinstance(labels, str) else labels
        if not all(math.isfinite(label) for label in (self.a, self.b, self.c)):
            raise UserError(f"labels (a, b, c) must be numbers; got {(self.a, self.b, self.c)}")
        if self.a >= self.b:
            raise UserError(f"labels (a, b, c): fakes' label a must be below reals' label b; got {(self.a, self.b)}")

    def real(self, score: tf.Tensor) -> tf.Tensor:
        """Half the squared distance to b."""
        return 0.5 * tf.square(score - self.b)

    def fake(self, score: tf.Tensor) -> tf.Tensor:
        """Half the squared distance to a."""
        return 0.5 * tf.square(score - self.a)

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        """Half the squared distance of fakes to c."""
        return 0.5 * tf.reduce_mean(tf.square(fake - self.c))

    def threshold(self, real: tf.Tensor, fake: tf.Tensor) -> float:
        """Midway between the two labels."""
        return (self.a + self.b) / 2


class Wasserstein(PointwiseLoss):
    """Wasserstein loss (Arjovsky, Chintala and Bottou 2017, arXiv:1701.07875, eq. 2-3).

    Critic: E[D(G(z))] - E[D(x)]; generator: -E[D(G(z))]. Only meaningful for a critic kept Lipschitz: by weight
    clipping, a gradient penalty or spectral normalization.
    """

    def real(self, score: tf.Tensor) -> tf.Tensor:
        """Minus the score."""
        return -score

    def fake(self, score: tf.Tensor) -> tf.Tensor:
        """The score."""
        return score

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        """Minus the mean score of the fakes."""
        return -tf.reduce_mean(fake)

    def threshold(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Midway between the mean scores: the zero of such a critic is arbitrary."""
        return (tf.reduce_mean(real) + tf.reduce_mean(fake)) / 2


class Hinge(PointwiseLoss):
    """Hinge loss (Lim and Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957, eq. 16-17).

    Critic: E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]; generator: -E[D(G(z))].
    """

    def real(self, score: tf.Tensor) -> tf.Tensor:
        """What is missing to 1."""
        return tf.nn.relu(1.0 - score)

    def fake(self, score: tf.Tensor) -> tf.Tensor:
        """What is above -1."""
        return tf.nn.relu(1.0 + score)

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        """Minus the mean score of the fakes."""
        return -tf.reduce_mean(fake)


class RelativisticPaired(AdversarialLoss):
    """Is the real image of a pair the better one? (Jolicoeur-Martineau 2019, arXiv:1807.00734, section 4.1)."""

    generator_needs_real = compares_pairs = True
    threshold = Wasserstein.threshold

    def critic(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Return E[-log s(D(x) - D(G(z)))], with s the sigmoid."""
        return tf.reduce_mean(tf.nn.softplus(fake - real))

    def generator(self, fake: tf.Tensor, real: tf.Tensor | None = None) -> tf.Tensor:
        """Return E[-log s(D(G(z)) - D(x))]."""
        return tf.reduce_mean(tf.nn.softplus(real - fake))
