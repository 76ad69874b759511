"""Metrics while training."""

import math
from collections.abc import Callable
from pathlib import Path

from tensorflow import keras

from tfgan_course.config.schema import MetricsConfig
from tfgan_course.data import ImageSet
from tfgan_course.errors import UserError
from tfgan_course.evaluation.cache import default_cache
from tfgan_course.evaluation.comparison import Comparison, Reference
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.evaluation.metric import compute
from tfgan_course.evaluation.metrics import chosen, metrics_of
from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import draw
from tfgan_course.metrics import FEWEST


class Evaluate(keras.callbacks.Callback):
    """Adds metrics of the averaged generator to an epoch's figures.

    It must stand before those callbacks that write figures down or decide from them. Latents, real images and figures
    are functions of the configuration and the generator alone, so that a resumed training writes the same.

    Args:
        gan: the GAN whose generator is judged.
        config: which metrics, how often, of how many images.
        train, test: the real images.
        cache: the folder where features of real images are kept; the user's cache folder unless given.
        agreed: makes the figures of several processes the same, those of the chief.

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
        metrics, features = metrics_of(config.names, "metrics.names"), extractor_of(config.features, "metrics.features")
        if metrics and config.samples < FEWEST:
            raise UserError(f"metrics.samples must be at least {FEWEST}; got {config.samples}. Raise it")
        if metrics and len(train) < FEWEST:
            found = f"there are {len(train)} to train on. Train without them: --metrics.names=[]"
            raise UserError(f"metrics need at least {FEWEST} real images; {found}")
        most = max(config.samples, 10_000)
        self.reference = Reference(train, test, features, cache=cache or default_cache(), most=most)
        self.metrics = chosen(metrics, features, gan.generator_takes_labels and self.reference.labeled)
        self.columns = {figure: metric.column(figure, features) for metric in self.metrics for figure in metric.figures}

    @property
    def figures(self) -> list[str]:
        """The columns that it adds to history.csv."""
        return list(self.columns.values())

    def on_epoch_end(self, epoch, logs=None):
        found = {}
        # By the epoch's number alone: were the last one always judged, a training resumed for more epochs would differ.
        if self.metrics and (epoch + 1) % self.config.every_epochs == 0:
            comparison = Comparison(self.reference, *draw(self.gan, self.config.samples, self.gan.seed))
            parts = compute(self.metrics, comparison).values()
            found = self.agreed({name: float(figure) for figures in parts for name, figure in figures.items()})
        logs.update({column: found.get(figure, math.nan) for figure, column in self.columns.items()})
