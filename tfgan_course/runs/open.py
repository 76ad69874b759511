"""Opens the run of a GAN. All commands that need a GAN's run use this code."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeVar

import numpy as np
from PIL import Image
from tensorflow import keras

from tfgan_course.config.parser import Settings
from tfgan_course.config.schema import TrainConfig
from tfgan_course.data import ImageSet, check_images, facts, labels_of, load
from tfgan_course.data.classes import listed
from tfgan_course.data.photo import degraded, photo_of
from tfgan_course.errors import UserError, require, whole_number
from tfgan_course.figures.grids import picture_from, side_by_side
from tfgan_course.files import real_path
from tfgan_course.gan.model import GAN
from tfgan_course.gan.sampling import generator_of, sample
from tfgan_course.gan.seeds import LARGEST_TRUNCATION
from tfgan_course.gan.translation import Translator
from tfgan_course.runs import picture
from tfgan_course.runs.build import POLICIES, build, policy_kept, steps_per_epoch
from tfgan_course.runs.checkpoints import restore
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.environment import other_version
from tfgan_course.runs.history import History
from tfgan_course.runs.paths import IMAGES, found_again, moved, paths_in

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from matplotlib.figure import Figure
    from typing_extensions import Self

Config = TypeVar("Config", bound="DataclassInstance")


class Run:
    """A GAN's run, opened at a checkpoint.

    Args:
        directory: the files of the run.
        config: the configuration that the run was trained with.
        gan: the GAN, restored from the checkpoint.
        average: whether `generator` is the averaged generator, if the run has one.
    """

    def __init__(self, directory: RunDirectory, config: TrainConfig, gan: GAN, average: bool = True):
        self.directory, self.config, self.gan, self.average = directory, config, gan, average
        self.data = config.data
        """The options of the images; the user may change where the images are now."""
        self._translator: Translator | None = None

    @classmethod
    def load(
        cls,
        path: str | Path,
        checkpoint: str | int | None = "latest",
        average: bool = True,
        *,
        precision: Literal["float32", "bfloat16", "float16"] | None = None,
        data: Mapping[str, Any] | None = None,
        config: TrainConfig | None = None,
    ) -> Self:
        """Open a run; see `load_run`. `config` is the run's configuration, if this process has it already."""
        directory = RunDirectory.of_gan(path)
        generator = "for average True (the averaged generator) or False"
        require(isinstance(average, bool), generator, repr(average), "Write True or False")
        known_precision = precision is None or precision in POLICIES
        require(known_precision, f"for precision {', '.join(POLICIES)} or None", repr(precision), "Choose one of them")
        config = read_config(directory, data) if config is None else config
        known = directory.images
        built = config if precision is None else dataclasses.replace(config, precision=precision)
        with policy_kept():
            steps = steps_per_epoch(built, known.get("train_images", 0))
            classes = len(known["class_names"] or ()) or None
            given = tuple(known["condition_shape"]) if "condition_shape" in known else None
            gan = build(built, tuple(known["image_shape"]), classes, steps, given)
        if checkpoint is not None:
            restore(gan, directory, str(checkpoint))
        return cls(directory, config, gan, average)

    @property
    def name(self) -> str:
        """The name of the run directory."""
        return real_path(self.directory.path).name

    @property
    def generator(self) -> keras.Model:
        """The averaged generator; the generator itself if the run has no average or `average` is False."""
        return generator_of(self.gan, self.average)

    @property
    def critic(self) -> keras.Model:
        """The critic."""
        return self.gan.critic

    @property
    def step(self) -> int:
        """The number of generator updates before the checkpoint."""
        return self.gan.steps_done

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """The height, width and channels of the images."""
        return tuple(self.directory.images["image_shape"])

    @property
    def class_names(self) -> list[str] | None:
        """The name of each class; None if the images have no labels."""
        return self.directory.images["class_names"]

    @property
    def history(self) -> History:
        """The columns of history.csv as NumPy arrays with one entry for each epoch; the file is read at each access."""
        return History(self.directory.rows())

    def images(self) -> tuple[ImageSet, ImageSet]:
        """Return the images that the run was trained and tested on, with all their labels.

        Analysis may use all labels, including those hidden during semi-supervised training (labels_per_class).

        Raises:
            UserError: if the images cannot be found, or have changed since the training.
        """
        train, test = load(self.data)
        check_images(self.directory.images, facts(train, test), self.directory.path)
        if self.data.labels_per_class is not None:
            train, test = load(dataclasses.replace(self.data, labels_per_class=None))
        return train, test

    def sample(
        self,
        count: int = 64,
        seed: int = 0,
        classes: Sequence[str | int] | str | int | None = None,
        truncation: float | None = None,
    ) -> np.ndarray:
        """Return generated images, uint8 (count, height, width, channels).

        Image i has the seed `seed` + i: the command line and a served model return the same image for this seed.

        Args:
            count: the number of images.
            seed: the seed of the first image.
            classes: for a conditional generator, one class or several, by name or number; they are repeated until there
                are `count` images. Default: all classes in turn.
            truncation: above 0 to 10; small values give typical images with little variety, see
                `gan.sampling.images_of_seeds`. Default: no truncation.

        Raises:
            UserError: if a class does not exist, or a number is out of its range.
        """
        count = whole_number("count", count, 1)
        seed = whole_number("seed", seed, 0)
        together = "seed and count that are at most 2^63 together, since each next image has the next seed"
        require(seed + count <= 2**63, together, f"seed {seed} and count {count}", "Choose a smaller seed")
        cut = LARGEST_TRUNCATION if truncation is None else truncation
        valid = isinstance(cut, Real) and not isinstance(cut, bool) and 0 < cut <= LARGEST_TRUNCATION
        allowed = f"for truncation a number above 0 and at most {LARGEST_TRUNCATION:g}"
        require(valid, allowed, repr(truncation), "Leave truncation out to truncate nothing")
        labels = self.sample_labels(count, classes)
        return sample(self.gan, count, seed, labels, cut, average=self.average)

    def sample_labels(
        self, count: int = 64, classes: Sequence[str | int] | str | int | None = None
    ) -> np.ndarray | None:
        """Return the labels of the images that `sample` draws, int32 (count,); None for a generator without classes."""
        if not self.gan.generator_takes_labels:
            if classes is None:
                return None
            raise UserError(
                expected="no classes, because the generator was trained without them",
                received=f"classes {classes}",
                remedy="Leave classes out, or train with generator_conditioning",
            )
        if classes is None:
            return np.arange(count, dtype=np.int32) % self.gan.classes
        if isinstance(classes, str):
            classes = listed(classes)
        names = [str(name).strip() for name in np.ravel(np.array(classes, object))]
        known = f"for classes one or more of {', '.join(self.class_names)}"
        require(names, known, repr(classes), "Name a class, or leave classes out for all classes in turn")
        return np.resize(labels_of(names, self.class_names), count)

    def translate(
        self,
        photo: str | Path | BinaryIO | Image.Image | np.ndarray,
        classes: str | int | None = None,
        degrade: bool = False,
    ) -> Image.Image:
        """Return the image that the generator makes of a photo of any size, as a Pillow image of mode L, RGB or RGBA.

        The photo is the condition; its transparency is kept. The command line and a served model return the same image.

        Args:
            photo: a path, an open file, a Pillow image or an array; see `data.photo.photo_of`.
            classes: for a generator that takes labels, the photo's class by name or number.
            degrade: apply the run's degradation first, and return condition, image and photo side by side.

        Raises:
            UserError: if the generator takes no condition, or the photo cannot be read.
        """
        if self._translator is None or self._translator.generator is not self.generator:
            self._translator = Translator(self.generator)
        labels, known = self.sample_labels(1, classes), f"for classes one of {', '.join(self.class_names or ())}"
        require(labels is None or classes is not None, known, "none", "Name the photo's class")
        translator, label, found = self._translator, 0 if labels is None else int(labels[0]), photo_of(photo)
        if not degrade:
            return found.transparent(translator.translate(found.colors, label))
        how = self.config.data.condition, self.image_shape[-1], translator.tiling.scale
        condition, target = degraded(found.colors, *how)
        image = np.asarray(translator.translate(photo_of(condition).colors, label)).reshape(1, *target.shape)
        return picture_from(side_by_side(condition[np.newaxis], image, target[np.newaxis]))

    def show(self, count: int = 64, seed: int = 0) -> Figure:
        """Return a Matplotlib figure of samples and curves; a notebook shows it, `savefig` writes it."""
        return picture.figure(f"{self.name}, step {self.step}", self._shown(count, seed), self.directory.rows())

    def _shown(self, count: int, seed: int = 0) -> np.ndarray:
        """Return samples; of a generator that takes a condition, the last grid of the training as one image."""
        if not self.gan.takes_condition:
            return self.sample(count, seed)
        grids = sorted(self.directory.samples.glob("step_*.png"))
        require(grids, f"a grid of samples in {self.directory.samples}", "none", "Put them back, or train a new run")
        with Image.open(grids[-1]) as last:
            pixels = np.array(last)
        return pixels.reshape(1, *pixels.shape[:2], -1)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.directory.path}, step {self.step}>"

    def _repr_html_(self) -> str:
        return picture.html(f"{self.name}, step {self.step}", self._shown(24), self.directory.rows())


def load_run(
    path: str | Path,
    checkpoint: str | int | None = "latest",
    average: bool = True,
    *,
    precision: Literal["float32", "bfloat16", "float16"] | None = None,
    data: Mapping[str, Any] | None = None,
) -> Run:
    """Open the run of a GAN.

    Args:
        path: the run directory.
        checkpoint: `latest`, `best`, or the number of a step; None keeps the initial weights and needs no checkpoint.
        average: whether `generator` is the averaged generator, if the run has one.
        precision: the precision of the networks' activations; default: the precision of the run.
        data: where the images are now, if they have moved: {"folder": "photos"}, {"file": "photos.npz"}, {"data_dir":
            "datasets"}, or {"condition": {"folder": "sketches"}}.

    Raises:
        UserError: if the run or checkpoint does not exist, or this version cannot read it.
    """
    return Run.load(path, checkpoint, average, precision=precision, data=data)


def settings_of(
    run: RunDirectory,
    schema: type[Config] = TrainConfig,  # type: ignore[assignment]  # mypy's issue 3737
    options: Mapping[str, object] = {},
) -> Settings[Config]:
    """Return the settings of a run, changed by options such as `data.folder`.

    A relative path of the configuration belongs to the working directory in which the run was trained. data.json has
    its absolute path.

    Raises:
        UserError: if the configuration cannot be read, or a path is given for images that come from elsewhere.
    """
    settings = Settings(schema).with_options({}, run.config)
    paths = dict(paths_in(settings.given))
    for name in (*IMAGES, "generator_terms.features"):
        if name in options and name not in paths:
            raise UserError(
                expected=f"{name} for a run whose images or features come from there",
                received=f"{options[name]} for {run.path}, whose config.yaml names no {name}",
                remedy="Leave it out",
            )
    return settings.with_options({**found_again(settings.given, run.images.get("paths")), **options})


def read_config(directory: RunDirectory, data: Mapping[str, Any] | None = None) -> TrainConfig:
    """Return the configuration of a run; `data` may say where the images are now.

    Raises:
        UserError: if it cannot be read. If another version of this package wrote the run, the error names this version.
    """
    try:
        return settings_of(directory, options=moved(data).options()).make()
    except UserError as error:
        parts = {"expected": error.expected, "received": error.received, "remedy": error.remedy}
        if (written := other_version(directory.path)) and error.expected:
            raise UserError(**parts | {"remedy": f"{error.remedy}. Note that {written}"}) from error
        raise UserError(f"{error}\nNote that {written}" if written else str(error), **parts) from error
