"""Metrics while training."""

import math
from collections.abc import Callable
from pathlib import Path

from tensorflow import keras

from tfgan_course.config.metrics import MetricsConfig
from tfgan_course.data import ImageSet
from tfgan_course.errors import UserError
from tfgan_course.evaluation.comparison import FEWEST, METRICS, Comparison, Reference, chosen, column, compute
from tfgan_course.evaluation.features import Cache, default_cache, features_from
from tfgan_course.gan.generated import draw
from tfgan_course.gan.model import GAN


class Evaluate(keras.callbacks.Callback):
    """Adds metrics of the averaged generator to an epoch's figures.

    It must stand before those callbacks that write figures down or decide from them. Latents, real images and figures
    are functions of the configuration and the generator alone, so that a resumed training writes the same.

    Args:
        gan: whose generator is judged.
        config: which metrics, how often, of how many images.
        train: the training images.
        test: the test images.
        cache: folder where features of real images are kept; the user's cache folder unless given.
        agreed: makes the same figures of those that each of several processes has computed.

    Raises:
        UserError: for metrics that cannot be computed of these images, before training.
    """

    def __init__(
        self,
        gan: GAN,
        config: MetricsConfig,
        train: ImageSet,
        test: ImageSet,
        cache: Path | None = None,
        agreed: Callable[[dict], dict] = lambda figures: figures,
    ):
        super().__init__()
        self.gan, self.config, self.agreed = gan, config, agreed
        features = features_from(config.features)
        if config.names and config.samples < FEWEST:
            raise UserError(f"metrics.samples must be at least {FEWEST}; got {config.samples}")
        if config.names and len(train) < FEWEST:
            raise UserError(
                f"metrics need at least {FEWEST} real images; there are {len(train)} to train on. Train without "
                "them: --metrics.names=[]"
            )
        self.reference = Reference(
            train, test, features, cache=Cache(cache or default_cache()), most=max(config.samples, 10_000)
        )
        self.names = chosen(config.names, features, gan.generator_takes_labels and self.reference.labeled)
        self.columns = {figure: column(figure, features) for name in self.names for figure in METRICS[name].figures}

    @property
    def figures(self) -> list[str]:
        """The columns that it adds to history.csv."""
        return list(self.columns.values())

    def on_epoch_end(self, epoch, logs=None):
        """See `keras.callbacks.Callback`."""
        found = {}
        # By the epoch's number alone: were the last one always judged, a training resumed for more epochs would differ.
        if self.names and (epoch + 1) % self.config.every_epochs == 0:
            generated = draw(self.gan, self.config.samples, self.gan.seed)
            comparison = Comparison(self.reference, generated.images, generated.labels)
            for figures in compute(self.names, comparison).values():
                found.update(figures)
            found = self.agreed({name: float(figure) for name, figure in found.items()})
        logs.update({column: found.get(figure, math.nan) for figure, column in self.columns.items()})
