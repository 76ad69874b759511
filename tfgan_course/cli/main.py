"""The command line: `python -m tfgan_course COMMAND`, `tfgan-course COMMAND`.

A command is a module in `cli/commands/` and has the module's name; a package in this folder is a group of commands.
Only the module of the typed command is imported. TensorFlow is imported after the options were checked.
"""

import difflib
import gc
import os
import pkgutil
import shlex
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tfgan_course import __version__
from tfgan_course.cli import quiet
from tfgan_course.errors import Interrupted, UserError, first_line, raised_inside, require
from tfgan_course.files import printable, shown
from tfgan_course.runs.paths import ARGUMENTS

COMMANDS = "tfgan_course.cli.commands"

PIXELS = "TFGAN_COURSE_PIXELS"
"""The environment variable with the largest number of pixels of a picture."""


def main(args: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status: 0, 2 for a user's mistake, 130 when interrupted."""
    sys.path.append(os.getcwd())  # a configuration may name the user's own classes in the working directory
    words = list(sys.argv[1:] if args is None else args)
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: say(f"warning: {message}")
        warnings.simplefilter("ignore", DeprecationWarning)  # they are for authors of libraries
        warnings.filterwarnings("ignore", module="keras")
        warnings.filterwarnings("ignore", module="PIL")  # about broken EXIF data of a photo that is read all the same
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # Matplotlib draws a box for a letter
        warnings.filterwarnings("ignore", module="sklearn")  # a Gaussian process warns when trials are few
        try:
            if PIXELS in os.environ:
                allow_pixels(os.environ[PIXELS])
            if words[:1] == ["--version"]:
                print(__version__)
            else:
                dispatch(words)
        except BrokenPipeError:  # the program that reads the output, `head` for example, has ended
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except Interrupted:
            return 130
        except Exception as error:
            mistake = mistake_in(error)
            if mistake is None:
                raise
            say(f"error: {mistake}")
            return 2
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return 130
    return 0


def mistake_in(error: Exception) -> UserError | None:
    """Return what the user can correct if a command ended with this error; None for an error of this package."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, OSError):
        received = f"{error.strerror or error} {shown(str(error.filename)) if error.filename else ''}".strip()
        expected, remedy = "files that can be read and written", "Choose another path, or correct this one"
        return UserError(expected=expected, received=received, remedy=remedy)
    tensorflow = sys.modules.get("tensorflow")
    if isinstance(error, MemoryError) or (tensorflow and isinstance(error, tensorflow.errors.ResourceExhaustedError)):
        return UserError(
            expected="memory for networks and images of this size",
            received=first_line(error),
            remedy="Write smaller numbers: --batch_size or --count for example",
        )
    return raised_inside(error)


def allow_pixels(text: str) -> None:
    """Let Pillow read pictures of this many pixels, which it would refuse."""
    from PIL import Image

    right = text.isdecimal() and int(text) > 0
    require(right, f"in {PIXELS} a number of pixels", repr(text), f"Write {PIXELS}=400000000 for example")
    Image.MAX_IMAGE_PIXELS = -(-int(text) // 2)  # Pillow warns from this number on, and refuses twice as many


def say(text: str) -> None:
    """Print lines on standard error, with names that may hold any character escaped."""
    print("\n".join(map(printable, text.split("\n"))), file=sys.stderr)


def dispatch(words: list[str], package: str = COMMANDS, path: tuple[str, ...] = ()) -> None:
    """Run the command that the first words name, with the other words as its options.

    Args:
        words: the rest of the command line.
        package: the package that contains the commands.
        path: the names of the command groups that were typed before `words`.
    """
    known = commands(package)
    if not words or words[0] in ("-h", "--help"):
        print(listing(package, path))
        return
    name, *rest = words
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        guess = f"Did you mean {close[0]}?" if close else f"See {typed([*path, '--help'])}"
        raise UserError(expected=f"a command: {', '.join(known)}", received=repr(" ".join([*path, name])), remedy=guess)
    module, path = f"{package}.{known[name]}", (*path, name)
    if hasattr(command := import_module(module), "run"):
        run_command(command, path, rest)
    else:
        dispatch(rest, module, path)


def commands(package: str) -> dict[str, str]:
    """Return a dictionary from the command names that a user types to the names of the package's modules."""
    names = [module.name for module in pkgutil.iter_modules(import_module(package).__path__)]
    return {name.replace("_", "-"): name for name in sorted(names)}


def listing(package: str, path: Sequence[str]) -> str:
    """Return the help of a group of commands: one line for each command."""
    from tfgan_course.cli.help import first_line

    lines = [f"usage: {typed([*path, 'COMMAND'])} [OPTIONS]", "", (import_module(package).__doc__ or "").strip(), ""]
    known = commands(package)
    width = max(map(len, known)) + 2
    for name, module in known.items():
        lines.append(f"  {name:<{width}}{first_line(import_module(f'{package}.{module}'))}")
    return "\n".join([*lines, "", f"{typed([*path, 'COMMAND'])} --help lists a command's options."])


def typed(path: Sequence[str]) -> str:
    """Return what a user types to call a command: `python train.py`, `tfgan-course sample`."""
    script = Path(sys.argv[0]).name
    if [script] == [f"{name}.py" for name in path]:
        return f"python {script}"
    return " ".join(["python -m tfgan_course" if script == "__main__.py" else "tfgan-course", *path])


def run_command(command: ModuleType, path: Sequence[str], words: Sequence[str]) -> None:
    """Parse a command's options, then run it.

    If the command's module has a function `configuration` that returns a dataclass, the command also takes all options
    of this configuration; they are in `options.settings`. If the module has a function `start`, they change the
    settings that it returns, and otherwise the defaults. If the module has a function `check`, it checks the options
    before TensorFlow is imported. If it has a function `answered`, and this returns true, nothing is left to do.
    """
    from tfgan_course.cli.help import first_page, topic_page
    from tfgan_course.cli.parsing import Parser
    from tfgan_course.config.parser import Settings, check_quickly

    schema = command.configuration() if hasattr(command, "configuration") else None
    parser = Parser(typed(path), command.__doc__, schema)
    command.add_options(parser)
    if help_words := [index for index, word in enumerate(words) if word in ("-h", "--help")]:
        topic = "".join(words[help_words[0] + 1 :][:1]).lstrip("-")
        print(topic_page(parser, topic) if topic else first_page(parser, getattr(command, "common", ())))
        return
    print_config = schema is not None and "--print_config" in words
    options, rest = parser.parsed([word for word in words if not (print_config and word == "--print_config")])
    if schema is not None:
        # The class that has these arguments is named by what is resumed, which is read later.
        known = [option for option in rest if getattr(options, "resume", None) is None or option.key not in ARGUMENTS]
        check_quickly(known, schema)
    if hasattr(command, "check"):
        command.check(options)
    if hasattr(command, "answered") and command.answered(options):
        return
    if schema is not None or getattr(command, "needs_tensorflow", True):
        quiet.import_tensorflow()
        # TensorFlow's objects stay until the end. Without `freeze`, each garbage collection would search them, which
        # takes 0.2 s.
        gc.freeze()
    if schema is not None:
        options.configured = rest
        start = command.start(options) if hasattr(command, "start") else Settings(schema)
        options.settings = start.changed(rest)
        if hasattr(command, "settings"):
            options.settings = command.settings(options)
    if print_config:
        print(options.settings.yaml(), end="")
        return
    try:
        command.run(options)
    except Interrupted as error:
        if error.saved:
            again = f"{typed(path)} --resume {shlex.quote(str(error.saved))}"
            print(f"Stopped. The state is saved in {error.saved}. Go on with: {again}")
        raise
