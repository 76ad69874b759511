"""Which figures a training records: its own, the metrics', the health monitor's."""

from collections.abc import Callable, Mapping

from tfgan_course.config.schema import TrainConfig
from tfgan_course.data import ImageSet, load
from tfgan_course.errors import UserError
from tfgan_course.evaluation.callback import Evaluate
from tfgan_course.gan.model import GAN
from tfgan_course.health.measure import MeasureHealth
from tfgan_course.runs.build import build

Figures = dict[str, float]
Measuring = list[Evaluate | MeasureHealth]


def measuring_callbacks(
    config: TrainConfig,
    gan: GAN,
    train: ImageSet,
    test: ImageSet,
    agreed: Callable[[Figures], Figures] = lambda figures: figures,
) -> Measuring:
    """Return the callbacks that add figures to those of an epoch; make them before a checkpoint is restored.

    Args:
        config: which figures.
        gan: with its initial weights, which the health monitor measures steps from.
        train: the images to train on.
        test: the held-out images.
        agreed: returns the figures to write down, of those that each of several processes has computed.
    """
    evaluate = Evaluate(gan, config.metrics, train, test, agreed=agreed)
    return [evaluate] if config.health is None else [evaluate, MeasureHealth(gan, config.health, train, test, agreed)]


def recorded(gan: GAN, measuring: Measuring, validated: bool) -> list[str]:
    """Return the names of the figures that history.csv will have.

    Args:
        gan: that is trained.
        measuring: from `measuring_callbacks`.
        validated: whether there are held-out images.
    """
    validation = [f"val_{name}" for name in gan.test_means.names if validated]
    return [*gan.train_means.names, *validation, *(figure for callback in measuring for figure in callback.figures)]


def recorded_by(config: TrainConfig) -> list[str]:
    """Return the names of the figures that a training with this configuration would record."""
    train, test = load(config.data)
    gan = build(config, train.shape, train.classes)
    return recorded(gan, measuring_callbacks(config, gan, train, test), validated=len(test) > 0)


def check_watched(config: TrainConfig, figures: list[str]) -> None:
    """Refuse to watch a figure that history.csv will not have."""
    watched: Mapping[str, str | None] = {
        "checkpoints.monitor": config.checkpoints.watched(figures)[0],
        "early_stopping.monitor": config.early_stopping.monitor,
    }
    for option, figure in watched.items():
        if figure is not None and figure not in figures:
            raise UserError(f"--{option} {figure}: there is no such figure. Recorded are {', '.join(figures)}")
