import math
from collections.abc import Sequence
from typing import Literal

import tensorflow as tf

from tfgan_course.augmentation.augmentation import Augmentation, check_policy, check_probability
from tfgan_course.augmentation.pixels import gather_pixels, gray_projection, recolor, without_opacity
from tfgan_course.errors import require, require_at_least
from tfgan_course.randomness import Draws
from tfgan_course.replicas import mean_over_replicas, replica_variable, replicas
from tfgan_course.schedules import Number

Kind = Literal["x_flip", "rotation", "translation", "brightness", "contrast", "luma_flip", "hue", "saturation"]
BLITTING: tuple[Kind, ...] = ("x_flip", "rotation", "translation")
COLOR: tuple[Kind, ...] = ("brightness", "contrast", "luma_flip", "hue", "saturation")


class AdaptiveAugment(Augmentation):
    """Adaptive discriminator augmentation (Karras et al. 2020, arXiv:2006.06676, section 3 and appendix B).

    Each kind of change is applied to each image, real or generated, with probability p. p starts at 0 and follows
    the critic's overfitting, which r_t = E[sign(D(real))] measures (eq. 1): after every `every` critic updates

        p <- clip(p + sign(r_t - `target`) `every` batch / `images_to_full`, 0, 1)

    with the mean over these updates and over all replicas; p is logged as `augment_probability`. The paper has 18
    kinds. This class has the paper's pixel blitting and color transformations, with the paper's strengths and in the
    order of `policy`'s default. It leaves out noise, cutout, and the kinds that resample the image: scaling, rotation
    by any angle and filtering.

    Scores are relative to the loss's own threshold: 0 for losses with a sigmoid, the middle between the mean scores for
    a Wasserstein critic, whose zero is arbitrary.

    Args:
        policy: kinds of change. x_flip: exchange left and right in half the cases. rotation: by 0, 90, 180 or 270
            degrees; square images only. translation: up to an eighth of height and width, filled with the mirrored
            image.
            brightness: add N(0, 0.2^2). contrast: multiply all values by 2^N(0, 0.5^2). luma_flip: negate the pixel's
            mean over the channels in half the cases. hue: rotate the color by any angle about the gray axis.
            saturation: multiply the distance from that mean by 2^N(0, 1). Hue and saturation do not change gray images.
        target: target of r_t; p rises if r_t is above it and falls if r_t is below it.
        images_to_full: real images shown while p goes from 0 to 1, if it only rises.
        every: critic updates between changes of p.
        strength: p itself, in [0, 1], a number or a schedule; then nothing adapts it. None adapts it.

    Raises:
        UserError: for arguments out of their ranges, and, in the call, for rotation of images that are not square.
    """

    def __init__(
        self,
        policy: Sequence[Kind] = BLITTING + COLOR,
        target: float = 0.6,
        images_to_full: int = 500_000,
        every: int = 4,
        strength: Number | None = None,
    ):
        super().__init__()
        self.policy = check_policy(policy, BLITTING + COLOR)
        require(-1 < target < 1, "a target between -1 and 1, a mean of signs", target, "Set target to 0.6, for example")
        require_at_least(1, images_to_full=images_to_full, every=every)
        if strength is not None:
            check_probability("AdaptiveAugment's strength", strength)
        self.target, self.images_to_full, self.every, self.strength = target, images_to_full, every, strength
        self.probability, self.signs = replica_variable(0.0), replica_variable(0.0)
        self.updates = replica_variable(tf.constant(0, tf.int64))

    def __call__(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        if self.strength is not None:
            self.probability.assign(draws.now(self.strength))
        if set(self.policy) & set(BLITTING):
            images = self._blit(images, draws)
        if set(self.policy) & set(COLOR):
            images = self._recolor(images, draws)
        return images

    def check_image_size(self, height: int, width: int) -> None:
        remedy = f"Set policy to [{', '.join(kind for kind in self.policy if kind != 'rotation')}]"
        possible = height == width or "rotation" not in self.policy
        require(possible, "square images for AdaptiveAugment's rotation", f"{height}x{width} pixels", remedy)

    def _sometimes(self, kind: str, drawn: tf.Tensor, neutral: float, draws: Draws) -> tf.Tensor:
        """Return `drawn`, (batch, 1, 1), for the images that get this kind of change, and `neutral` for the others."""
        if kind not in self.policy:
            return tf.fill(tf.shape(drawn), neutral)
        changed = draws.uniform(tf.unstack(tf.shape(drawn)), f"{kind}_befalls") < self.probability
        return tf.where(changed, drawn, neutral)

    def _blit(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        per_image, (height, width) = [tf.shape(images)[0], 1, 1], images.shape[1:3]
        self.check_image_size(height, width)
        flips = self._sometimes("x_flip", tf.floor(2.0 * draws.uniform(per_image, "x_flip")), 0.0, draws)
        quarters = self._sometimes("rotation", tf.floor(4.0 * draws.uniform(per_image, "rotation")), 0.0, draws)
        moves = self._sometimes("translation", tf.ones(per_image), 0.0, draws)
        down, right = (
            tf.cast(tf.round(moves * (draws.uniform(per_image, stream) - 0.5) * length / 4.0), tf.int32)
            for stream, length in (("down", height), ("right", width))
        )
        # `row` and `column` lead from each new pixel back to its source, so the last change is undone first.
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
        if images.shape[-1] == 4:
            colors, opacity = without_opacity(images)
            return tf.concat([self._recolor(colors, draws), opacity], axis=-1)
        per_image, channels = [tf.shape(images)[0], 1, 1], images.shape[-1]
        brightness = self._sometimes("brightness", 0.2 * draws.normal(per_image, "brightness"), 0.0, draws)
        contrast = self._sometimes("contrast", 2.0 ** (0.5 * draws.normal(per_image, "contrast")), 1.0, draws)
        flips = self._sometimes("luma_flip", tf.floor(2.0 * draws.uniform(per_image, "luma_flip")), 0.0, draws)
        angle = self._sometimes("hue", math.tau * draws.uniform(per_image, "hue"), 0.0, draws)
        saturation = self._sometimes("saturation", 2.0 ** draws.normal(per_image, "saturation"), 1.0, draws)
        # None of the five color changes mixes the gray axis with the plane at right angles to it. So their product is a
        # gain along the axis, and a gain and a rotation in the plane.
        luma_gain = contrast * (1.0 - 2.0 * flips)
        gray = gray_projection(channels)
        across = tf.eye(channels) - gray
        turned = tf.cos(angle) * across
        if channels == 3:
            turned += tf.sin(angle) * tf.constant([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
        return recolor(images, luma_gain * gray + contrast * saturation * turned, luma_gain * brightness)

    def observe(self, real_score: tf.Tensor, fake_score: tf.Tensor) -> None:
        if self.strength is not None:
            return
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
        return {"augment_probability": tf.identity(self.probability)}


def _mirrored(index: tf.Tensor, length: int) -> tf.Tensor:
    """Return indices in 0 ... `length` - 1: indices outside are reflected at the center of the outermost pixel."""
    return length - 1 - tf.abs(length - 1 - tf.abs(index))
