"""Loss scaling for float16."""

from collections.abc import Sequence

import tensorflow as tf

from tfgan_course.replicas import replica_variable

FIRST, SMALLEST, LARGEST = 2.0**10, 2.0**-24, 2.0**24


class LossScale(tf.Module):
    """Multiplies a player's loss before its gradients are taken (Micikevicius et al. 2018, arXiv:1710.03740, sec. 3.2).

    Gradients below 6e-8 become 0 in float16, so the loss is scaled up, and the float32 gradients are scaled down again.
    If a gradient on any replica is not finite, the update is skipped and the scale is halved, even below 1: gradients
    of a gradient penalty can exceed 65,504. After `every` good updates in a row the scale is doubled.

    Args:
        every: good updates in a row before the scale is doubled.
    """

    def __init__(self, every: int = 200):
        super().__init__()
        self.every = every
        self.scale = replica_variable(FIRST)
        self.good_updates = replica_variable(0.0)

    def apply(self, optimizer, gradients: Sequence[tf.Tensor | None], variables: Sequence) -> list[tf.Tensor | None]:
        """Update the variables with gradients of the scaled loss, or skip the update; then change the scale.

        Returns:
            The gradients of the unscaled loss, zeros if the update was skipped.
        """
        replica = tf.distribute.get_replica_context()
        known = [gradient for gradient in gradients if gradient is not None]
        bad = [tf.reduce_any(~tf.math.is_finite(tf.convert_to_tensor(gradient))) for gradient in known]
        bad = tf.cast(tf.reduce_any(bad), tf.float32)
        finite = (replica.all_reduce("SUM", bad) if replica.num_replicas_in_sync > 1 else bad) == 0.0

        def of_loss(gradient: tf.Tensor | None) -> tf.Tensor | None:
            if gradient is None:
                return None
            gradient = tf.convert_to_tensor(gradient)
            return tf.where(finite, gradient / tf.cast(self.scale, gradient.dtype), tf.zeros_like(gradient))

        gradients = [of_loss(gradient) for gradient in gradients]

        def update(*gradients: tf.Tensor | None) -> None:
            optimizer.apply_gradients(zip(gradients, variables, strict=True))

        def over_replicas(strategy, finite, *gradients) -> None:
            finite = strategy.experimental_local_results(finite)[0]

            def apply() -> tf.Tensor:
                strategy.extended.call_for_each_replica(update, args=gradients)
                return tf.constant(True)

            tf.cond(finite, apply, lambda: tf.constant(False))

        # The replicas synchronize in the update, so the condition must be outside the replicas.
        replica.merge_call(over_replicas, args=(finite, *gradients))
        grown = self.good_updates + 1.0 >= self.every
        scale = tf.where(grown, tf.minimum(2.0 * self.scale, LARGEST), self.scale)
        self.scale.assign(tf.where(finite, scale, tf.maximum(0.5 * self.scale, SMALLEST)))
        self.good_updates.assign(tf.where(finite & ~grown, self.good_updates + 1.0, 0.0))
        return gradients
