"""Train a GAN, and write samples, curves, history and checkpoints into a run directory."""

import functools
import operator
from typing import TYPE_CHECKING

from tfgan_course.cli.options import add_out, folder, gan_run
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import UserError

if TYPE_CHECKING:
    from tfgan_course.config.parser import Settings

RESUMED_WITH = ("--epochs", "--strategy", "--replicas", "--steps_per_execution", "--jit")
RESUMED_WITH += ("--data.folder", "--data.data_dir", "--metrics.features")
"""The options that may change when a run is resumed; the last three say where moved images and features are now."""
common = ("variant", "data.name", "data.folder", "data.size", "epochs", "batch_size", "seed", "precision", "strategy")


def configuration() -> type:
    """Return the configuration whose options the command takes."""
    from tfgan_course.config.schema import TrainConfig

    return TrainConfig


def add_options(parser: Parser) -> None:
    add_out(parser, None, "the run directory (default: runs/<variant>)", folder)
    parser.add("--resume", str | None, "run directory to resume")


def check(options: Options) -> None:
    """Refuse options that cannot be used together with `--resume`, and a path that is not a run."""
    if options.resume is None:
        return
    if extra := sorted(options.given - {"--resume", *RESUMED_WITH}):
        raise UserError(
            expected=f"together with --resume only {', '.join(RESUMED_WITH)}, because a run keeps its configuration",
            received=extra[0],
            remedy=f"Leave {extra[0]} out, or train a new run",
        )
    if "--strategy" not in options.given:  # if several workers train together, only the chief has the run
        gan_run(options.resume)


def run(options: Options) -> None:
    """Train from the beginning, or resume a run; a worker takes part in the chief's training."""
    from tfgan_course.cli.quiet import import_tensorflow
    from tfgan_course.runs.directory import RunDirectory
    from tfgan_course.runs.open import settings_of
    from tfgan_course.training.distribution import make_strategy
    from tfgan_course.training.launch import launch
    from tfgan_course.training.workers import Workers

    print(f"Training on {', '.join(import_tensorflow()) or 'the CPU'}")
    settings, run, workers = options.settings, None, None
    if options.resume is not None:
        strategy = settings["strategy"], settings["replicas"]
        workers = Workers(make_strategy(*strategy)) if "--strategy" in options.given else None
        if workers is None or workers.chief:
            run = RunDirectory.of_gan(options.resume)
            changed = [name.removeprefix("--") for name in RESUMED_WITH if name in options.given]
            settings = settings_of(run, options={name: given(settings, name) for name in changed})
    workers = workers or Workers(make_strategy(settings["strategy"], settings["replicas"]))
    out = options.out or f"runs/{settings.name}"
    run = launch(workers, lambda: (settings.make(), settings.yaml()), out=out, resume=run)
    if run is not None:
        print(f"Samples, curves and history: {run.path}")


def given(settings: "Settings", name: str) -> object:
    """Return the value of an option on the command line, such as `data.folder`."""
    return functools.reduce(operator.getitem, name.split("."), settings.given)
