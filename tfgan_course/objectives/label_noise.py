"""Label noise: smoothed, soft and flipped labels for the critic."""

import math
from dataclasses import dataclass

import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.randomness import Draws


@dataclass
class LabelNoise:
    """The labels that the critic is trained with: uniform in a range, some of them flipped.

    One-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4) is `real: [0.9, 0.9]`; ganhacks'
    soft labels (Chintala et al. 2016) are `real: [0.7, 1.2]`, `fake: [0.0, 0.3]`, its noisy labels a `flip_rate`. The
    generator's loss is never touched. With losses other than cross-entropy a label t stands for t times what a real
    image costs plus (1 - t) times what a generated one does.

    Args:
        real: range of the labels of real images; [1, 1] is the truth.
        fake: range of the labels of generated images; [0, 0] is the truth.
        flip_rate: share of images, real and generated, whose label t becomes 1 - t.
        flip_steps: training steps over which the rate falls linearly to 0; none keeps it.
    """

    real: tuple[float, float] = (1.0, 1.0)
    fake: tuple[float, float] = (0.0, 0.0)
    flip_rate: float = 0.0
    flip_steps: int | None = None

    def __post_init__(self):
        for name, bounds in (("real", self.real), ("fake", self.fake)):
            if len(bounds) != 2 or not all(map(math.isfinite, bounds)) or bounds[0] > bounds[1]:
                raise UserError(f"label_noise {name} must be two numbers [low, high]; got {list(bounds)}")
        if not 0 <= self.flip_rate <= 0.5:
            raise UserError(f"label_noise flip_rate must lie between 0 and 0.5; got {self.flip_rate}")
        if self.flip_steps is not None and self.flip_steps < 1:
            raise UserError(f"label_noise flip_steps must be at least 1, or none; got {self.flip_steps}")

    def targets(self, real: tf.Tensor, fake: tf.Tensor, draws: Draws) -> tuple[tf.Tensor, tf.Tensor]:
        """Labels for the scores of real and of generated images, one for each image, in the scores' shapes."""
        return (
            self._labels(self.real, tf.shape(real), draws.part()),
            self._labels(self.fake, tf.shape(fake), draws.part()),
        )

    def _labels(self, bounds: tuple[float, float], shape: tf.Tensor, draws: Draws) -> tf.Tensor:
        # One label an image, also where the critic gives a map of scores.
        per_image = [shape[0], *([1] * (shape.shape[0] - 1))]
        low, high = bounds
        labels = low + (high - low) * draws.uniform(per_image, "soft")
        rate = tf.constant(self.flip_rate)
        if self.flip_steps is not None:
            rate *= tf.maximum(0.0, 1.0 - tf.cast(draws.step, tf.float32) / self.flip_steps)
        flipped = draws.uniform(per_image, "flip") < rate
        return tf.broadcast_to(tf.where(flipped, 1.0 - labels, labels), shape)
