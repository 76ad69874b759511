"""Penalties on the gradient of the critic's score with respect to its input image."""

import tensorflow as tf

from tfgan_course.objectives.pair import Batch, Pair
from tfgan_course.objectives.terms.term import Term
from tfgan_course.replicas import mean_over_replicas
from tfgan_course.schedules import Number


def squared_gradient_norms(pair: Pair, batch: Batch) -> tf.Tensor:
    """Return the squared Euclidean norm of the score's gradient at each image.

    Args:
        pair: the pair, which has the critic.
        batch: the images, float32 (batch, height, width, channels), and the critic's other inputs.

    Returns:
        Float32 (batch,), differentiable with respect to the critic's weights, because the tape of this function runs
        inside the tape of the step.
    """
    images = batch.images
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        score = pair.judge(batch).score
    gradient = tf.cast(tape.gradient(score, images), tf.float32)
    return tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3])


def deviation_from_one(squared_norms: tf.Tensor, one_sided: bool = False) -> tf.Tensor:
    """Return E[(||g|| - 1)^2], or E[max(0, ||g|| - 1)^2] if one-sided, from the squared norms ||g||^2 (batch,)."""
    # The gradient of a square root is infinite at 0.
    deviation = tf.sqrt(squared_norms + 1e-12) - 1.0
    return tf.reduce_mean(tf.square(tf.nn.relu(deviation) if one_sided else deviation))


class GradientPenalty(Term):
    """WGAN-GP's penalty (Gulrajani et al. 2017, arXiv:1704.00028, eq. 3).

    E[(||grad D(x^)||_2 - 1)^2] at x^ = e x + (1 - e) G(z), e ~ U[0, 1] drawn for each image. A critic that takes
    labels judges x^ with the label of x; with `fake_labels: real` G(z) has the same label.

    Args:
        weight: the paper's lambda.
        one_sided: penalize only norms above 1 (section 4 of the paper).
    """

    per_image = True

    def __init__(self, weight: Number = 10.0, one_sided: bool = False):
        super().__init__(weight)
        self.one_sided = one_sided

    def __call__(self, pair: Pair) -> tf.Tensor:
        e = pair.draws.uniform([tf.shape(pair.real.images)[0], 1, 1, 1], "gradient_penalty")
        interpolates = e * pair.real.images + (1.0 - e) * pair.fake.images
        return deviation_from_one(squared_gradient_norms(pair, pair.real._replace(images=interpolates)), self.one_sided)


class DRAGAN(Term):
    """DRAGAN's penalty (Kodali et al. 2017, arXiv:1705.07215, section 2.3): WGAN-GP's, but near real images.

    E[(||grad D(x + d)||_2 - 1)^2]. d is uniform noise around 0 in an interval of `noise` standard deviations of the
    batch's pixels. (The authors' code draws positive noise only.)

    Args:
        weight: the paper's lambda.
        noise: width of the noise, in standard deviations of the real batch.
    """

    per_image = True

    def __init__(self, weight: Number = 10.0, noise: float = 1.0):
        super().__init__(weight)
        self.noise = noise

    def __call__(self, pair: Pair) -> tf.Tensor:
        real = pair.real.images
        noise = pair.draws.uniform(tf.unstack(tf.shape(real)), "dragan") - 0.5
        mean = mean_over_replicas(tf.reduce_mean(real))
        deviation = tf.sqrt(mean_over_replicas(tf.reduce_mean(tf.square(real - mean))))
        perturbed = real + self.noise * deviation * noise
        return deviation_from_one(squared_gradient_norms(pair, pair.real._replace(images=perturbed)))


class R1(Term):
    """Zero-centered gradient penalty at real images (Mescheder, Geiger and Nowozin 2018, arXiv:1801.04406, eq. 9).

    1/2 E[||grad D(x)||^2].

    Args:
        weight: the paper's gamma.
    """

    per_image = True

    def __init__(self, weight: Number = 10.0):
        super().__init__(weight)

    def __call__(self, pair: Pair) -> tf.Tensor:
        return 0.5 * tf.reduce_mean(squared_gradient_norms(pair, pair.real))


class R2(R1):
    """Zero-centered gradient penalty at generated images (Mescheder et al. 2018, arXiv:1801.04406, eq. 10).

    1/2 E[||grad D(G(z))||^2].

    Args:
        weight: the paper's gamma.
    """

    def __call__(self, pair: Pair) -> tf.Tensor:
        return 0.5 * tf.reduce_mean(squared_gradient_norms(pair, pair.fake))
