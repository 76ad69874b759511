from abc import ABC, abstractmethod
from collections.abc import Sequence

import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.randomness import Draws
from tfgan_course.schedules import Number, require_number


class Augmentation(tf.Module, ABC):
    """Base class of random changes to images before the critic sees them.

    A new augmentation is a subclass with `__call__`. It keeps state between steps in `tf.Variable` attributes made in
    `__init__`, so that checkpoints contain it; for `tf.distribute`, make it inside the strategy's scope.
    """

    @abstractmethod
    def __call__(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        """Return changed images, in the shape of `images`. They may leave [-1, 1].

        The change must have first derivatives and, for gradient penalties, second derivatives.

        Args:
            images: float32 [-1, 1] (batch, height, width, channels); only the batch's size may be unknown before a
                step.
            draws: random numbers of this call.
        """

    def of_pairs(self, images: tf.Tensor, condition: tf.Tensor, draws: Draws) -> tuple[tf.Tensor, tf.Tensor]:
        """Return images and their conditions, which may have another size, both changed by the same random numbers."""
        return self(images, draws), self(condition, draws)

    def check_image_size(self, height: int, width: int) -> None:
        """Raise a `UserError` if images of this size cannot be changed. The base class raises none."""

    def observe(self, real_score: tf.Tensor, fake_score: tf.Tensor) -> None:
        """Observe the critic's scores in an update, float32 (batch, ...), minus the loss's threshold for "real".

        It is called once for each update, or for each part of an update if gradients are accumulated.
        """

    def logs(self) -> dict[str, tf.Tensor]:
        """Return float32 scalars to log, by name."""
        return {}


def check_policy(policy: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the policy; raise a `UserError` unless it names some of the known augmentations, each once."""
    valid = bool(policy) and len(set(policy)) == len(policy) and set(policy) <= set(known)
    require(valid, f"a policy of one or more of {', '.join(known)}, each once", list(policy), "Correct the list")
    return tuple(policy)


def check_probability(name: str, value: Number) -> None:
    """Raise a `UserError` unless a probability, a number or a schedule, is always in [0, 1]."""
    require_number(name, value, "from 0 to 1", lambda number: 0 <= number <= 1, "Write 0.5, for example")
