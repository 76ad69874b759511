"""What losses and terms see: a batch of real images, a batch of generated images, and the critic's output for both."""

from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

import tensorflow as tf
from tensorflow import keras

from tfgan_course.randomness import Draws


class Batch(NamedTuple):
    """A batch of images with their labels, latents and conditions. Networks' inputs are named after these fields.

    images: float32 [-1, 1] (batch, height, width, channels). labels: int32 (batch,) or None. latents: float32 (batch,
    latent_size) of generated images, or None. condition: the generator's input image, float32 [-1, 1] (batch, height,
    width, channels), or None.
    """

    images: tf.Tensor
    labels: tf.Tensor | None = None
    latents: tf.Tensor | None = None
    condition: tf.Tensor | None = None

    def each(self, function: Callable[[tf.Tensor], tf.Tensor]) -> "Batch":
        """Return the batch with a function applied to each field that is not None."""
        return Batch(*(None if tensor is None else function(tensor) for tensor in self))


class CriticOutput(NamedTuple):
    """A critic's output for a batch of images, in float32.

    score: (batch, ...), higher for real images. class_logits: (batch, classes) or None. features: activations by name,
    each with the batch first.
    """

    score: tf.Tensor
    class_logits: tf.Tensor | None = None
    features: dict[str, tf.Tensor] = {}  # noqa: RUF012 (never mutated)

    @classmethod
    def of(cls, output: tf.Tensor | dict) -> "CriticOutput":
        """Return the output of a Keras model, a score or a dictionary with these fields, as a `CriticOutput`."""
        fields = output if isinstance(output, dict) else {"score": output}
        return cls(**tf.nest.map_structure(lambda tensor: tf.cast(tensor, tf.float32), fields))

    def split(self) -> tuple["CriticOutput", "CriticOutput"]:
        """Return the outputs for the first and for the second half of the batch."""
        half = tf.shape(self.score)[0] // 2
        fields = {name: value for name, value in self._asdict().items() if value is not None}
        halves = (slice(None, half), slice(half, None))
        first, second = (tf.nest.map_structure(lambda tensor, part=part: tensor[part], fields) for part in halves)
        return CriticOutput(**first), CriticOutput(**second)


Value = TypeVar("Value")


class lock_free_cached_property(Generic[Value]):
    """`functools.cached_property` without its lock, which Python before 3.12 holds while the value is computed.
    Replicas are threads, and they wait for each other during the computation, in synchronized BatchNormalization for
    example.
    """

    def __init__(self, function: Callable[..., Value]):
        self.function, self.__doc__ = function, function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> Value:
        value = instance.__dict__[self.name] = self.function(instance)
        return value


class Game(Protocol):
    """The attributes and methods of the GAN that a term may use."""

    generator: keras.Model
    critic: keras.Model
    generator_optimizer: keras.optimizers.Optimizer
    critic_optimizer: keras.optimizers.Optimizer
    takes_latents: bool
    generator_takes_labels: bool
    critic_takes_labels: bool
    critic_classifies: bool
    critic_features: list[str]

    def augment(self, images: tf.Tensor, draws: Draws) -> tf.Tensor:
        """Return the images as the critic sees them in training."""

    def judge(self, batch: Batch, *, training: bool, draws: Draws | None = None) -> CriticOutput:
        """Return the critic's output for the batch."""

    def generate(self, draws: Draws, batch_size: int | tf.Tensor, training: bool, **given: tf.Tensor | None) -> Batch:
        """Return new images; `labels` and `condition` may be given."""


class Pair:
    """What a term may use: real and generated images, the critic's outputs for both, and random numbers.

    Args:
        gan: the GAN.
        real: real images, with labels if the GAN needs them.
        fake: generated images, with labels if the generator is conditional.
        draws: random numbers of this update.
    """

    def __init__(self, gan: Game, real: Batch, fake: Batch, draws: Draws):
        self.gan, self.real, self.fake, self.draws = gan, real, fake, draws

    def judge(self, batch: Batch) -> CriticOutput:
        """Return the critic's output, in training, for any batch, `pair.real._replace(images=...)` for example."""
        draws = self.draws.part()
        seen = batch._replace(images=self.gan.augment(batch.images, draws))
        return self.gan.judge(seen, training=True, draws=draws.part())

    def judge_together(self) -> None:
        """Judge real and generated images as one batch, which is faster than two."""
        # Real and generated images are augmented separately. Each replica takes the random numbers of its images'
        # places in the global batch, and in a joint batch these places would be wrong.
        images = [self.gan.augment(batch.images, self.draws.part()) for batch in (self.real, self.fake)]
        both = Batch(
            tf.concat(images, axis=0),
            _joined(self.real.labels, self.fake.labels),
            condition=_joined(self.real.condition, self.fake.condition),
        )
        output = self.gan.judge(both, training=True, draws=self.draws.part())
        self.real_output, self.fake_output = output.split()

    @lock_free_cached_property
    def real_output(self) -> CriticOutput:
        """The critic's output for the real images."""
        return self.judge(self.real)

    @lock_free_cached_property
    def fake_output(self) -> CriticOutput:
        """The critic's output for the generated images."""
        return self.judge(self.fake)


def _joined(first: tf.Tensor | None, second: tf.Tensor | None) -> tf.Tensor | None:
    return None if first is None or second is None else tf.concat([first, second], axis=0)
