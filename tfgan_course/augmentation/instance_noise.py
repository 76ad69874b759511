import tensorflow as tf

from tfgan_course.augmentation.augmentation import Augmentation
from tfgan_course.errors import UserError
from tfgan_course.randomness import Draws


class InstanceNoise(Augmentation):
    """Gaussian noise on what the critic sees (Sonderby et al. 2017, arXiv:1610.04490; number 13 of ganhacks).

    x + s n, n ~ N(0, 1) for each value, s = `std` max(0, 1 - step / `decay_steps`).

    Args:
        std: standard deviation at the first step, of pixels in [-1, 1].
        decay_steps: training steps over which it falls linearly to 0; none keeps it.
    """

    def __init__(self, std: float = 0.1, decay_steps: int | None = None):
        super().__init__()
        if not 0 <= std < float("inf"):
            raise UserError(f"InstanceNoise std must be a number of at least 0; got {std}")
        if decay_steps is not None and decay_steps < 1:
            raise UserError(f"InstanceNoise decay_steps must be at least 1, or none; got {decay_steps}")
        self.std, self.decay_steps = std, decay_steps

    def __call__(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        """Return changed images, in the shape of `images`."""
        std = tf.constant(self.std)
        if self.decay_steps is not None:
            # In whole numbers as far as it goes: float32 no longer counts single steps after 2^24.
            left = tf.maximum(self.decay_steps - draws.step, 0)
            std *= tf.cast(left, tf.float32) / self.decay_steps
        return images + std * draws.normal([tf.shape(images)[0], *images.shape[1:]], "noise")
