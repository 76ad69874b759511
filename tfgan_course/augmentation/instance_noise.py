import tensorflow as tf

from tfgan_course.augmentation.augmentation import Augmentation
from tfgan_course.errors import require, require_at_least
from tfgan_course.randomness import Draws
from tfgan_course.schedules import Number, Schedule, require_number


class InstanceNoise(Augmentation):
    """Gaussian noise on the critic's images (Sonderby et al. 2017, arXiv:1610.04490; number 13 of ganhacks).

    x + s n, n ~ N(0, 1) for each value, s = `std` max(0, 1 - step / `decay_steps`).

    Args:
        std: standard deviation at the first step, of pixels in [-1, 1]; a number or a schedule.
        decay_steps: training steps over which the noise falls linearly to 0, in the place of a schedule. None: it stays
            constant.
    """

    def __init__(self, std: Number = 0.1, decay_steps: int | None = None):
        super().__init__()
        in_range = lambda number: 0 <= number < float("inf")  # noqa: E731
        require_number("InstanceNoise's std", std, "of at least 0", in_range, "Set std to 0.1, for example")
        one = decay_steps is None or not isinstance(std, Schedule)
        require(one, "for InstanceNoise a scheduled std or decay_steps", "both", "Leave decay_steps out")
        require_at_least(1, decay_steps=decay_steps)
        self.std, self.decay_steps = std, decay_steps

    def __call__(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        std = tf.convert_to_tensor(draws.now(self.std))
        if self.decay_steps is not None:
            # The step stays an integer as long as possible, because float32 cannot count single steps above 2^24.
            left = tf.maximum(self.decay_steps - draws.step, 0)
            std *= tf.cast(left, tf.float32) / self.decay_steps
        return images + std * draws.normal([tf.shape(images)[0], *images.shape[1:]], "noise")
