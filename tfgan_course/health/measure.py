"""Measure the health of a training after each epoch: figures in history.csv whose names begin with `health_`."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.schema import HealthConfig
from tfgan_course.data.images import Images, ImageSet, take_random
from tfgan_course.errors import require_at_least
from tfgan_course.gan.batches import images_of
from tfgan_course.gan.checks import all_layers
from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import draw
from tfgan_course.health import measures
from tfgan_course.layers import SpectralNormalization
from tfgan_course.metrics import FEWEST
from tfgan_course.metrics.alike import thumbnails
from tfgan_course.objectives.pair import Batch
from tfgan_course.replicas import tf_variable

MOST_TRAINING_IMAGES = 10_000
"""The largest number of training images that are searched for copies."""
REAL_IMAGES = 1000
"""The largest number of real images with which generated images are compared."""


class MeasureHealth(keras.callbacks.Callback):
    """Callback that adds the monitor's figures to those of an epoch.

    It must come before the callbacks that write figures. The figures depend only on the configuration and the networks,
    so a resumed training writes the same figures.

    Args:
        gan: the GAN with its initial weights; how far the weights move is measured relative to them.
        config: its `samples` is the number of images to look at; a `UserError` for too few.
        train, test: the real images.
        agreed: a function that gives all processes the figures of the chief.
    """

    def __init__(
        self,
        gan: GAN,
        config: HealthConfig,
        train: ImageSet,
        test: ImageSet,
        agreed: Callable[[dict], dict] = lambda figures: figures,
    ):
        super().__init__()
        require_at_least(FEWEST, **{"health.samples": config.samples})
        self.gan, self.samples, self.agreed = gan, config.samples, agreed
        real = _take_in_order(train, REAL_IMAGES).images
        self.real, self.small, self.tiny = real, thumbnails(real), thumbnails(real, 8)
        self.given = take_random(test if len(test) else train, config.samples) if gan.takes_condition else None
        self.train = thumbnails(_take_in_order(train, MOST_TRAINING_IMAGES).images)
        self.labels = LabelLeak(gan, test if len(test) else train, config.samples)
        self.players = {"critic": gan.critic, "generator": gan.generator}
        self.initial = {name: _kernels(player) for name, player in self.players.items()}
        self.rescaled = {name: _rescaled(player) for name, player in self.players.items()}

    @property
    def figures(self) -> list[str]:
        """The columns that this callback adds to history.csv."""
        names = ["diversity", "spread", "copies", "saturation", "white_patches", "checkerboard", "distance"]
        names += ["critic_step", "generator_step"]
        names += ["distance_raw"] if self.gan.ema_generator is not None else []
        names += ["label_leak"] if self.labels.possible else []
        return [f"health_{name}" for name in names]

    def _moved(self, name: str) -> list[np.ndarray]:
        """Return a player's kernels, with their initial length where only their direction matters."""
        pairs = zip(self.initial[name], _kernels(self.players[name]), self.rescaled[name], strict=True)
        return [now * (np.linalg.norm(begin) / np.linalg.norm(now)) if same else now for begin, now, same in pairs]

    def on_epoch_end(self, epoch, logs=None):
        fake = draw(self.gan, self.samples, self.gan.seed, given=self.given).images
        small = thumbnails(fake)
        found = {
            "diversity": measures.diversity(small, self.small),
            "spread": measures.spread(small, self.small),
            "copies": measures.copies(small, self.train),
            "saturation": measures.saturation(fake, self.real),
            "white_patches": measures.white_patches(fake, self.real),
            "checkerboard": measures.checkerboard(fake, self.real),
            "distance": measures.distance(thumbnails(fake, 8), self.tiny),
        }
        for name in self.players:
            updates = self.gan.steps_done * (self.gan.critic_updates if name == "critic" else 1)
            found[f"{name}_step"] = measures.step_length(self.initial[name], self._moved(name), updates)
        if self.gan.ema_generator is not None:
            raw = draw(self.gan, self.samples, self.gan.seed, average=False, given=self.given).images
            found["distance_raw"] = measures.distance(thumbnails(raw, 8), self.tiny)
        if self.labels.possible:
            found["label_leak"] = self.labels.measure()
        found = self.agreed({name: float(value) for name, value in found.items()})
        logs.update({f"health_{name}": value for name, value in found.items()})


def _rescaled(player: keras.Model) -> list[bool]:
    """Return for each kernel whether a layer overwrites it with a normalized one: Keras's and addons' do."""
    wrappers = [layer for layer in all_layers(player) if type(layer).__name__ == "SpectralNormalization"]
    kernels = {
        id(getattr(wrapper.layer, "kernel", None))
        for wrapper in wrappers
        if not isinstance(wrapper, SpectralNormalization)
    }
    return [id(weight) in kernels for weight in player.trainable_variables if len(weight.shape) > 1]


class LabelLeak:
    """Measure whether the critic recognizes generated images by their labels alone.

    The critic scores real images with classes distributed like those of generated images: an image of that class if
    there is one, else any image. If real and generated images have the same distribution of classes, these are like
    any other real images.

    Args:
        gan: the GAN with the critic.
        real: real images, held-out if possible.
        count: number of images that the critic scores.
    """

    def __init__(self, gan: GAN, real: ImageSet, count: int):
        self.gan = gan
        self.possible = gan.critic_takes_labels and gan.fake_labels == "sampled" and real.labels is not None
        if not self.possible:
            return
        rng = np.random.default_rng(0)
        self.own = real.take(rng.integers(len(real), size=count))
        labels = np.arange(count, dtype=np.int32) % gan.classes
        members = [np.flatnonzero(real.labels == label) for label in range(gan.classes)]
        everything = np.arange(len(real))
        of_label = [rng.choice(members[label] if len(members[label]) else everything) for label in labels]
        self.as_fakes = replace(real.take(np.array(of_label)), labels=labels)

    def measure(self) -> float:
        """Return a number from 0, if labels tell the critic nothing, to 1, if it uses only labels."""
        return measures.separation(self._scores(self.own), self._scores(self.as_fakes))

    def _scores(self, real: Images) -> np.ndarray:
        condition = None if real.condition is None else images_of(tf.constant(real.condition))
        batch = Batch(images_of(tf.constant(real.images)), tf.constant(real.labels), condition=condition)
        score = self.gan.judge(batch, training=False).score.numpy()
        return score.reshape(len(score), -1).mean(axis=1)


def _take_in_order(images: ImageSet, count: int) -> Images:
    """Return at most `count` of the images, always the same random choice, in their own order."""
    chosen = np.random.default_rng(0).choice(len(images), min(count, len(images)), replace=False)
    return images.take(np.sort(chosen))


def _kernels(player: keras.Model) -> list[np.ndarray]:
    """Return copies of the kernels, without the scales and offsets of normalizations, which start with other sizes."""
    # The arrays are copied, because the array of a variable may change with the variable.
    return [np.array(tf_variable(weight).numpy()) for weight in player.trainable_variables if len(weight.shape) > 1]
