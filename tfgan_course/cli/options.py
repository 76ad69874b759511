"""The options that several commands share, and the values, such as lists of numbers, that they share."""

import math
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import UserError, require
from tfgan_course.files import new_folder, printable, shown, usable
from tfgan_course.plugins.types import NonNegativeFloat, NonNegativeInt, PositiveFloat


def gan_run(path: str) -> Path:
    """Return the path of a GAN's run directory; refuse any other."""
    from tfgan_course.runs.directory import RunDirectory

    return RunDirectory.of_gan(path).path


def any_run(path: str) -> Path:
    """Return the path of a run directory; refuse any other."""
    from tfgan_course.runs.directory import RunDirectory

    return RunDirectory(path).path


def writable(path: str | Path, option: str = "--out") -> Path:
    """Return a path, or refuse it if it cannot be written, before any work is done; parent folders may be missing."""
    out = usable(path, option)
    # A symbolic link to nothing, and one to itself, is there, too.
    nearest = next(each for each in (out.absolute(), *out.absolute().parents) if os.path.lexists(each))
    try:
        if nearest.is_dir():
            tempfile.TemporaryFile(dir=nearest).close()
        elif nearest != out.absolute():
            raise NotADirectoryError(20, f"{nearest} is no folder")
        elif not nearest.is_file():  # A named pipe would wait for its reader.
            raise FileExistsError(17, "neither a file nor a folder")
        else:
            out.open("ab").close()
    except OSError as error:
        raise UserError(
            expected=f"for {option} a path that can be written",
            received=f"{shown(path)} ({error.strerror})",
            remedy="Choose another",
        ) from error
    return out


def writable_file(path: str | Path, option: str = "--out") -> Path:
    """Return the path of a file, or refuse it if it is a folder or cannot be written; see `writable`."""
    out = writable(path, option)
    require(not out.is_dir(), f"a file for {option}", f"{shown(path)}, a folder", "Choose another name")
    return out


@contextmanager
def about_out() -> Iterator[None]:
    """Say in an error that the option --out is meant."""
    try:
        yield
    except UserError as error:
        raise UserError(expected=f"for --out {error.expected}", received=error.received, remedy=error.remedy) from error


def new_images(path: str) -> Path:
    """Refuse a file without a picture's ending, and a folder with files: old and new images would be mixed."""
    from tfgan_course.figures.grids import check_empty, check_ending

    out = writable(path)
    with about_out():
        check_ending(out)
        if not out.suffix:
            check_empty(out)
    given = shown(path)
    require(not (out.suffix and out.is_dir()), "a file for --out", f"{given}, a folder", "Choose another name")
    require(bool(out.suffix) or not out.is_file(), "for --out a picture's ending", f"{given}, a file", "Write grid.png")
    return out


def folder(path: str, check: Callable[[str | Path, str], Path] = new_folder) -> Path:
    """Refuse a path at which a run, a search or a model cannot be written."""
    out = check(path, "--out")
    require(not out.is_file(), "a folder for --out", f"{shown(path)}, a file", "Choose another name")
    return writable(out)


def add_run(
    parser: Parser, about: str = "a GAN's run directory", name: str = "run", check: Callable[[str], Path] = gan_run
) -> None:
    """Declare the positional argument that names a run directory."""
    parser.add(name, str, about, check=check)


COMMANDS = Path(__file__).parent / "commands"
FEATURES = "a classifier's run, a Keras file, a SavedModel's folder, random, inception, or mymodule.MyFeatures"


def existing_features(value: object) -> object:
    """Return a value, but refuse a path that does not exist; names of classes are checked later with TensorFlow."""
    exists = not isinstance(value, str) or "/" not in value or usable(value, "--features").exists()
    require(exists, f"for --features {FEATURES}", f"{shown(str(value))}, which does not exist", "Correct the path")
    return value


SHARED: dict[str, tuple] = {
    "average": (bool, "use the averaged generator (EMA)", True),
    "checkpoint": (Literal["latest", "best"] | NonNegativeInt, "latest, best, or the number of a step", "latest"),
    "classes": (str | None, "classes by number or name; a name with a comma in double quotes", None),
    "features": (
        str | dict | None,
        f"the network that computes the images' features: {FEATURES}; null for none",
        None,
        existing_features,
    ),
    "formats": (str, "file formats of each figure: one or more of png, svg, pdf, jpg", "png,svg"),
    "seed": (NonNegativeInt, "seed of the first image; each next image has the next seed", 0),
    "truncation": (
        PositiveFloat,
        "a small number gives typical images of little variety: with a mapping network, w moves towards its average "
        "(below 1); without, the latents' normal distribution is cut (below 5); 10 truncates nothing",
        10.0,
    ),
}
"""The type, the meaning and the default of each shared option, and perhaps a check; see `Parser.add`."""


def share(parser: Parser, *names: str, **meanings: str) -> None:
    """Declare shared options by name, or with a meaning of their own for this command."""
    for name in (*names, *meanings):
        hint, about, *others = SHARED[name]
        parser.add(f"--{name}", hint, meanings.get(name, about), *others)


def add_data(parser: Parser) -> None:
    """Declare `--data.folder` and the like, for a run whose images have moved."""
    from tfgan_course.runs.paths import Moved

    parser.add("--data", Moved, "where the images are now")


def check_resumed(options: Options, allowed: Sequence[str]) -> None:
    """Refuse options together with `--resume`, except those that are allowed."""
    extra = sorted(options.given - {"--resume", *allowed}) if options.resume is not None else []
    expected = f"together with --resume only {', '.join(allowed)}, because what is resumed keeps its configuration"
    require(not extra, expected, ", ".join(extra), "Leave them out, or begin anew")


def add_out(parser: Parser, default: str | None, about: str, check: Callable[[str], Path] = writable) -> None:
    """Declare `--out`, the file or folder that a command writes."""
    parser.add("--out", str if default else str | None, about, default, check)


MOST = 1_000_000
"""The largest count of numbers in a range."""


def whole_numbers(words: str, option: str, below: int | None = None) -> list[int]:
    """Return the whole numbers in a text such as `1,5,8-11`; a range includes both ends.

    Args:
        words: the value of an option.
        option: the option as it is typed, for errors.
        below: the numbers must be smaller than this; None allows any.

    Raises:
        UserError: if the text has another form, a range runs backwards (8-5), or a number is too large.
    """
    found: list[int] = []
    for word in words.split(","):
        first, dash, last = (part.strip() for part in word.partition("-"))
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            raise UserError(
                expected=f"for {option} whole numbers from 0 and ranges of them",
                received=repr(word.strip()),
                remedy="Write 1,5,8-11 for example",
            )
        low, high = int(first), int(last or first)
        if low > high:
            raise UserError(
                expected=f"for {option} ranges from the smaller to the larger number",
                received=repr(word.strip()),
                remedy=f"Write {high}-{low}",
            )
        if below is not None and high >= below:
            raise UserError(
                expected=f"for {option} numbers from 0 to {below - 1}",
                received=str(high),
                remedy="Write smaller numbers",
            )
        if high - low >= MOST:
            raise UserError(
                expected=f"for {option} ranges of at most {MOST} numbers",
                received=repr(word.strip()),
                remedy="Write a smaller range",
            )
        found += range(low, high + 1)
    return found


def numbers(words: str, option: str) -> list[float]:
    """Return the numbers in a text such as `0,0.5,1`.

    Raises:
        UserError: if one of them is not a finite number.
    """
    try:
        values = [float(word) for word in words.split(",")]
    except ValueError:
        values = [math.nan]
    if not all(map(math.isfinite, values)):
        raise UserError(
            expected=f"for {option} finite numbers", received=repr(words), remedy="Write 0,0.5,1 for example"
        )
    return values


def add_ascent(parser: Parser) -> None:
    """Declare the options of a maximization, the fields of `explore.Ascent`."""
    parser.add("--start", str, "start from mean (of the test images), noise, or a test image by its number", "mean")
    parser.add("--steps", NonNegativeInt, "steps of gradient ascent", 200)
    parser.add("--rate", PositiveFloat, "factor of the gradient", 0.1)
    parser.add("--decay", NonNegativeFloat, "factor of X |X|, which each step subtracts from the image X", 0.001)
    parser.add("--jitter", NonNegativeInt, "pixels by which the images are rolled before each step", 0)
    parser.add("--total_variation", NonNegativeFloat, "weight of the term that smooths the image", 0.0)
    share(parser, seed="seed of the noise and the rolling")


def add_figures(parser: Parser, group: str) -> None:
    """Declare the options of a command that writes figures: the folder and the formats.

    Args:
        parser: the command's parser.
        group: the commands of which this is one, `explain` for example, and the folder in the run. These commands may
            write into the same folder, because their figures have their names.
    """

    def folder_for_figures(path: str) -> Path:
        out = writable(path)
        require(not out.is_file(), "a folder for --out", f"{shown(path)}, a file", "Choose another name")
        commands = tuple(file.stem.replace("_", "-") for file in (COMMANDS / group).glob("[!_]*.py"))
        others = (file.name for file in out.iterdir() if not file.name.startswith(commands)) if out.is_dir() else ()
        other = next(iter(others), None)
        expected = f"for --out a folder that is new, or holds only figures of `{group}`"
        received, remedy = f"{shown(path)}, which holds {printable(str(other))}", "Choose another name"
        require(other is None, expected, received, remedy)
        return out

    add_out(parser, None, f"folder for the figures (default: {group}/ in the run)", folder_for_figures)
    share(parser, "formats")


def add_space(parser: Parser) -> None:
    """Declare the options that choose a generator from a GAN's run, and one of its latent spaces."""
    about = "z, the latents, or w, what the mapping network computes from z; unless given, w if the generator has it"
    parser.add("--space", Literal["z", "w"] | None, about)
    share(parser, "checkpoint", "average")
