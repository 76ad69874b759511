import tensorflow as tf

from tfgan_course.augmentation import DiffAugment, RandomFlip
from tfgan_course.objectives.pair import Pair
from tfgan_course.objectives.terms.term import Term


class ConsistencyRegularization(Term):
    """The critic should think the same of an image however it is flipped or shifted (a critic's term).

    Zhang et al. 2020 (CR-GAN), arXiv:1910.12027, eq. 3, on the last layer only, as the authors use it: E[(D(x) -
    D(T(x)))^2], T a horizontal flip and a shift by up to an eighth of the image, drawn for each real image.

    Args:
        weight: the paper's lambda.
    """

    only_for = "critic"  # the generator has no part in real images

    def __init__(self, weight: float = 10.0):
        super().__init__(weight)
        self.transformations = [RandomFlip(), DiffAugment(["translation"])]

    def __call__(self, pair: Pair) -> tf.Tensor:
        """Return the term, a float32 scalar."""
        images = pair.real.images
        for transformation in self.transformations:
            images = transformation(images, pair.draws.part())
        transformed = pair.judge(pair.real._replace(images=images)).score
        return tf.reduce_mean(tf.square(pair.real_output.score - transformed))
