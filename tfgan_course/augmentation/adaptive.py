import math
from collections.abc import Sequence
from typing import Literal

import tensorflow as tf

from tfgan_course.augmentation.augmentation import Augmentation, check_policy
from tfgan_course.augmentation.pixels import gather_pixels, gray_projection, recolor
from tfgan_course.errors import UserError
from tfgan_course.randomness import Draws
from tfgan_course.replicas import mean_over_replicas, replica_variable, replicas

Kind = Literal["x_flip", "rotation", "translation", "brightness", "contrast", "luma_flip", "hue", "saturation"]
BLITTING: tuple[Kind, ...] = ("x_flip", "rotation", "translation")
COLOR: tuple[Kind, ...] = ("brightness", "contrast", "luma_flip", "hue", "saturation")


class AdaptiveAugment(Augmentation):
    """Adaptive discriminator augmentation (Karras et al. 2020, arXiv:2006.06676, section 3 and appendix B).

    Each kind of change befalls each image, real or generated, with probability p, which starts at 0 and follows
    how much the critic overfits, which r_t = E[sign(D(real))] tells (eq. 1): after every `every` critic updates

        p <- clip(p + sign(r_t - `target`) `every` batch / `images_to_full`, 0, 1)

    with the mean over these updates and over all replicas. Of the paper's 18 kinds these are the pixel blitting and the
    color transformations, with its strengths; scaling, rotation by any angle and filtering, which resample the image,
    and noise and cutout are left out. The order is that of `policy`'s default.

    Scores are counted from the loss's own threshold: 0 for losses with a sigmoid, midway between the mean scores for a
    Wasserstein critic, whose zero is arbitrary.

    Args:
        policy: kinds of change. x_flip: left and right exchanged in half the cases. rotation: by 0, 90, 180 or 270
            degrees; square images only. translation: up to an eighth of height and width, the mirrored image coming in.
            brightness: plus N(0, 0.2^2). contrast: all values times 2^N(0, 0.5^2). luma_flip: the pixel's mean over the
            channels negated in half the cases. hue: color turned by any angle about the gray axis. saturation: the
            distance from that mean times 2^N(0, 1). Hue and saturation leave gray images alone.
        target: of r_t; p rises above it and falls below it.
        images_to_full: real images seen while p goes from 0 to 1, if it only rises.
        every: critic updates between changes of p.

    Raises:
        UserError: for arguments out of their ranges, and, when called, for rotation of images that are not square.
    """

    def __init__(
        self,
        policy: Sequence[Kind] = BLITTING + COLOR,
        target: float = 0.6,
        images_to_full: int = 500_000,
        every: int = 4,
    ):
        super().__init__()
        self.policy = check_policy(policy, BLITTING + COLOR)
        if not -1 < target < 1:
            raise UserError(f"AdaptiveAugment target is a mean of signs, between -1 and 1; got {target}")
        if images_to_full < 1:
            raise UserError(f"AdaptiveAugment images_to_full must be at least 1; got {images_to_full}")
        if every < 1:
            raise UserError(f"AdaptiveAugment every must be at least 1; got {every}")
        self.target, self.images_to_full, self.every = target, images_to_full, every
        self.probability, self.signs = replica_variable(0.0), replica_variable(0.0)
        self.updates = replica_variable(tf.constant(0, tf.int64))

    def __call__(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        """Return changed images, in the shape of `images`."""
        if set(self.policy) & set(BLITTING):
            images = self._blit(images, draws)
        if set(self.policy) & set(COLOR):
            images = self._recolor(images, draws)
        return images

    def _sometimes(self, kind: str, drawn: tf.Tensor, neutral: float, draws: Draws) -> tf.Tensor:
        """`drawn`, (batch, 1, 1), for the images that this kind of change befalls; `neutral` for the others."""
        if kind not in self.policy:
            return tf.fill(tf.shape(drawn), neutral)
        befallen = draws.uniform(tf.unstack(tf.shape(drawn)), f"{kind}_befalls") < self.probability
        return tf.where(befallen, drawn, neutral)

    def _blit(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        per_image, (height, width) = [tf.shape(images)[0], 1, 1], images.shape[1:3]
        if "rotation" in self.policy and height != width:
            raise UserError(
                f"AdaptiveAugment rotates square images only; these are {height}x{width}. Write a policy without "
                f"rotation: [{', '.join(kind for kind in self.policy if kind != 'rotation')}]"
            )
        flips = self._sometimes("x_flip", tf.floor(2.0 * draws.uniform(per_image, "x_flip")), 0.0, draws)
        quarters = self._sometimes("rotation", tf.floor(4.0 * draws.uniform(per_image, "rotation")), 0.0, draws)
        moves = self._sometimes("translation", tf.ones(per_image), 0.0, draws)
        down, right = (
            tf.cast(tf.round(moves * (draws.uniform(per_image, stream) - 0.5) * length / 4.0), tf.int32)
            for stream, length in (("down", height), ("right", width))
        )
        # From each new pixel back to the old one that it shows: what is done last is undone first.
        row = _mirrored(tf.range(height)[:, None] - down, height)
        column = _mirrored(tf.range(width) - right, width)
        row, column = row + tf.zeros_like(column), column + tf.zeros_like(row)
        odd = quarters % 2.0 == 1.0
        row, column = tf.where(odd, column, row), tf.where(odd, row, column)
        row = tf.where(quarters >= 2.0, height - 1 - row, row)
        column = tf.where((quarters == 1.0) | (quarters == 2.0), width - 1 - column, column)
        column = tf.where(flips == 1.0, width - 1 - column, column)
        return gather_pixels(images, row, column)

    def _recolor(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        per_image, channels = [tf.shape(images)[0], 1, 1], images.shape[-1]
        brightness = self._sometimes("brightness", 0.2 * draws.normal(per_image, "brightness"), 0.0, draws)
        contrast = self._sometimes("contrast", 2.0 ** (0.5 * draws.normal(per_image, "contrast")), 1.0, draws)
        flips = self._sometimes("luma_flip", tf.floor(2.0 * draws.uniform(per_image, "luma_flip")), 0.0, draws)
        angle = self._sometimes("hue", math.tau * draws.uniform(per_image, "hue"), 0.0, draws)
        saturation = self._sometimes("saturation", 2.0 ** draws.normal(per_image, "saturation"), 1.0, draws)
        # All five keep the gray axis and the plane across it apart, so that their product is a gain on the one, and a
        # gain and a rotation in the other.
        luma_gain = contrast * (1.0 - 2.0 * flips)
        gray = gray_projection(channels)
        across = tf.eye(channels) - gray
        turned = tf.cos(angle) * across
        if channels == 3:
            turned += tf.sin(angle) * tf.constant([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
        return recolor(images, luma_gain * gray + contrast * saturation * turned, luma_gain * brightness)

    def observe(self, real_score: tf.Tensor, fake_score: tf.Tensor) -> None:
        """Follow the sign of the critic's scores for real images."""
        signs = self.signs + mean_over_replicas(tf.reduce_mean(tf.sign(real_score)))
        updates = self.updates + 1
        due = updates == self.every
        images = tf.cast(self.every * tf.shape(real_score)[0] * replicas(), tf.float32)
        change = tf.sign(signs / self.every - self.target) * images / self.images_to_full
        changed = tf.clip_by_value(self.probability + change, 0.0, 1.0)
        self.probability.assign(tf.where(due, changed, self.probability))
        self.signs.assign(tf.where(due, 0.0, signs))
        self.updates.assign(tf.where(due, tf.zeros_like(updates), updates))

    def logs(self) -> dict[str, tf.Tensor]:
        """Return p, as `augment_probability`."""
        return {"augment_probability": tf.identity(self.probability)}


def _mirrored(index: tf.Tensor, length: int) -> tf.Tensor:
    """Indices that leave 0 ... `length` - 1, by less than `length`, reflected at the outermost pixel's center."""
    return length - 1 - tf.abs(length - 1 - tf.abs(index))
