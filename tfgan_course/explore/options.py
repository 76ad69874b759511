"""What the commands of `explain` have in common."""

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from tfgan_course.data import Images
from tfgan_course.errors import UserError
from tfgan_course.explore.outputs import floats
from tfgan_course.explore.subject import Subject
from tfgan_course.figures.panels import checked_formats, save
from tfgan_course.files import write_text, written_whole
from tfgan_course.runs.directory import RunDirectory

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def parser_of(name: str, description: str | None, runs: Sequence[str] = ("run",)) -> ArgumentParser:
    """A parser with the options of every command."""
    parser = ArgumentParser(prog=f"explain {name}", description=description, exit_on_error=False, allow_abbrev=False)
    for run in runs:
        parser.add_argument(run, type=str, help="a GAN's or a classifier's run directory")
    parser.add_argument("--out", type=str | None, help="folder for the figures (default: explain/ in the run)")
    parser.add_argument(
        "--formats", type=str, default="png,svg", help="a file of each figure in each of them: png, svg, pdf, jpg..."
    )
    if runs == ("run",):
        parser.add_argument(
            "--checkpoint", type=str, default="latest", help="of a GAN's run: latest, best, or the number of a step"
        )
    return parser


def add_maximization(parser: ArgumentParser) -> None:
    """Adds the options of `maximize`."""
    parser.add_argument(
        "--start", type=str, default="mean", help="mean (of the test images), noise, or the number of a test image"
    )
    parser.add_argument("--steps", type=NonNegativeInt, default=200, help="steps of gradient ascent")
    parser.add_argument("--rate", type=PositiveFloat, default=0.1, help="factor of the gradient")
    parser.add_argument(
        "--decay", type=NonNegativeFloat, default=0.001, help="factor of X |X|, subtracted in each step"
    )
    parser.add_argument(
        "--jitter", type=NonNegativeInt, default=0, help="pixels to roll the images by before each step"
    )
    parser.add_argument("--total_variation", type=NonNegativeFloat, default=0.0, help="weight of the smoothing")
    parser.add_argument("--seed", type=NonNegativeInt, default=0, help="of noise and jitter")


def add_images(parser: ArgumentParser, count: int) -> None:
    """Adds the options that say which images."""
    parser.add_argument("--count", type=PositiveInt, default=count, help="images, the first of the split")
    parser.add_argument(
        "--split", choices=["test", "train"], default="test", help="test images, or those it was trained on"
    )


def maximization(options: Namespace) -> dict:
    """The options of `maximize`."""
    return {name: options[name] for name in ("steps", "rate", "decay", "jitter", "total_variation", "seed")}


def told(options: Namespace) -> str:
    """The options of `maximize` in words."""
    start = {"mean": "the mean of the test images", "noise": f"noise (seed {options.seed})"}
    words = (
        f"{options.steps} steps of X <- X + {options.rate:g} gradient - {options.decay:g} X |X|, cut to [-1, 1] after "
        f"each, from {start.get(options.start, f'test image {options.start}')}"
    )
    words += f"; rolled by up to {options.jitter} pixels before each step" if options.jitter else ""
    return words + (f"; total variation weighs {options.total_variation:g}" if options.total_variation else "")


def start_image(options: Namespace, test: Images) -> np.ndarray:
    """Float32 [-1, 1] (height, width, channels), as --start says."""
    if options.start == "mean":
        return np.mean(test.images, axis=0, dtype=np.float64).astype(np.float32) / 127.5 - 1
    if options.start == "noise":
        noise = np.random.default_rng(options.seed).normal(0, 0.1, test.images.shape[1:])
        return np.clip(noise, -1, 1).astype(np.float32)
    if not options.start.isdigit():
        raise UserError(f"--start {options.start}: it is mean, noise, or the number of a test image")
    (number,) = numbers(options.start, len(test.images), "--start")
    return floats(test.images[number])


def numbers(words: str, count: int, option: str) -> list[int]:
    """`0,3,8-11` as a list of numbers below `count`."""
    found: list[int] = []
    try:
        for word in words.split(","):
            first, _, last = word.partition("-")
            beyond = max(int(first), count)  # is enough to say that it is wrong
            found += range(int(first), min(int(last or first), beyond) + 1)
    except ValueError as error:
        raise UserError(f"{option} {words}: write numbers and ranges of them, 0,3,8-11 for example") from error
    wrong = [number for number in found if number >= count]
    if wrong or not found:
        raise UserError(f"{option} {words}: {'these are none' if not found else f'there is no {wrong[0]}'}; there are "
                        f"0 to {count - 1}")  # fmt: skip
    return found


def chosen(subject: Subject, options: Namespace) -> Images:
    """The images that --count and --split ask for."""
    train, test = subject.images()
    images = test if options.split == "test" else train
    labels = None if images.labels is None else images.labels[: options.count]
    return Images(images.images[: options.count], labels, images.class_names)


class Out:
    """Where figures and tables go. Nothing is made before the first of them is there.

    Args:
        options: with `out` and `formats`.
        run: whose folder it is in unless --out says otherwise.
        name: of that folder.

    Raises:
        UserError: if that folder cannot be written to, or there is no such format.
    """

    def __init__(self, options: Namespace, run: RunDirectory, name: str = "explain"):
        self.formats = checked_formats(options.formats)
        self.folder = Path(options.out) if options.out else run.path / name
        there = next(path for path in (self.folder, *self.folder.absolute().parents) if path.exists())
        if not there.is_dir():
            raise UserError(f"--out {self.folder}: {there} is a file, and figures need a folder")
        if not os.access(there, os.W_OK | os.X_OK):
            raise UserError(f"cannot write to --out {self.folder}: no permission for {there}")

    def figure(self, name: str, figure: "Figure") -> None:
        """Saves a figure and says so."""
        with written_to(self.folder):
            print(f"Written: {', '.join(map(str, save(figure, self.folder, name, self.formats)))}")

    def table(self, name: str, header: Sequence[str], rows: Sequence[Sequence]) -> None:
        """Prints a table, and saves it as CSV."""
        lines = [[f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in (header, *rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        with written_to(self.folder):
            path = self.folder / f"{name}.csv"
            with written_whole(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows([header, *rows])

    def arrays(self, name: str, **arrays: np.ndarray) -> None:
        """Saves arrays as NPZ."""
        with written_to(self.folder), written_whole(self.folder / f"{name}.npz") as temporary:
            np.savez(temporary, **arrays)

    def text(self, name: str, text: str) -> None:
        """Saves text under a name with its ending."""
        with written_to(self.folder):
            write_text(self.folder / name, text)


@contextmanager
def written_to(folder: Path) -> Iterator[None]:
    """Makes the folder; turns an operating system's error on the way into a user's."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise UserError(f"cannot write to --out {folder}: {error.strerror or error}") from error
