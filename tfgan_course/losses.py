"""Adversarial losses: what each player minimizes, as a function of the critic's scores.

Scores are float32 tensors of any shape with the batch first (one number an image, or a map of them for a critic that
judges patches); every loss is the mean over all of them. For the losses built on a probability the score is the logit.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import tensorflow as tf

from tfgan_course.errors import UserError


class AdversarialLoss(ABC):
    """Base of all adversarial losses. A new one is a subclass with `critic` and `generator`."""

    @abstractmethod
    def critic(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Scalar that the critic minimizes, from its scores of real and of generated images."""

    @abstractmethod
    def generator(self, fake: tf.Tensor) -> tf.Tensor:
        """Scalar that the generator minimizes, from the critic's scores of generated images."""

    def threshold(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor | float:
        """Score above which an image counts as judged real, for the critic's accuracy. A logit's is 0."""
        return 0.0


class NonSaturating(AdversarialLoss):
    """Non-saturating loss (Goodfellow et al. 2014, arXiv:1406.2661, section 3): flipped labels for the generator.

    Critic: E[-log s(D(x))] + E[-log(1 - s(D(G(z))))]; generator: E[-log s(D(G(z)))], with s the sigmoid.
    """

    def critic(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Binary cross-entropy with label 1 for real and 0 for generated images."""
        return tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))

    def generator(self, fake: tf.Tensor) -> tf.Tensor:
        """Binary cross-entropy of the generated images with label 1."""
        return tf.reduce_mean(tf.nn.softplus(-fake))


class Minimax(NonSaturating):
    """The original minimax game (Goodfellow et al. 2014, arXiv:1406.2661, eq. 1); its generator loss saturates.

    Critic as in `NonSaturating`; generator: E[log(1 - s(D(G(z))))], at most 0, whose gradient vanishes where the critic
    is sure.
    """

    def generator(self, fake: tf.Tensor) -> tf.Tensor:
        """What the critic gains on generated images, with the sign turned."""
        return -tf.reduce_mean(tf.nn.softplus(fake))


class LeastSquares(AdversarialLoss):
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
        self.a, self.b, self.c = self.NAMED[labels] if isinstance(labels, str) else labels
        if self.a >= self.b:
            raise UserError(f"labels (a, b, c): fakes' label a must be below reals' label b; got {(self.a, self.b)}")

    def critic(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Half the squared distances of reals to b and fakes to a."""
        return 0.5 * (tf.reduce_mean(tf.square(real - self.b)) + tf.reduce_mean(tf.square(fake - self.a)))

    def generator(self, fake: tf.Tensor) -> tf.Tensor:
        """Half the squared distance of fakes to c."""
        return 0.5 * tf.reduce_mean(tf.square(fake - self.c))

    def threshold(self, real: tf.Tensor, fake: tf.Tensor) -> float:
        """Midway between the two labels."""
        return (self.a + self.b) / 2


class Wasserstein(AdversarialLoss):
    """Wasserstein loss (Arjovsky, Chintala and Bottou 2017, arXiv:1701.07875, eq. 2-3).

    Critic: E[D(G(z))] - E[D(x)]; generator: -E[D(G(z))]. Only meaningful for a critic kept Lipschitz: by weight
    clipping, a gradient penalty or spectral normalization.
    """

    def critic(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Minus the estimate of the Wasserstein distance (up to the critic's Lipschitz constant)."""
        return tf.reduce_mean(fake) - tf.reduce_mean(real)

    def generator(self, fake: tf.Tensor) -> tf.Tensor:
        """Minus the mean score of the fakes."""
        return -tf.reduce_mean(fake)

    def threshold(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Midway between the mean scores: the zero of such a critic is arbitrary."""
        return (tf.reduce_mean(real) + tf.reduce_mean(fake)) / 2


class Hinge(AdversarialLoss):
    """Hinge loss (Lim and Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957, eq. 16-17).

    Critic: E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]; generator: -E[D(G(z))].
    """

    def critic(self, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        """Only scores within the margin of 1 contribute."""
        return tf.reduce_mean(tf.nn.relu(1.0 - real)) + tf.reduce_mean(tf.nn.relu(1.0 + fake))

    def generator(self, fake: tf.Tensor) -> tf.Tensor:
        """Minus the mean score of the fakes."""
        return -tf.reduce_mean(fake)
