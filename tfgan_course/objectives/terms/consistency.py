import tensorflow as tf

from tfgan_course.augmentation import DiffAugment, RandomFlip
from tfgan_course.objectives.pair import Pair
from tfgan_course.objectives.terms.term import Term
from tfgan_course.schedules import Number


class ConsistencyRegularization(Term):
    """Gives an image the same score after a random flip and shift (a critic's term).

    Zhang et al. 2020 (CR-GAN), arXiv:1910.12027, eq. 3, for the last layer only, as in the authors' experiments:
    E[(D(x) - D(T(x)))^2]. T is a horizontal flip and a shift by up to an eighth of the image, drawn for each real
    image.

    Args:
        weight: the paper's lambda.
    """

    only_for = "critic"  # real images do not depend on the generator

    def __init__(self, weight: Number = 10.0):
        super().__init__(weight)
        self.transformations = [RandomFlip(), DiffAugment(["translation"])]

    def __call__(self, pair: Pair) -> tf.Tensor:
        images = pair.real.images
        for transformation in self.transformations:
            images = transformation(images, pair.draws.part())
        transformed = pair.judge(pair.real._replace(images=images)).score
        return tf.reduce_mean(tf.square(pair.real_output.score - transformed))
