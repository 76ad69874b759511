"""What losses and terms look at: a batch of real images, one of generated images, and the critic's view of both."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

from tfgan_course.randomness import Draws

if TYPE_CHECKING:
    from tfgan_course.gan.model import GAN


class Batch(NamedTuple):
    """Images float32 [-1, 1] (batch, height, width, channels); labels int32 (batch,) or None; of generated images also
    their latents, float32 (batch, latent_size)."""

    images: tf.Tensor
    labels: tf.Tensor | None = None
    latents: tf.Tensor | None = None


class CriticOutput(NamedTuple):
    """What a critic says of a batch of images, in float32.

    score: (batch, ...): higher is more real. class_logits: (batch, classes) or None. features: named activations, batch
    first.
    """

    score: tf.Tensor
    class_logits: tf.Tensor | None = None
    features: dict[str, tf.Tensor] = {}  # noqa: RUF012 (never mutated)

    @classmethod
    def of(cls, output: tf.Tensor | dict) -> "CriticOutput":
        """From what a Keras model returned: the score alone, or a dictionary with this record's fields as keys."""
        fields = output if isinstance(output, dict) else {"score": output}
        return cls(**tf.nest.map_structure(lambda tensor: tf.cast(tensor, tf.float32), fields))

    def split(self) -> tuple["CriticOutput", "CriticOutput"]:
        """The first and the second half of the batch."""
        half = tf.shape(self.score)[0] // 2
        fields = {name: value for name, value in self._asdict().items() if value is not None}
        return (
            CriticOutput(**tf.nest.map_structure(lambda tensor: tensor[:half], fields)),
            CriticOutput(**tf.nest.map_structure(lambda tensor: tensor[half:], fields)),
        )


class kept:
    """`functools.cached_property` without its lock, which Python before 3.12 holds while the value is computed.

    Replicas are threads and wait for each other inside, in synchronized BatchNormalization for example.
    """

    def __init__(self, function: Callable):
        self.function, self.__doc__ = function, function.__doc__

    def __set_name__(self, owner: type, name: str):
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> object:
        if instance is None:
            return self
        value = instance.__dict__[self.name] = self.function(instance)
        return value


class Pair:
    """What a loss or a term may look at: real and generated images, what the critic says of them, and fresh draws.

    Args:
        gan: whose critic judges.
        real: real images, with labels if the data have them.
        fake: generated images, with labels if the generator is conditional.
        draws: random numbers of this update.
    """

    def __init__(self, gan: "GAN", real: Batch, fake: Batch, draws: Draws):
        self.gan, self.draws = gan, draws
        self.real, self.real_labels = real.images, real.labels
        self.fake, self.fake_labels, self.latents = fake

    def judge(self, images: tf.Tensor, labels: tf.Tensor | None) -> CriticOutput:
        """What the critic says, in training, of any images (and labels, if it takes them)."""
        draws = self.draws.part()
        return self.gan.judge(self.gan.augment(images, draws), labels, training=True, draws=draws.part())

    def judge_together(self) -> None:
        """Judges real and generated images as one batch, which is faster than two."""
        # Augmented apart: replicas share out the random numbers by places in a batch, and this one has two halves.
        seen = [self.gan.augment(images, self.draws.part()) for images in (self.real, self.fake)]
        labels = tf.concat([self.real_labels, self.fake_labels], axis=0) if self.gan.critic_takes_labels else None
        output = self.gan.judge(tf.concat(seen, axis=0), labels, training=True, draws=self.draws.part())
        self.real_output, self.fake_output = output.split()

    @kept
    def real_output(self) -> CriticOutput:
        """The critic's output for the real images."""
        return self.judge(self.real, self.real_labels)

    @kept
    def fake_output(self) -> CriticOutput:
        """The critic's output for the generated images."""
        return self.judge(self.fake, self.fake_labels)
