"""Label noise: smoothed, soft and flipped labels for the critic."""

import math
from dataclasses import dataclass

import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.randomness import Draws


@dataclass
class LabelNoise:
    """Noise in the labels with which the critic is trained: they are uniform in a range, and some are flipped.

    One-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4) is `real: [0.9, 0.9]`. The soft
    labels of ganhacks (Chintala et al. 2016) are `real: [0.7, 1.2]`, `fake: [0.0, 0.3]`, and its noisy labels are a
    `flip_rate`. The generator's loss does not change. With losses other than cross-entropy, an image with the label t
    costs t times the loss of a real image plus (1 - t) times the loss of a generated one.

    Args:
        real: range of the labels of real images; [1, 1] adds no noise.
        fake: range of the labels of generated images; [0, 0] adds no noise.
        flip_rate: share of images, real and generated, whose label t becomes 1 - t.
        flip_steps: training steps over which the rate falls linearly to 0; None keeps it constant.
    """

    real: tuple[float, float] = (1.0, 1.0)
    fake: tuple[float, float] = (0.0, 0.0)
    flip_rate: float = 0.0
    flip_steps: int | None = None

    def __post_init__(self):
        for name, bounds in (("real", self.real), ("fake", self.fake)):
            right = len(bounds) == 2 and all(map(math.isfinite, bounds)) and bounds[0] <= bounds[1]
            expected = f"for label_noise {name} two numbers, the lower one first"
            require(right, expected, list(bounds), f"Write {name}: [0.9, 1.0], for example")
        rate, steps = self.flip_rate, self.flip_steps
        require(0 <= rate <= 0.5, "for label_noise flip_rate a number from 0 to 0.5", rate, "Write 0.05, for example")
        right = steps is None or steps >= 1
        require(right, "for label_noise flip_steps at least 1", steps, "Leave it out for a constant rate")

    def targets(self, real: tf.Tensor, fake: tf.Tensor, draws: Draws) -> tuple[tf.Tensor, tf.Tensor]:
        """Return a label for each image, real and generated, in the shapes of the scores `real` and `fake`."""
        real = self._labels(self.real, tf.shape(real), draws.part())
        return real, self._labels(self.fake, tf.shape(fake), draws.part())

    def _labels(self, bounds: tuple[float, float], shape: tf.Tensor, draws: Draws) -> tf.Tensor:
        # One label for each image, even if the critic gives a map of scores.
        per_image = [shape[0], *([1] * (shape.shape[0] - 1))]
        low, high = bounds
        labels = low + (high - low) * draws.uniform(per_image, "soft")
        rate = tf.constant(self.flip_rate)
        if self.flip_steps is not None:
            rate *= tf.maximum(0.0, 1.0 - tf.cast(draws.step, tf.float32) / self.flip_steps)
        flipped = draws.uniform(per_image, "flip") < rate
        return tf.broadcast_to(tf.where(flipped, 1.0 - labels, labels), shape)
