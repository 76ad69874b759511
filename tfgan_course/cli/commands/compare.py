"""Compare variants on the same images with the same budget: one judge, one table, one page.

The options of train are those that all runs have; --data.folder photos, for example.
"""

from typing import Literal

from tfgan_course.cli.options import add_out, existing_features, folder, whole_numbers
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import require
from tfgan_course.plugins.types import PositiveFloat, PositiveInt

common = ("data.name", "data.folder", "data.size", "batch_size", "precision")


def configuration() -> type:
    """Return the configuration whose options the command takes."""
    from tfgan_course.config.schema import TrainConfig

    return TrainConfig


def add_options(parser: Parser) -> None:
    parser.add("--variants", str | None, "variants by name, and paths of YAML files: dcgan,lsgan,mine.yaml")
    parser.add("--seeds", str | None, "the seeds with which each variant is trained: 0,1,2 or 0-2 (default: 0)")
    parser.add("--minutes", PositiveFloat | None, "the budget of each run in minutes")
    parser.add(
        "--cpu_minutes", PositiveFloat | None, "the budget in minutes of the processor, of all its cores together"
    )
    parser.add("--images", PositiveInt | None, "the budget in real images")
    about = "the judge, as for evaluate (default: a classifier that is trained on the training images first)"
    parser.add("--features", str | None, about, None, existing_features)
    about = "the real images with which generated images are compared (default: test)"
    parser.add("--split", Literal["train", "test"] | None, about)
    parser.add(
        "--judge_samples", PositiveInt | None, "how many images each generator makes to be judged (default: 10000)"
    )
    add_out(parser, "runs/compare", "the folder of the comparison", folder)
    parser.add("--resume", str | None, "folder of the comparison to continue, or to extend by --variants and --seeds")


def check(options: Options) -> None:
    """Refuse a comparison without variants or without a budget."""
    if options.resume is None:
        require(options.variants, "the variants to compare", "none", "Write --variants dcgan,lsgan")


def run(options: Options) -> None:
    """Train and judge all runs, print the table, and write the page."""
    from tfgan_course.comparison.api import prepared
    from tfgan_course.comparison.lead import lead
    from tfgan_course.comparison.plan import BUDGETS
    from tfgan_course.training.interrupts import stop_on_signals

    variants = [name.strip() for name in (options.variants or "").split(",") if name.strip()]
    seeds = whole_numbers(options.seeds, "--seeds") if options.seeds else []
    budget = {name: options[name] for name in BUDGETS if options[name] is not None}
    judging = {"features": options.features, "split": options.split, "samples": options.judge_samples}
    comparison = prepared(variants, seeds, budget, judging, options.configured, options.out, options.resume)
    print(f"Folder of the comparison: {comparison.path}", flush=True)
    with stop_on_signals() as asked_to_stop:
        results = lead(comparison, asked_to_stop)
    print(f"\n{results.table()}\n\nPage: {comparison.path / 'compare.html'}")
