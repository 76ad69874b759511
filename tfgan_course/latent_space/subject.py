"""A GAN's run, its generator ready to be walked in."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jsonargparse import ArgumentParser, Namespace

from tfgan_course.errors import UserError
from tfgan_course.explore.subject import gan_of
from tfgan_course.gan import GAN
from tfgan_course.latent_space.space import LatentSpace, WSpace, ZSpace
from tfgan_course.models.style_space import StyleSpace
from tfgan_course.sampling import labels_of, normal_numbers
from tfgan_course.training.run import RunDirectory
from tfgan_course.training.train import restore


@dataclass
class Drawer:
    """A run's generator, and one of its spaces.

    Args:
        run: its directory.
        gan: restored, float32.
        space: in which points are taken.
    """

    run: RunDirectory
    gan: GAN
    space: LatentSpace

    @property
    def about(self) -> str:
        """For titles: "lsgan at step 1302"."""
        return f"{self.run.path.resolve().name} at step {self.gan.steps_done}"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of its images."""
        return tuple(self.run.images["image_shape"])

    def numbers(self, seeds: list[int]) -> np.ndarray:
        """What the first image of `sample --seed` is made of, for each seed: float32 (n, latent_size)."""
        return np.concatenate([normal_numbers(seed, 1, self.gan.latent_size) for seed in seeds])

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


def add_generator(parser: ArgumentParser) -> None:
    """Adds the options that say which generator."""
    parser.add_argument("--checkpoint", type=str, default="latest", help="latest, best, or the number of a step")
    parser.add_argument("--average", type=bool, default=True, help="use the averaged generator (EMA)")


def open_drawer(options: Namespace) -> Drawer:
    """The generator that the options ask for; in w unless told otherwise, if it has one.

    Raises:
        UserError: if there is no such run, checkpoint or space.
    """
    run = RunDirectory.of_gan(Path(options.run))
    gan, _ = gan_of(run)
    generator = gan.ema_generator if options.average and gan.ema_generator is not None else gan.generator
    name = options.space or ("z" if StyleSpace.of(generator) is None else "w")
    space = WSpace(generator, gan.latents) if name == "w" else ZSpace(generator, gan.latents, gan.classes or 0)
    restore(gan, run, options.checkpoint)
    return Drawer(run, gan, space)


def seeds_of(words: str, option: str) -> list[int]:
    """`1,5,8-11` as a list of seeds.

    Raises:
        UserError: for anything else.
    """
    seeds: list[int] = []
    try:
        for word in words.split(","):
            first, _, last = word.partition("-")
            seeds += range(int(first), int(last or first) + 1)
    except ValueError:
        seeds = []
    if not seeds:
        raise UserError(f"{option} {words}: write seeds, numbers of 0 or more: 1 or 1,5,8-11")
    return seeds
