"""Computes metrics during training."""

import math
from collections.abc import Callable
from pathlib import Path

from tensorflow import keras

from tfgan_course.config.schema import MetricsConfig
from tfgan_course.data import ImageSet
from tfgan_course.errors import require
from tfgan_course.evaluation.cache import default_cache
from tfgan_course.evaluation.comparison import Comparison, Reference
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.evaluation.metric import compute
from tfgan_course.evaluation.metrics import chosen, metrics_of
from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import draw
from tfgan_course.metrics import FEWEST


class Evaluate(keras.callbacks.Callback):
    """Adds metrics of the averaged generator to the figures of an epoch.

    This callback must come before callbacks that write figures or decide by them. Latents, real images and figures
    depend only on the configuration and the generator, so that a resumed training writes the same figures.

    Args:
        gan: the GAN that is evaluated.
        config: the names of the metrics, their interval and the number of images.
        train, test: the real images.
        cache: the folder where features of real images are kept; default: the user's cache folder.
        agreed: a function that gives all processes the figures of the chief.

    Raises:
        UserError: before training, for metrics that cannot be computed from these images.
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
        if metrics:
            few = config.samples >= FEWEST
            require(few, f"for metrics.samples at least {FEWEST}", config.samples, "Use more samples")
            remedy = "Train without metrics: set metrics.names to []"
            require(len(train) >= FEWEST, f"for metrics at least {FEWEST} images to train on", len(train), remedy)
        most = max(config.samples, 10_000)
        # Outputs for held-out conditions are compared with the held-out images; without pairs these must be enough.
        held_out = gan.takes_condition and (test.paired or len(test) >= FEWEST)
        split = "test" if held_out else "train"
        self.reference = Reference(train, test, features, split, cache or default_cache(), most)
        self.given = self.reference.images if gan.takes_condition else None
        labeled = gan.generator_takes_labels and self.reference.labeled
        self.metrics = chosen(metrics, features, labeled, gan.takes_condition and test.paired)
        self.columns = {figure: metric.column(figure, features) for metric in self.metrics for figure in metric.figures}

    @property
    def figures(self) -> list[str]:
        """The columns of history.csv that this callback adds."""
        return list(self.columns.values())

    def on_epoch_end(self, epoch, logs=None):
        found = {}
        # Only the epoch's number decides. If the last epoch were always evaluated, a resumed training would differ.
        if self.metrics and (epoch + 1) % self.config.every_epochs == 0:
            drawn = draw(self.gan, self.config.samples, self.gan.seed, given=self.given)
            comparison = Comparison(self.reference, *drawn)
            parts = compute(self.metrics, comparison).values()
            found = self.agreed({name: float(figure) for figures in parts for name, figure in figures.items()})
        logs.update({column: found.get(figure, math.nan) for figure, column in self.columns.items()})
