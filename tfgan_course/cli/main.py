"""The command line: `python -m tfgan_course COMMAND`, `tfgan-course COMMAND`."""

import gc
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jsonargparse import ArgumentParser
from jsonargparse.typing import NonNegativeInt, PositiveFloat, PositiveInt

from tfgan_course import __version__
from tfgan_course.cli import quiet

GPUS = quiet.import_tensorflow()  # before anything else imports it

# ruff: noqa: E402
from tfgan_course.classifier.command import classifier_command
from tfgan_course.config.parser import config_parser, dump, instantiate, parse, read
from tfgan_course.config.variants import variants
from tfgan_course.data.classes import labels_of
from tfgan_course.errors import Interrupted, UserError
from tfgan_course.evaluation.evaluation import evaluate_command
from tfgan_course.explore.command import explain_command
from tfgan_course.explore.outputs import layer_table
from tfgan_course.explore.subject import networks_of
from tfgan_course.figures.grids import check_ending, save_images
from tfgan_course.gan.sampling import class_columns, sample
from tfgan_course.gan.seeds import LARGEST_TRUNCATION
from tfgan_course.health.command import health_command
from tfgan_course.latent_space.command import latents_command
from tfgan_course.latent_space.interpolate_command import interpolate_command
from tfgan_course.models.receptive_field import receptive_field_table
from tfgan_course.report.command import report_command
from tfgan_course.runs.build import build
from tfgan_course.runs.checkpoints import restore
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.serving.client import request_command
from tfgan_course.serving.export import export_command
from tfgan_course.training.distribution import Workers, make_strategy
from tfgan_course.training.train import chief_trains, follow
from tfgan_course.tuning.command import tune_command

# The modules stay: collecting garbage need not look through all that they have made, a quarter of a second each time.
gc.freeze()


def main(args: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit status: 0, 2 for a user's mistake, 130 when interrupted."""
    sys.path.append(os.getcwd())  # where a class of the user's own, named in a configuration, is looked for
    command, *rest = list(sys.argv[1:] if args is None else args) or ["--help"]
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: print(f"warning: {message}", file=sys.stderr)
        warnings.simplefilter("ignore", DeprecationWarning)  # for who writes libraries, not for who uses them
        warnings.filterwarnings("ignore", module="jsonargparse")
        warnings.filterwarnings("ignore", module="keras")
        warnings.filterwarnings("ignore", module="sklearn")  # a Bayesian search fits a process to few trials
        return run_command(command, rest)


def run_command(command: str, rest: Sequence[str]) -> int:
    """See `main`."""
    try:
        if command in ("-h", "--help"):
            print(USAGE)
        elif command == "--version":
            print(__version__)
        elif command in COMMANDS:
            COMMANDS[command](rest)
        else:
            raise UserError(f"there is no command {command!r}. Commands: {', '.join(COMMANDS)}")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        return 2
    except Interrupted:
        return 130
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


RESUMED_WITH = ("--epochs", "--strategy", "--replicas", "--steps_per_execution", "--jit")
"""What may be said otherwise when a run goes on."""


def train_command(args: Sequence[str]) -> None:
    """Train a GAN: a run directory with its samples, curves, history and checkpoints."""
    parser = config_parser(prog="train", description=train_command.__doc__)
    parser.add_argument("--out", type=str | None, help="the run directory (default: runs/<variant>)")
    parser.add_argument("--resume", type=str | None, metavar="RUN", help="go on with this run")
    options = parse(parser, args)
    print(f"Training on {', '.join(GPUS) or 'the CPU'}")
    run, given = None, flags(args)
    if options.resume:
        extra = [
            arg for arg in args if arg.startswith("--") and arg.partition("=")[0] not in ("--resume", *RESUMED_WITH)
        ]
        if extra:
            raise UserError(
                f"--resume goes on as the run was configured, longer with --epochs N; it takes no {extra[0]}. "
                f"It takes {', '.join(RESUMED_WITH)}"
            )
        workers = Workers(make_strategy(options.strategy, options.replicas)) if "--strategy" in given else None
        if workers is None or workers.chief:
            run = RunDirectory.of_gan(options.resume)
            told = [f"{name}={options[name[2:]]}" for name in RESUMED_WITH if name in given]
            options = parse(config_parser(), ["--config", str(run.config), *told])
        workers = workers or Workers(make_strategy(options.strategy, options.replicas))
        parser, out = config_parser(), None
    else:
        file = Path(str(options.config[-1])) if options.config else Path("dcgan.yaml")
        # A run's own config.yaml says nothing by its name.
        out = options.out or f"runs/{file.resolve().parent.name if file.name == 'config.yaml' else file.stem}"
        workers = Workers(make_strategy(options.strategy, options.replicas))
    with stop_on_signals() as asked_to_stop, workers.together():
        if not workers.chief:
            follow(workers, asked_to_stop)
            return
        with workers.strategy.scope():
            config = instantiate(parser, options)
        try:
            run = chief_trains(run, config, dump(parser, options), out, asked_to_stop, workers)
        except Interrupted:
            workers.told_by_chief(None)
            raise
        workers.told_by_chief(None)
    print(f"Samples, curves and history: {run.path}")


def flags(args: Sequence[str]) -> set[str]:
    """The names of the options on a command line."""
    return {arg.partition("=")[0] for arg in args if arg.startswith("--")}


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Makes Ctrl-C and SIGTERM ask the training to save and stop; a second one ends at once.

    So does one before the training looks for the first time: nothing is written by then.
    """
    looks, asked = False, False

    def handle(number, frame):
        nonlocal asked
        if asked or not looks:
            raise KeyboardInterrupt
        asked = True
        print("\nsaving after this step; once more to stop at once", file=sys.stderr, flush=True)

    def asked_to_stop() -> bool:
        nonlocal looks
        looks = True
        return asked

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked_to_stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def sample_command(args: Sequence[str]) -> None:
    """Draw images with a trained generator: a grid, or a folder of PNG files."""
    parser = ArgumentParser(prog="sample", description=sample_command.__doc__, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("run", type=str, help="a run directory")
    parser.add_argument("--count", type=PositiveInt | None, default=None, help="how many images; 64 unless given")
    parser.add_argument(
        "--classes",
        type=str,
        default=None,
        help="classes by number or name, 3,3,7 or sandal,bag: an image of each, over again up to --count",
    )
    parser.add_argument("--seed", type=NonNegativeInt, default=0, help="of the first image; the next has the next seed")
    parser.add_argument(
        "--truncation",
        type=PositiveFloat,
        default=LARGEST_TRUNCATION,
        help="small: typical images, little variety. Moves w towards its average, below 1, or cuts the latents' normal "
        "distribution, below 5; 10 truncates nothing",
    )
    parser.add_argument(
        "--out",
        type=str,
        default="grid.png",
        help="a picture file for a grid, .png for one; without an ending, a folder",
    )
    parser.add_argument("--checkpoint", type=str, default="latest", help="latest, best, or the number of a step")
    parser.add_argument("--average", type=bool, default=True, help="use the averaged generator (EMA)")
    options = parse(parser, args)
    run, out = RunDirectory.of_gan(options.run), Path(options.out)
    check_ending(out)
    gan = build(read(run.config), tuple(run.images["image_shape"]), len(run.images["class_names"] or ()) or None)
    restore(gan, run, options.checkpoint)
    labels, columns = None, None
    if gan.generator_takes_labels:
        labels, columns = asked_labels(options.classes, options.count, run.images["class_names"])
    elif options.classes is not None:
        raise UserError(f"--classes {options.classes}: the generator of {run.path} was trained without classes")
    count = options.count or 64 if labels is None else len(labels)
    images = sample(gan, count, options.seed, labels, options.truncation, average=options.average)
    save_images(out, images, columns)
    print(f"{count} images of step {gan.steps_done}: {out}")


def asked_labels(classes: str | None, count: int | None, class_names: Sequence[str]) -> tuple[np.ndarray, int | None]:
    """Labels for `sample`, and the columns of its grid: one for each class unless classes are named."""
    if classes is None:
        labels = class_columns(count or 64, len(class_names))
        return labels, int(labels.max()) + 1
    named = labels_of([name.strip() for name in classes.split(",")], class_names)
    return np.resize(named, count or len(named)), None


def layers_command(args: Sequence[str]) -> None:
    """List the layers of a run's networks, with the receptive fields of the critic's or the classifier's."""
    parser = ArgumentParser(prog="layers", description=layers_command.__doc__, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("run", type=str, help="a run directory")
    networks = networks_of(parse(parser, args).run)
    for network in networks:
        network.summary(expand_nested=True)
    inspected = networks[-1]
    what = "critic" if len(networks) == 2 else "classifier"
    print(f"\nNames of the {what}'s layers for explain --layer:\n{layer_table(inspected)}")
    print(f"\nWhat a unit of the {what} sees of the image:\n{receptive_field_table(inspected)}")


def variants_command(args: Sequence[str]) -> None:
    """List the variants: each is a commented YAML file."""
    parser = ArgumentParser(prog="variants", description=variants_command.__doc__, exit_on_error=False)
    parse(parser, args)
    for name, path in variants().items():
        print(f"{name:<24} {path.read_text(encoding='utf-8').splitlines()[0].lstrip('# ')}")


COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {
    "train": train_command,
    "tune": tune_command,
    "sample": sample_command,
    "interpolate": interpolate_command,
    "latents": latents_command,
    "variants": variants_command,
    "layers": layers_command,
    "explain": explain_command,
    "classifier": classifier_command,
    "evaluate": evaluate_command,
    "report": report_command,
    "health": health_command,
    "export": export_command,
    "request": request_command,
}
USAGE = "usage: tfgan-course COMMAND [OPTIONS], or python -m tfgan_course COMMAND [OPTIONS]\n\n" + "\n".join(
    f"  {name:<11} {(command.__doc__ or '').strip()}" for name, command in COMMANDS.items()
)
USAGE += "\n\nCOMMAND --help lists a command's options."
