"""Opens the run of a GAN. No other code does."""

import dataclasses
from pathlib import Path
from typing import Literal

from tensorflow import keras

from tfgan_course.config.parser import read
from tfgan_course.config.schema import TrainConfig
from tfgan_course.data import ImageSet, load
from tfgan_course.data.facts import check_images, facts
from tfgan_course.errors import UserError
from tfgan_course.gan.model import GAN
from tfgan_course.runs.build import build
from tfgan_course.runs.checkpoints import restore
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.environment import other_version


class Run:
    """A GAN's run, opened at a checkpoint.

    Args:
        directory: its files.
        config: what it was trained with.
        gan: restored from the checkpoint.
        average: whether `generator` is the averaged generator, where there is one.
    """

    def __init__(self, directory: RunDirectory, config: TrainConfig, gan: GAN, average: bool = True):
        self.directory, self.config, self.gan, self.average = directory, config, gan, average

    @property
    def name(self) -> str:
        """The name of the run directory."""
        return self.directory.path.resolve().name

    @property
    def generator(self) -> keras.Model:
        """The averaged generator; the generator itself where there is no average or `average` is False."""
        averaged = self.gan.ema_generator if self.average else None
        return self.gan.generator if averaged is None else averaged

    @property
    def critic(self) -> keras.Model:
        """The critic."""
        return self.gan.critic

    @property
    def step(self) -> int:
        """Generator updates that the checkpoint has behind it."""
        return self.gan.steps_done

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the images."""
        return tuple(self.directory.images["image_shape"])

    @property
    def class_names(self) -> list[str] | None:
        """The name of each class; None where the images have no labels."""
        return self.directory.images["class_names"]

    def images(self) -> tuple[ImageSet, ImageSet]:
        """Return the images that the run was trained and tested on, with all their labels.

        Analysis may use all labels, including those hidden during semi-supervised training (labels_per_class).

        Raises:
            UserError: if the images cannot be found, or are others now.
        """
        train, test = load(self.config.data)
        check_images(self.directory.images, facts(train, test), self.directory.path)
        if self.config.data.labels_per_class is not None:
            train, test = load(dataclasses.replace(self.config.data, labels_per_class=None))
        return train, test


def load_run(
    path: str | Path,
    checkpoint: str | int | None = "latest",
    average: bool = True,
    *,
    precision: Literal["float32", "bfloat16", "float16"] | None = None,
) -> Run:
    """Open the run of a GAN.

    Args:
        path: the run directory.
        checkpoint: `latest`, `best`, or the number of a step; None leaves the initial weights, for which no checkpoint
            is needed.
        average: whether `generator` is the averaged generator, where there is one.
        precision: of the networks' activations; the run's own unless given.

    Raises:
        UserError: if there is no such run or checkpoint, or another version wrote it and this one cannot read it.
    """
    directory = RunDirectory.of_gan(path)
    config = read_config(directory)
    known = directory.images
    gan = build(
        config if precision is None else dataclasses.replace(config, precision=precision),
        tuple(known["image_shape"]),
        len(known["class_names"] or ()) or None,
    )
    if checkpoint is not None:
        restore(gan, directory, str(checkpoint))
    return Run(directory, config, gan, average)


def read_config(directory: RunDirectory) -> TrainConfig:
    """Return the configuration of a run.

    Raises:
        UserError: if it cannot be read; where another version of this package wrote the run, the error names it.
    """
    try:
        return read(directory.config)
    except UserError as error:
        written = other_version(directory.path)
        raise UserError(f"{error}\n{written[0].upper()}{written[1:]}" if written else str(error)) from error
