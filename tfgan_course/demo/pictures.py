"""What the page of a run shows. The functions of the commands draw it, so that a seed gives the same pixels."""

import io
import shlex
from pathlib import Path

import numpy as np
from PIL import Image

from tfgan_course.data.conditions import Degradation
from tfgan_course.data.photo import photo_of
from tfgan_course.errors import require, whole_number
from tfgan_course.figures.grids import grid, picture_from
from tfgan_course.gan.sampling import class_columns, numbers_of_seeds
from tfgan_course.gan.translation import Translator
from tfgan_course.latent_space import WSpace, images_between, mixed, space_of
from tfgan_course.runs.open import Run

MOST_IMAGES, MOST_FRAMES = 100, 200
"""The most images of a grid and frames of a walk, so that a page that others open cannot ask for hours of work."""
LARGEST_SEED = 2**53 - 1
"""A browser rounds larger whole numbers, and would show the image of another seed than the one that was typed."""


class Pictures:
    """The pictures that a run can make.

    Attributes:
        translates: whether the run makes images from photos; it can do nothing else then.
        degrades: whether it can make the condition from a photo first.
        classes: the names of the classes between which a user chooses; empty for a generator without classes.
        layers: how many layers take a w of their own; below 2 nothing can be mixed.
        widest: the truncation from which on nothing is truncated on the page.

    Args:
        run: the run in its own precision, in which `sample` draws.
        precise: the same run with `precision="float32"`, in which `interpolate` and `latents mix` draw.

    Raises:
        UserError: if the run can make nothing of the page: its generator takes both latents and a condition.
    """

    def __init__(self, run: Run, precise: Run):
        self.run, self.translates = run, run.gan.takes_condition
        self.classes = list(run.class_names) if run.gan.generator_takes_labels else []
        self.degrades = self.translates and isinstance(run.config.data.condition, Degradation)
        if self.translates:
            Translator(run.generator)  # it refuses what no photo can be given to
        self.space = None if self.translates else space_of(precise)
        in_w = isinstance(self.space, WSpace)
        self.layers, self.widest = (self.space.style.layers, 1.0) if in_w else (0, 4.0)

    def sample(self, seed: int, count: int, name: str = "", truncation: float | None = None) -> np.ndarray:
        """Return the picture that `sample --out grid.png` writes, uint8 (height, width, channels).

        Args:
            seed: the seed of the first image.
            count: how many images, at most `MOST_IMAGES`.
            name: the class of all images; empty for a column for each class.
            truncation: `widest` or None truncates nothing.
        """
        count, columns = whole_number("the images", count, 1, MOST_IMAGES), None
        seed = whole_number("the seed", seed, 0, LARGEST_SEED)
        if self.classes and not name:
            labels = class_columns(count, len(self.classes))
            count, columns = len(labels), int(labels.max()) + 1
        truncation = None if truncation == self.widest else truncation
        return grid(self.run.sample(count, seed, [name] if name else None, truncation), columns)

    def walk(self, first: int, last: int, frames: int, start: str = "", end: str = "") -> list[np.ndarray]:
        """Return the frames of `interpolate --from FIRST --to LAST`, uint8 (height, width, channels).

        Args:
            first: the seed of the first frame.
            last: the seed of the last frame.
            frames: how many frames, 2 to `MOST_FRAMES`.
            start: the class of the first frame.
            end: the class of the last frame.
        """
        frames = whole_number("the frames", frames, 2, MOST_FRAMES)
        seeds = [whole_number("a seed", seed, 0, LARGEST_SEED) for seed in (first, last)]
        different = first != last or start != end
        require(different, "two different seeds or classes", f"seed {first} twice", "Choose another seed")
        numbers = numbers_of_seeds(seeds, self.space.latent_size)
        labels = self.run.sample_labels(2, [start, end]) if self.classes else None
        return list(images_between(self.space, numbers, frames, labels=labels))

    def mix(self, coarse: int, fine: int, layer: int, name: str = "") -> np.ndarray:
        """Return three images side by side, uint8: that of `coarse`, the mixed one, that of `fine`.

        Args:
            coarse: the seed of the styles of the layers before `layer`.
            fine: the seed of the styles of the other layers.
            layer: 1 to `layers` - 1.
            name: the class of the images.
        """
        seeds = [whole_number("a seed", seed, 0, LARGEST_SEED) for seed in (coarse, fine)]
        layer = whole_number("the layer", layer, 1, self.layers - 1)
        labels = self.run.sample_labels(1, [name]) if self.classes else None
        left, right = (self.space.points_of_seeds([seed], labels) for seed in seeds)
        middle = mixed(self.space, left, right, range(layer, self.layers))[0]
        return grid(np.concatenate([self.space.drawn(left), middle, self.space.drawn(right)]), columns=3)

    def translate(self, file: str | None, name: str = "", degrade: bool = False) -> tuple[Image.Image, Image.Image]:
        """Return a photo, upright, and the picture that `translate` makes of it.

        Args:
            file: the path of the photo, whose folder no message shows.
            name: the photo's class.
            degrade: make the condition from the photo first; see `Run.translate`.
        """
        require(file, "a photo", "none", "Choose the file of a photo first")
        content = io.BytesIO(Path(file).read_bytes())
        content.name = Path(file).name
        photo = photo_of(content)
        content.seek(0)
        made = self.run.translate(content, name or None, degrade)
        return photo.transparent(picture_from(photo.colors)), made


def command(name: str, run: Run, **options: object) -> str:
    """Return the command line of a picture, `python -m tfgan_course sample runs/a --seed 3`; what is empty is left out.

    Args:
        name: the command.
        run: the run.
        options: the options without their dashes; a name of a class is a list of one name or several.
    """
    words = ["python", "-m", "tfgan_course", *name.split(), str(run.directory.path)]
    for option, value in options.items():
        if isinstance(value, list):
            value = ",".join(f'"{one}"' if "," in one else one for one in value)
        if value not in ("", None):
            words += [f"--{option.strip('_')}", str(value).lower() if isinstance(value, bool) else str(value)]
    return shlex.join(words)
