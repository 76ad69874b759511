"""The options that several commands share, each declared once, and values that are written in one way everywhere."""

import math

from jsonargparse import ArgumentParser
from jsonargparse.typing import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from tfgan_course.errors import UserError


def add_run(parser: ArgumentParser, about: str = "a GAN's run directory", name: str = "run") -> None:
    """Declare the positional argument that names a run directory."""
    parser.add_argument(name, type=str, help=about)


def add_checkpoint(parser: ArgumentParser) -> None:
    """Declare `--checkpoint`, which says what state of a run is taken."""
    parser.add_argument("--checkpoint", type=str, default="latest", help="latest, best, or the number of a step")


def add_average(parser: ArgumentParser) -> None:
    """Declare `--average`, which chooses between the two generators of a run."""
    parser.add_argument("--average", type=bool, default=True, help="use the averaged generator (EMA)")


def add_seed(parser: ArgumentParser, about: str = "of the first image; the next has the next seed") -> None:
    """Declare `--seed`."""
    parser.add_argument("--seed", type=NonNegativeInt, default=0, help=about)


def add_truncation(parser: ArgumentParser) -> None:
    """Declare `--truncation`."""
    parser.add_argument(
        "--truncation",
        type=PositiveFloat,
        default=10.0,
        help="small: typical images, little variety. Moves w towards its average, below 1, or cuts the latents' normal "
        "distribution, below 5; 10 truncates nothing",
    )


def add_count(parser: ArgumentParser, default: int | None, about: str) -> None:
    """Declare `--count`."""
    parser.add_argument("--count", type=PositiveInt if default else PositiveInt | None, default=default, help=about)


def add_out(parser: ArgumentParser, default: str | None, about: str) -> None:
    """Declare `--out`, the file or folder that a command writes."""
    parser.add_argument("--out", type=str if default else str | None, default=default, help=about)


def add_classes(parser: ArgumentParser, about: str) -> None:
    """Declare `--classes`."""
    parser.add_argument("--classes", type=str | None, default=None, help=about)


def add_split(parser: ArgumentParser, default: str, about: str) -> None:
    """Declare `--split`."""
    parser.add_argument("--split", choices=["test", "train"], default=default, help=about)


def add_features(parser: ArgumentParser) -> None:
    """Declare `--features`."""
    parser.add_argument(
        "--features",
        type=str | dict | None,
        default=None,
        help="a classifier's run, a Keras file, a SavedModel's folder, random, inception, mymodule.MyFeatures, or none",
    )


def add_formats(parser: ArgumentParser) -> None:
    """Declare `--formats`, the kinds of files that a figure is written as."""
    parser.add_argument(
        "--formats", type=str, default="png,svg", help="a file of each figure in each of them: png, svg, pdf, jpg..."
    )


MOST = 1_000_000
"""Numbers in a range that a user writes."""


def whole_numbers(words: str, option: str, below: int | None = None) -> list[int]:
    """Return the numbers that `1,5,8-11` names, ranges with both ends included.

    Args:
        words: the value of an option.
        option: the option as it is typed, for errors.
        below: the numbers must be smaller than this; None allows any.

    Raises:
        UserError: if the value is something else, a range runs backwards (8-5), or a number is too large.
    """
    found: list[int] = []
    for word in words.split(","):
        first, dash, last = (part.strip() for part in word.partition("-"))
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            raise UserError(
                f"{option} {words}: expected numbers of 0 or more and ranges of them; got {word.strip()!r}. "
                "Write 1,5,8-11 for example"
            )
        low, high = int(first), int(last or first)
        if low > high:
            raise UserError(f"{option} {words}: the range {word.strip()} runs backwards. Write {high}-{low}")
        if below is not None and high >= below:
            raise UserError(f"{option} {words}: there is no {high}. There are 0 to {below - 1}")
        if high - low >= MOST:
            raise UserError(
                f"{option} {words}: the range {word.strip()} has more than {MOST} numbers. Write a smaller one"
            )
        found += range(low, high + 1)
    return found


def numbers(words: str, option: str) -> list[float]:
    """Return the numbers that `0,0.5,1` lists.

    Raises:
        UserError: if one of them is not a finite number.
    """
    try:
        values = [float(word) for word in words.split(",")]
    except ValueError:
        values = [math.nan]
    if not all(map(math.isfinite, values)):
        raise UserError(f"{option} {words}: expected finite numbers. Write 0,0.5,1 for example")
    return values


def add_ascent(parser: ArgumentParser) -> None:
    """Declare the options of a maximization, the fields of `explore.Ascent`."""
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
    add_seed(parser, "of noise and jitter")


def add_figures(parser: ArgumentParser, folder: str) -> None:
    """Declare the options of a command that writes figures: where, and in which formats."""
    add_out(parser, None, f"folder for the figures (default: {folder}/ in the run)")
    add_formats(parser)


def add_space(parser: ArgumentParser) -> None:
    """Declare the options that choose a generator of a GAN's run, and one of its spaces."""
    parser.add_argument(
        "--space",
        choices=["z", "w"],
        help="z, what the generator is fed, or w, what its mapping network makes of that; w if it has one",
    )
    add_checkpoint(parser)
    add_average(parser)
