"""Repeat a course report by one command, with its results beside yours; without a name, list the labs.

The options of train are those that all runs have; --data.name cifar10, for example.
"""

from tfgan_course.cli.options import existing_features, folder
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import require
from tfgan_course.plugins.types import PositiveFloat, PositiveInt

common = ("data.name", "data.folder", "data.size", "batch_size", "precision")


def configuration() -> type:
    """Return the configuration whose options the command takes."""
    from tfgan_course.config.schema import TrainConfig

    return TrainConfig


def add_options(parser: Parser) -> None:
    parser.add("name", str | None, "the name of a lab, or the path of a YAML file; none lists the labs")
    parser.add("--minutes", PositiveFloat | None, "minutes of training, all runs together (default: as the lab says)")
    parser.add("--images", PositiveInt | None, "the budget of each run in real images, in place of --minutes")
    parser.add("--full", bool, "train as many epochs as the report, in place of --minutes", False)
    about = "the judge, as for evaluate (default: a classifier that is trained on the training images first)"
    parser.add("--features", str | None, about, None, existing_features)
    about = "how many images each generator makes to be judged (default: as the lab says)"
    parser.add("--judge_samples", PositiveInt | None, about)
    parser.add("--out", str | None, "the folder of the lab (default: runs/labs/NAME)", check=folder)
    parser.add("--resume", str | None, "folder of the lab to continue")


def check(options: Options) -> None:
    """Refuse an unknown lab, a file that describes none, and options without a lab."""
    from tfgan_course.labs.description import lab_path, read_lab

    if options.name is None and options.resume is None:
        given = ", ".join(sorted(options.given))
        require(not given, "the name of a lab", f"only {given}", "Write labs lab4, for example")
    elif options.name is not None:
        read_lab(lab_path(options.name))


def answered(options: Options) -> bool:
    """List the labs, if none is named; this needs no TensorFlow."""
    from tfgan_course.labs.description import labs, read_lab

    listed = options.name is None and options.resume is None
    for name, path in labs().items() if listed else ():
        lab = read_lab(path)
        print(f"{name:<12} {lab.subject}\n{'':<12} {lab.minutes:g} minutes of training; the report: {lab.report.took}")
    return listed


def run(options: Options) -> None:
    """Train and judge all runs of a lab, print the tables, and write the page."""
    from tfgan_course.labs.api import lead, prepared
    from tfgan_course.training.interrupts import stop_on_signals

    given = options.name, options.minutes, options.images, options.full, options.features, options.judge_samples
    lab_folder = prepared(*given, options.configured, options.out, options.resume)
    print(f"Folder of the lab: {lab_folder.path}", flush=True)
    with stop_on_signals() as asked_to_stop:
        results = lead(lab_folder, asked_to_stop)
    print(f"\n{results.table()}\n\nPage: {lab_folder.path / 'lab.html'}")
