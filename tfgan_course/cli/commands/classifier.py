"""Train a classifier, which then judges generated images; it reports accuracy and a confusion matrix."""

from tfgan_course.cli.options import add_out, any_run, check_resumed, folder
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.config.parser import Settings
from tfgan_course.runs.paths import Moved

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

MOVED = ("--data.folder", "--data.data_dir", "--data.file")
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
        "run directory to resume; beside it only --data.folder, --data.data_dir and --data.file",
        check=any_run,
    )


def check(options: Options) -> None:
    """Refuse other options together with `--resume`."""
    check_resumed(options, MOVED)


def settings(options: Options) -> Settings:
    """Return the settings of the run that `--resume` names, with the paths that the user typed."""
    from tfgan_course.classifier.run import ClassifierRun
    from tfgan_course.runs.open import settings_of

    if options.resume is None:
        return options.settings
    return settings_of(ClassifierRun(options.resume), configuration(), moved(options).options())


def moved(options: Options) -> Moved:
    """Return where the images are now, as far as it is known."""
    data = options.settings["data"]
    return Moved(data["folder"], data["data_dir"], file=data["file"])


def run(options: Options) -> None:
    """Train from the beginning, or resume a run."""
    from tfgan_course.classifier.config import made
    from tfgan_course.classifier.run import ClassifierRun
    from tfgan_course.classifier.train import resume, train
    from tfgan_course.training.interrupts import stop_on_signals

    with stop_on_signals() as asked_to_stop:
        if options.resume:
            run = resume(ClassifierRun(options.resume), asked_to_stop, vars(moved(options)))
        else:
            run = train(*made(options.settings), options.out, asked_to_stop)
    rows = run.rows()
    print(
        f"Test accuracy after {len(rows)} epochs: {100 * rows[-1]['test_accuracy']:.2f}%. Confusion matrix: {run.path}"
    )
