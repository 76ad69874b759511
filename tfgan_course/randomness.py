"""Random numbers that depend only on seed, step and stream.

So a run resumed from a checkpoint draws the same numbers as an uninterrupted run. The number of replicas changes
nothing either: each draw is made for the global batch, and every replica takes its slice. If gradients are accumulated,
each part of a batch takes its slice in the same way. XLA makes different numbers from the same keys.
"""

import copy
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import tensorflow as tf

from tfgan_course.schedules import Number, TrainingLength, current

_fold_in = tf.random.experimental.stateless_fold_in


class Draws:
    """The random numbers of one update, one stream for each name; the streams share one key.

    Args:
        seed: the run's seed.
        step: int64 scalar tensor, the number of the training step.
        scope: name of the update within the step.
        images_shown: int64 scalar tensor, how many real images the critic was shown in earlier steps. Default: `step`.
        length: the length of the training, if it is known.
    """

    def __init__(
        self,
        seed: int,
        step: tf.Tensor,
        scope: str,
        images_shown: tf.Tensor | None = None,
        length: TrainingLength | None = None,
    ):
        self.step = tf.cast(step, tf.int64)
        """The number of the training step, for terms and augmentations that change over time."""
        self.images_shown = self.step if images_shown is None else images_shown
        """How many real images the critic was shown before this step, for networks that grow."""
        self.length = length
        """The length of the training, for schedules that end with it; None if it is not known."""
        self._root = _fold_in(tf.constant([seed, zlib.crc32(scope.encode())], tf.int64), step)
        self._parts = 0
        self._share = (0, 1)

    def part(self) -> "Draws":
        """Return separate draws for a part of the update: different at each call, but equal in each run."""
        self._parts += 1
        part = copy.copy(self)
        part._parts, part._root = 0, _fold_in(self._root, self._parts)
        return part

    def share(self, index: int, count: int) -> "Draws":
        """Return these draws, cut to part `index` (from 0) of `count` equal parts of this replica's batch."""
        share = copy.copy(self)
        share._share = (index, count)
        return share

    def now(self, value: Number) -> float | tf.Tensor:
        """Return a number, or the value of a schedule in this step, a float32 scalar."""
        return current(value, self.images_shown, self.length)

    def normal(self, shape: Sequence[int | tf.Tensor], stream: str) -> tf.Tensor:
        """Return float32 standard normal numbers. `shape` is the shape on this replica, batch first."""
        return self._slice_of_global_batch(tf.random.stateless_normal, shape, stream)

    def uniform(self, shape: Sequence[int | tf.Tensor], stream: str) -> tf.Tensor:
        """Return float32 numbers uniform in [0, 1). `shape` is the shape on this replica, batch first."""
        return self._slice_of_global_batch(tf.random.stateless_uniform, shape, stream)

    def _slice_of_global_batch(self, draw: Callable, shape: Sequence, stream: str) -> tf.Tensor:
        key = _fold_in(self._root, zlib.crc32(stream.encode()))
        replica, (index, count) = tf.distribute.get_replica_context(), self._share
        # Without a replica a network is being built, not run: Keras 2 calls its layers outside of the replicas.
        if replica is None or replica.num_replicas_in_sync * count == 1:
            return draw(shape, seed=key)
        batch, *rest = shape
        everything = draw([batch * count * replica.num_replicas_in_sync, *rest], seed=key)
        first = (replica.replica_id_in_sync_group * count + index) * batch
        return everything[first : first + batch]


_layers_draws: ContextVar[tuple[Draws, Callable] | None] = ContextVar("layers_draws", default=None)


@contextmanager
def drawn_by_layers(draws: Draws, latents_of_normal: Callable = tf.identity) -> Iterator[None]:
    """Let layers inside the block take their random numbers from `draws`: dropout, the noise of a style generator.

    Keras's own layers keep a random state that checkpoints miss.

    Args:
        draws: the draws of the update.
        latents_of_normal: function that turns standard normal numbers (batch, size) into this training's latents.
    """
    token = _layers_draws.set((draws, latents_of_normal))
    try:
        yield
    finally:
        _layers_draws.reset(token)


def layers_draws() -> Draws:
    """Return separate draws for a layer in training, different at each call."""
    if _layers_draws.get() is None:
        # This is outside a GAN's step: a layer is called alone, or a model is trained with Keras alone.
        seed = tf.random.uniform([], maxval=2**31 - 1, dtype=tf.int64)
        return Draws(0, seed, "layer")
    return _layers_draws.get()[0].part()


def layers_latents(shape: Sequence[int | tf.Tensor]) -> tf.Tensor:
    """Return new float32 latents for a layer in training, with the step's distribution, or normal outside a step."""
    _, of_normal = _layers_draws.get() or (None, tf.identity)
    return of_normal(layers_draws().normal(shape, "latents"))
