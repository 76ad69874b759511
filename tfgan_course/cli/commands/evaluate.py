"""Measure how good a run's images are, or a folder's: a table, and evaluation.json in the run."""

from pathlib import Path
from typing import Any

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import PositiveInt

from tfgan_course.cli.options import add_average, add_checkpoint, add_features, add_out, add_run, add_seed, add_split
from tfgan_course.data.config import DataConfig
from tfgan_course.errors import UserError


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `evaluate`."""
    add_run(parser, "a run directory, or a folder of images (in it, or a sub-folder a class)", "source")
    parser.add_argument("--samples", type=PositiveInt, default=10_000, help="generated images to judge")
    add_features(parser)
    parser.add_argument(
        "--metrics",
        type=list[str | dict] | str | None,
        help="frechet,prdc for example, or mymodule.MyMetric; all of ours that can be computed unless given",
    )
    add_split(parser, "train", "real images to compare with")
    add_checkpoint(parser)
    add_average(parser)
    add_seed(parser, "of a run: of the latents")
    add_out(parser, None, "the JSON file; evaluation.json in a run unless given, none of a folder")
    parser.add_argument(
        "--cache", type=str | None, default="default", help="where features of real images stay; null keeps none"
    )
    parser.add_class_arguments(DataConfig, "data", help="the real images to compare a folder's with")


def run(options: Namespace) -> None:
    """Measure, print the table and write the record."""
    from tfgan_course.evaluation.evaluation import evaluate
    from tfgan_course.evaluation.records import append, table
    from tfgan_course.runs.open import load_run

    source, metrics = Path(options.source), options.metrics
    out = Path(options.out) if options.out else None
    judged: Any = source
    real = None
    if (source / "config.yaml").is_file():
        if any(option.startswith("--data") for option in options.given):
            raise UserError(
                expected=f"no --data: {source} is compared with the images it was trained on",
                received=", ".join(sorted(option for option in options.given if option.startswith("--data"))),
                remedy="Leave it out",
            )
        judged, out = load_run(source, options.checkpoint, options.average), out or source / "evaluation.json"
    else:
        real = options.data
    record = evaluate(
        judged,
        real,
        metrics=[name.strip() for name in metrics.split(",")] if isinstance(metrics, str) else metrics,
        features=options.features,
        samples=options.samples,
        split=options.split,
        seed=options.seed,
        cache=options.cache,
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
