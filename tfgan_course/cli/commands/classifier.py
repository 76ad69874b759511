"""Train a classifier, which then judges generated images; it reports accuracy and a confusion matrix."""

from tfgan_course.cli.options import add_out, any_run, folder
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import UserError

common: tuple[str, ...] = (
    "data.name",
    "data.folder",
    "data.size",
    "network",
    "recipe",
    "augmentations",
    "optimizer",
    "batch_size",
)
common += ("epochs", "seed", "precision")

MOVED = ("--data.folder", "--data.data_dir")
"""The options that say where the images of a run are now."""


def configuration() -> type:
    """Return the configuration whose options the command takes."""
    from tfgan_course.classifier.config import ClassifierConfig

    return ClassifierConfig


def add_options(parser: Parser) -> None:
    add_out(parser, "runs/classifier", "the run directory", folder)
    parser.add(
        "--resume",
        str | None,
        "run directory to resume; beside it only --data.folder and --data.data_dir",
        check=any_run,
    )


def check(options: Options) -> None:
    """Refuse other options together with `--resume`."""
    if options.resume and (extra := sorted(options.given - {"--resume", *MOVED})):
        raise UserError(
            expected=f"only {', '.join(MOVED)} together with --resume, because a run keeps its configuration",
            received=extra[0],
            remedy=f"Leave {extra[0]} out, or train a new classifier",
        )


def run(options: Options) -> None:
    """Train from the beginning, or resume a run."""
    from tfgan_course.classifier.config import made
    from tfgan_course.classifier.run import ClassifierRun
    from tfgan_course.classifier.train import resume, train
    from tfgan_course.training.interrupts import stop_on_signals

    with stop_on_signals() as asked_to_stop:
        if options.resume:
            names = [name.removeprefix("--data.") for name in MOVED]
            moved = {name: options.settings["data"][name] for name in names}
            run = resume(ClassifierRun(options.resume), asked_to_stop, moved)
        else:
            run = train(*made(options.settings), options.out, asked_to_stop)
    rows = run.rows()
    print(
        f"Test accuracy after {len(rows)} epochs: {100 * rows[-1]['test_accuracy']:.2f}%. Confusion matrix: {run.path}"
    )
