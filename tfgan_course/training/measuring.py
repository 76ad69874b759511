"""The figures that a training records: the figures of the steps, the metrics and the health monitor's figures."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import yaml

from tfgan_course.config.schema import TrainConfig
from tfgan_course.data import ImageSet, load
from tfgan_course.errors import require
from tfgan_course.evaluation.callback import Evaluate
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.gan.model import GAN
from tfgan_course.health.measure import MeasureHealth
from tfgan_course.runs.build import build, steps_per_epoch
from tfgan_course.runs.directory import RunDirectory

Figures = dict[str, float]
Measuring = list[Evaluate | MeasureHealth]


def measuring_callbacks(
    config: TrainConfig,
    gan: GAN,
    train: ImageSet,
    test: ImageSet,
    agreed: Callable[[Figures], Figures] = lambda figures: figures,
) -> Measuring:
    """Return the callbacks that add figures to an epoch's figures. Call this before a checkpoint is restored.

    Args:
        config: the configuration, which names the figures.
        gan: the GAN with its initial weights: the health monitor measures the length of steps from them.
        train: the images to train on.
        test: the held-out images.
        agreed: a function that gives all processes the figures of the chief.
    """
    evaluate = Evaluate(gan, config.metrics, train, test, agreed=agreed)
    return [evaluate] if config.health is None else [evaluate, MeasureHealth(gan, config.health, train, test, agreed)]


def recorded(gan: GAN, measuring: Measuring, validated: bool) -> list[str]:
    """Return the names of the figures that history.csv will have.

    Args:
        gan: the GAN.
        measuring: the callbacks from `measuring_callbacks`.
        validated: whether there are held-out images.
    """
    validation = [f"val_{name}" for name in gan.test_means.names if validated]
    return [*gan.train_means.names, *validation, *(figure for callback in measuring for figure in callback.figures)]


def recorded_by(config: TrainConfig) -> list[str]:
    """Return the names of the figures that a training with this configuration would record."""
    train, test = load(config.data)
    steps = steps_per_epoch(config, len(train))
    gan = build(config, train.shape, train.classes, steps, train.condition_shape)
    gan.begin_terms()  # what they cannot read is an error here
    return recorded(gan, measuring_callbacks(config, gan, train, test), config.validation and len(test) > 0)


def check_watched(config: TrainConfig, figures: list[str]) -> None:
    """Refuse a monitor that is not the name of a figure in history.csv."""
    watched: Mapping[str, str | None] = {
        "checkpoints.monitor": config.checkpoints.watched(figures)[0],
        "early_stopping.monitor": config.early_stopping.monitor,
    }
    for option, figure in watched.items():
        right = figure is None or figure in figures
        require(right, f"for {option} a recorded figure: {', '.join(figures)}", figure, "Use one of these names")


def with_judge(config: TrainConfig, run: RunDirectory) -> TrainConfig:
    """Return the configuration with the features of a run, under their name in its history.csv if they were renamed."""
    before = (yaml.safe_load(run.config.read_text(encoding="utf-8")).get("metrics") or {}).get("features")
    now = config.metrics.features
    if not (isinstance(before, str) and isinstance(now, str) and Path(now).exists()):
        return config
    judge = extractor_of(now, "metrics.features")
    judge.name = Path(before).name
    return replace(config, metrics=replace(config.metrics, features=judge))


def check_judge(run: RunDirectory, figures: list[str]) -> None:
    """Refuse features other than those of the figures in history.csv: their figures cannot be in one column."""
    missing = [name for name in next(iter(run.rows()), {}) if "@" in name and name not in figures]
    expected = f"the features of {run.history}, whose figures are {', '.join(missing)}"
    received = ", ".join(name for name in figures if "@" in name) or "no features"
    require(not missing, expected, received, "Put them back, or say where they are now: --metrics.features")
