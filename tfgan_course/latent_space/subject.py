"""A GAN's run, its generator ready to be walked in."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jsonargparse import ArgumentParser, Namespace

from tfgan_course.data import DataConfig
from tfgan_course.data.classes import labels_of
from tfgan_course.errors import UserError
from tfgan_course.explore.subject import gan_of
from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import numbers_of_seeds
from tfgan_course.latent_space.space import LatentSpace, WSpace, ZSpace
from tfgan_course.models.style_space import StyleSpace
from tfgan_course.runs.checkpoints import restore
from tfgan_course.runs.directory import RunDirectory


@dataclass
class Drawer:
    """A run's generator, and one of its spaces.

    Args:
        run: its directory.
        gan: restored, float32.
        space: in which points are taken.
        data: where the images it was trained on are from.
    """

    run: RunDirectory
    gan: GAN
    space: LatentSpace
    data: DataConfig

    @property
    def about(self) -> str:
        """For titles: "lsgan at step 1302"."""
        return f"{self.run.path.resolve().name} at step {self.gan.steps_done}"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of its images."""
        return tuple(self.run.images["image_shape"])

    def numbers(self, seeds: list[int]) -> np.ndarray:
        """Return what the images of seeds are made of, float32 (seeds, latent_size)."""
        return numbers_of_seeds(seeds, self.gan.latent_size)

    def labels(self, classes: str | None, count: int) -> np.ndarray | None:
        """int32 (count,) labels of classes by name or number, one for all or one for each; None of a generator without.

        Raises:
            UserError: for classes that there are not, or of another number.
        """
        if not self.gan.generator_takes_labels:
            if classes is not None:
                raise UserError(f"--classes {classes}: the generator of {self.run.path} was trained without classes")
            return None
        names = [] if classes is None else [name.strip() for name in classes.split(",")]
        labels = labels_of(names, self.run.images["class_names"]) if names else np.zeros(1, np.int32)
        if len(labels) not in (1, count):
            raise UserError(f"--classes {classes}: name one class for all, or one for each of {count}")
        return np.resize(labels, count)


def parser_of(name: str, description: str | None) -> ArgumentParser:
    """A parser with the options of every command of `latents`."""
    parser = ArgumentParser(prog=f"latents {name}", description=description, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("run", type=str, help="a GAN's run directory")
    add_generator(parser)
    parser.add_argument("--out", type=str | None, help="folder for the figures (default: latents/ in the run)")
    parser.add_argument(
        "--formats", type=str, default="png,svg", help="a file of each figure in each of them: png, svg, pdf, jpg..."
    )
    return parser


def add_generator(parser: ArgumentParser) -> None:
    """Adds the options that say which generator, and in which of its spaces."""
    parser.add_argument(
        "--space",
        choices=["z", "w"],
        help="z, what the generator is fed, or w, what its mapping network makes of that; w if it has one",
    )
    parser.add_argument("--checkpoint", type=str, default="latest", help="latest, best, or the number of a step")
    parser.add_argument("--average", type=bool, default=True, help="use the averaged generator (EMA)")


def open_drawer(options: Namespace) -> Drawer:
    """The generator that the options ask for; in w unless told otherwise, if it has one.

    Raises:
        UserError: if there is no such run, checkpoint or space.
    """
    run = RunDirectory.of_gan(Path(options.run))
    gan, data = gan_of(run)
    generator = gan.ema_generator if options.average and gan.ema_generator is not None else gan.generator
    name = options.space or ("z" if StyleSpace.of(generator) is None else "w")
    space = WSpace(generator, gan.latents) if name == "w" else ZSpace(generator, gan.latents, gan.classes or 0)
    restore(gan, run, options.checkpoint)
    return Drawer(run, gan, space, data)


def whole_numbers(words: str, option: str) -> list[int]:
    """`1,5,8-11` as a list: of seeds, or of layers.

    Raises:
        UserError: for anything else.
    """
    found: list[int] = []
    try:
        for word in words.split(","):
            first, _, last = word.partition("-")
            part = range(int(first), int(last or first) + 1)
            if not part:
                raise ValueError  # 8-5
            found += part
    except ValueError:
        found = []
    if not found:
        raise UserError(f"{option} {words}: write numbers of 0 or more: 1 or 1,5,8-11")
    return found


def layers_of(words: str | None) -> list[int] | None:
    """`4-7,9` as a list of layers; None for none.

    Raises:
        UserError: for anything else.
    """
    return None if words is None else whole_numbers(words, "--layers")


def values_of(words: str, option: str) -> list[float]:
    """`0,0.5,1` as a list of numbers.

    Raises:
        UserError: for anything else.
    """
    try:
        values = [float(word) for word in words.split(",")]
    except ValueError:
        values = [float("nan")]
    if not np.isfinite(values).all():
        raise UserError(f"{option} {words}: write numbers, 0,0.5,1 for example")
    return values
