import math
from collections.abc import Sequence
from typing import Literal

import tensorflow as tf

from tfgan_course.augmentation.augmentation import Augmentation, check_policy
from tfgan_course.augmentation.geometry import flip, rotate, translate_reflected
from tfgan_course.errors import UserError
from tfgan_course.randomness import Draws

BLITTING = ("x_flip", "rotation", "translation")
COLOR = ("brightness", "contrast", "luma_flip", "hue", "saturation")


class AdaptiveAugment(Augmentation):
    """Adaptive discriminator augmentation (Karras et al. 2020, arXiv:2006.06676, section 3 and appendix B).

    Each kind of change befalls each image, real or generated, with probability p. p starts at 0 and follows
    how much the critic overfits, which r_t = E[sign(D(real))] tells (eq. 1): after every `every` critic updates

        p <- clip(p + sign(r_t - `target`) `every` batch / `images_to_full`, 0, 1)

    with the mean over these updates and over all replicas. Of the paper's 18 kinds these are the pixel blitting and the
    color transformations, with its strengths; scaling, rotation by any angle and filtering, which resample the image,
    and noise and cutout are left out. The order is that of `policy`'s default.

    Scores are held against 0, as for losses with a sigmoid. With scores that have no zero, a Wasserstein critic's, r_t
    means nothing.

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

    needs_zero_threshold = True

    def __init__(
        self,
        policy: Sequence[
            Literal["x_flip", "rotation", "translation", "brightness", "contrast", "luma_flip", "hue", "saturation"]
        ] = BLITTING + COLOR,
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
        self.target = target
        self.images_to_full = images_to_full
        self.every = every
        # Every replica assigns the same values to a copy of its own.
        own = {
            "trainable": False,
            "synchronization": tf.VariableSynchronization.ON_READ,
            "aggregation": tf.VariableAggregation.ONLY_FIRST_REPLICA,
        }
        self.probability = tf.Variable(0.0, name="probability", **own)
        self.signs = tf.Variable(0.0, name="signs", **own)
        self.updates = tf.Variable(0, dtype=tf.int64, name="updates", **own)

    def __call__(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        """Changed images, in the shape of `images`."""
        images = self._blit(images, draws)
        return self._recolor(images, draws) if set(self.policy) & set(COLOR) else images

    def _sometimes(self, kind: str, drawn: tf.Tensor, neutral: float, draws: Draws) -> tf.Tensor:
        """`drawn`, (batch, 1, 1, 1), for the images that this kind of change befalls; `neutral` for the others."""
        if kind not in self.policy:
            return tf.fill(tf.shape(drawn), neutral)
        befallen = draws.uniform(tf.unstack(tf.shape(drawn)), f"{kind}_befalls") < self.probability
        return tf.where(befallen, drawn, neutral)

    def _blit(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        per_image, (height, width) = [tf.shape(images)[0], 1, 1, 1], images.shape[1:3]
        if "x_flip" in self.policy:
            flips = self._sometimes("x_flip", tf.floor(2.0 * draws.uniform(per_image, "x_flip")), 0.0, draws)
            images = flip(images, flips == 1.0)
        if "rotation" in self.policy:
            if height != width:
                raise UserError(
                    f"AdaptiveAugment rotates square images only; these are {height}x{width}. Write a policy without "
                    f"rotation: [{', '.join(kind for kind in self.policy if kind != 'rotation')}]"
                )
            quarters = self._sometimes("rotation", tf.floor(4.0 * draws.uniform(per_image, "rotation")), 0.0, draws)
            images = rotate(images, tf.cast(quarters, tf.int32))
        if "translation" in self.policy:
            befalls = self._sometimes("translation", tf.ones(per_image), 0.0, draws)[:, 0, 0, 0]
            down, right = (
                tf.cast(tf.round(befalls * (draws.uniform([per_image[0]], stream) - 0.5) * length / 4), tf.int32)
                for stream, length in (("down", height), ("right", width))
            )
            images = translate_reflected(images, down, right, (math.ceil(height / 8), math.ceil(width / 8)))
        return images

    def _recolor(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        # The paper multiplies 4x4 matrices. All of them keep the gray axis and the plane across it apart, so that two
        # gains, a shift and an angle say the same: color = luma + chroma.
        per_image = [tf.shape(images)[0], 1, 1, 1]
        brightness = self._sometimes("brightness", 0.2 * draws.normal(per_image, "brightness"), 0.0, draws)
        contrast = self._sometimes("contrast", 2.0 ** (0.5 * draws.normal(per_image, "contrast")), 1.0, draws)
        flips = self._sometimes("luma_flip", tf.floor(2.0 * draws.uniform(per_image, "luma_flip")), 0.0, draws)
        angle = self._sometimes("hue", math.tau * draws.uniform(per_image, "hue"), 0.0, draws)
        saturation = self._sometimes("saturation", 2.0 ** draws.normal(per_image, "saturation"), 1.0, draws)
        luma_gain = contrast * (1.0 - 2.0 * flips)
        luma = tf.reduce_mean(images, axis=-1, keepdims=True)
        recolored_luma = luma_gain * (luma + brightness)
        if images.shape[-1] == 1:
            return recolored_luma
        # The cross product with the axis (1, 1, 1) / sqrt(3) turns chroma by 90 degrees.
        across = (tf.roll(images, 1, axis=-1) - tf.roll(images, -1, axis=-1)) / math.sqrt(3.0)
        turned = tf.cos(angle) * (images - luma) + tf.sin(angle) * across
        return recolored_luma + contrast * saturation * turned

    def observe(self, real_score: tf.Tensor, fake_score: tf.Tensor) -> None:
        """Follows the sign of the critic's scores for real images, float32 (batch, ...)."""
        replica = tf.distribute.get_replica_context()
        sign = tf.reduce_mean(tf.sign(real_score))
        if replica.num_replicas_in_sync > 1:
            sign = replica.all_reduce(tf.distribute.ReduceOp.MEAN, sign)
        signs = self.signs + sign
        updates = self.updates + 1
        due = updates == self.every
        images = tf.cast(self.every * tf.shape(real_score)[0] * replica.num_replicas_in_sync, tf.float32)
        change = tf.sign(signs / self.every - self.target) * images / self.images_to_full
        changed = tf.clip_by_value(self.probability + change, 0.0, 1.0)
        self.probability.assign(tf.where(due, changed, self.probability))
        self.signs.assign(tf.where(due, 0.0, signs))
        self.updates.assign(tf.where(due, tf.zeros_like(updates), updates))

    def logs(self) -> dict[str, tf.Tensor]:
        """p, as `augment_probability`."""
        return {"augment_probability": tf.identity(self.probability)}
