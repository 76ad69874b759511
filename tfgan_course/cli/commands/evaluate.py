"""Measure how good the images of a run or a folder are: a table, and evaluation.json in the run."""

from pathlib import Path
from typing import Literal

from tfgan_course.cli.options import add_out, add_run, share, writable_file
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.data.config import DataConfig
from tfgan_course.errors import require
from tfgan_course.files import shown, usable, what_is
from tfgan_course.plugins.types import PositiveInt
from tfgan_course.runs.paths import IMAGES, is_run

MOVED = tuple(f"--{name}" for name in IMAGES)
"""The options that say where the images of a run are now."""


def add_options(parser: Parser) -> None:
    add_run(
        parser,
        "a run directory, or a folder of images (with a sub-folder for each class, or without)",
        "source",
        folder,
    )
    parser.add("--samples", PositiveInt, "how many generated images to judge", 10_000)
    share(parser, "features")
    parser.add(
        "--metrics",
        list[str | dict] | str | None,
        "frechet,prdc for example, or mymodule.MyMetric; unless given, all of this package's that can be computed",
    )
    about = "judge the conditions of a run, enlarged by bicubic interpolation, in place of the generator's outputs"
    parser.add("--conditions", bool, about, False)
    about = "real images to compare with; unless given, train, or test if the generator takes a condition"
    parser.add("--split", Literal["train", "test"] | None, about)
    share(parser, "checkpoint", "average")
    share(parser, seed="seed of the first generated image of a run")
    add_out(
        parser,
        None,
        "JSON file for the figures; unless given, evaluation.json in a run, and no file for a folder",
        writable_file,
    )
    parser.add(
        "--cache",
        str | None,
        "folder that keeps the features of real images for the next time; null keeps none",
        "default",
    )
    about = "the real images that a folder is compared with; of a run, only where its images are now"
    parser.add("--data", DataConfig, about)


def folder(path: str) -> Path:
    """Refuse a path that is not a folder."""
    source = usable(path, "the source")
    require(
        source.is_dir(),
        "a run directory, or a folder of images",
        f"{shown(path)}, {what_is(source)}",
        "Correct the path",
    )
    return source


def out_of(options: Options) -> Path | None:
    """Return the file that the figures are written to."""
    beside_run = options.source / "evaluation.json" if is_run(options.source) else None
    return options.out or beside_run


def check(options: Options) -> None:
    """Refuse other images together with a run, and a file that cannot be written."""
    # The folder of conditions needs its class, which is the run's own.
    data = sorted(option for option in options.given - {*MOVED, "--data.condition"} if option.startswith("--data"))
    require(
        not (is_run(options.source) and data),
        f"no --data except {', '.join(MOVED)}: {options.source} is compared with the images it was trained on",
        ", ".join(data),
        "Leave it out",
    )
    if out := out_of(options):
        writable_file(out)


def run(options: Options) -> None:
    """Compute the metrics, print them as a table and write the JSON file."""
    from tfgan_course.evaluation.evaluation import evaluate
    from tfgan_course.evaluation.records import append, table
    from tfgan_course.runs.open import load_run

    source, metrics = options.source, options.metrics
    out = out_of(options)
    condition = {"folder": getattr(options.data.condition, "folder", None)}
    moved = {"folder": options.data.folder, "data_dir": options.data.data_dir, "condition": condition}
    moved["file"] = options.data.file
    judged = load_run(source, options.checkpoint, options.average, data=moved) if is_run(source) else source
    if is_run(source) and (named := options.data.condition) is not None:
        own = type(judged.config.data.condition).__name__
        expected = f"for --data.condition {own}, that of {shown(source)}, before --data.condition.folder"
        require(own == type(named).__name__, expected, type(named).__name__, "Leave it out to use the run's own")
    real = None if is_run(source) else options.data
    record = evaluate(
        judged,
        real,
        metrics=[name.strip() for name in metrics.split(",")] if isinstance(metrics, str) else metrics,
        features=options.features,
        samples=options.samples,
        split=options.split,
        seed=options.seed,
        cache=options.cache,
        conditions=options.conditions,
    ).record
    print(table(record))
    if out is not None:
        append(out, record)
        print(f"Written to {out}")
    if record["features"] is None and metrics is None:
        print(
            "Frechet distance, precision, recall and others need features: --features RUN, a classifier trained with "
            "python -m tfgan_course classifier, or --features random"
        )
