from collections.abc import Sequence

import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.randomness import Draws


class Augmentation(tf.Module):
    """What is done to images, at random, before the critic sees them.

    A new augmentation is a subclass with `__call__`. State it keeps between steps is held in `tf.Variable` attributes
    made in `__init__`, so that checkpoints carry it; for `tf.distribute` that must happen inside the strategy's scope.
    """

    def __call__(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        """Changed images, in the shape of `images`.

        Args:
            images: float32 [-1, 1] (batch, height, width, channels), all but the batch's size known before the step.
                What comes out may leave [-1, 1]. For generated images it must have first and, for gradient penalties,
                second derivatives.
            draws: random numbers of this call alone.
        """
        raise NotImplementedError

    def observe(self, real_score: tf.Tensor, fake_score: tf.Tensor) -> None:
        """What the critic said in an update, float32 (batch, ...) each, less the loss's threshold for "real".

        Called once for each update, or for each part of one where gradients are accumulated.
        """

    def logs(self) -> dict[str, tf.Tensor]:
        """Float32 scalars to log by name."""
        return {}


def check_policy(policy: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The policy, if it names some of the known augmentations, each once.

    Raises:
        UserError: if not.
    """
    if not policy or len(set(policy)) < len(policy) or not set(policy) <= set(known):
        raise UserError(f"policy must list some of {', '.join(known)}, each once; got {list(policy)}")
    return tuple(policy)
