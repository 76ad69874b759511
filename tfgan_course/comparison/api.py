"""Comparisons from Python: `tfgan_course.compare`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any, Literal

from tfgan_course.comparison.lead import lead
from tfgan_course.comparison.plan import BUDGETS, Comparison, Plan, absolute
from tfgan_course.comparison.results import Results
from tfgan_course.config.names import Option
from tfgan_course.config.objects import PASSED, described
from tfgan_course.errors import Interrupted, UserError, require, whole_number
from tfgan_course.files import real_path, usable
from tfgan_course.metrics import FEWEST
from tfgan_course.training.interrupts import stop_on_signals


def compare(
    variants: Sequence[str | Path] = (),
    seeds: Iterable[int] = (),
    *,
    minutes: float | None = None,
    cpu_minutes: float | None = None,
    images: int | None = None,
    features: str | Path | None = None,
    split: Literal["train", "test"] | None = None,
    judge_samples: int | None = None,
    out: str | Path = "runs/compare",
    resume: str | Path | None = None,
    **options: Any,
) -> Results:
    """Train variants on the same images with the same budget, judge them by one judge, and return the table.

    ```python
    compare(["dcgan", "lsgan"], seeds=[0, 1, 2], minutes=10, data={"folder": "photos", "size": 64})
    ```

    Each run is trained in a process of its own, one after the other. Ctrl-C saves the state, and
    `compare(resume="runs/compare")` continues; it takes more variants and seeds.

    Args:
        variants: the names of variants, or paths of YAML files.
        seeds: the seeds with which each variant is trained; 0 unless given.
        minutes: the budget of each run in minutes.
        cpu_minutes: the budget in minutes of the processor, of all its cores together.
        images: the budget in real images.
        features: the judge, see `evaluate`; a classifier is trained on the training images unless given.
        split: the real images with which generated images are compared; test unless given.
        judge_samples: how many images each generator makes to be judged; 10,000 unless given.
        out: the folder of the comparison.
        resume: the folder of a comparison to continue, with the options with which it began.
        **options: options of `train` that all runs have.

    Raises:
        UserError: for mistakes that the user can correct. If it is raised before the first run, no file remains.
        KeyboardInterrupt: after Ctrl-C.
    """
    texts = written(options)
    given = zip(BUDGETS, (minutes, cpu_minutes, images), strict=True)
    budget = {name: value for name, value in given if value is not None}
    for name, value in budget.items():
        number = isinstance(value, Real) and not isinstance(value, bool)
        advice = "Images to train on are files, for the processes of the runs: data={'folder': 'photos'}"
        require(number, f"for {name} a number", type(value).__name__, advice)
    changed = {"features": features, "split": split, "samples": judge_samples}
    comparison = prepared([*map(str, variants)], [*seeds], budget, changed, texts, out, resume)
    try:
        with stop_on_signals() as asked_to_stop:
            return lead(comparison, asked_to_stop)
    except Interrupted as error:
        again = f"continue with compare(resume={str(comparison.path)!r})"
        raise KeyboardInterrupt(f"stopped, and saved in {comparison.path}: {again}") from error


def written(options: Mapping[str, Any]) -> list[Option]:
    """Return options of `train` from Python as those of a command line.

    Raises:
        UserError: for an object that a file cannot describe.
    """
    texts = []
    for key, value in options.items():
        text = value if isinstance(value, str) else json.dumps(described(value))
        known = PASSED not in text
        require(known, f"for {key} a value that a file can describe", text, "Name its class: class_path and init_args")
        texts.append(Option(key, text))
    return texts


def prepared(
    variants: Sequence[str],
    seeds: Sequence[int],
    budget: dict[str, float],
    judging: dict[str, Any],
    options: Sequence[Option],
    out: str | Path,
    resume: str | Path | None,
) -> Comparison:
    """Return a new comparison, or the one to resume, extended by variants and seeds.

    Args:
        variants: names of variants and paths of YAML files.
        seeds: the seeds.
        budget: the budget by its unit.
        judging: `features`, `split` and `samples`; None keeps the comparison's.
        options: options of a training.
        out: the folder of a new comparison.
        resume: the folder of an earlier one.

    Raises:
        UserError: for options that cannot be used together, or cannot work.
    """
    judging = {name: value for name, value in judging.items() if value is not None}
    seeds = [whole_number("seeds", seed, 0, 2**32 - 1) for seed in seeds]
    if "samples" in judging:
        judging["samples"] = whole_number("judge_samples", judging["samples"], FEWEST)
    if "split" in judging:
        right = judging["split"] in ("train", "test")
        require(right, "for split train or test", repr(judging["split"]), "Choose one of them")
    if "features" in judging:
        path = usable(judging["features"], "features")
        judging["features"] = str(real_path(path)) if path.exists() else str(judging["features"])
    if resume is not None:
        given = [*budget, *(option.key for option in options)]
        expected = "with resume only variants, seeds, features, split and judge_samples"
        require(not given, expected, ", ".join(given), "Leave the others out: the comparison keeps them, or begin anew")
        comparison = Comparison(resume)
        comparison.judge_by(judging)
        comparison.extend(variants, seeds)
        return comparison
    expected, remedy = "one budget: minutes, cpu_minutes or images", "Write --minutes 10, for example"
    require(len(budget) == 1, expected, " and ".join(budget) or "none", remedy)
    ((unit, amount),) = budget.items()
    if amount <= 0:
        raise UserError(expected=f"for {unit} a number above 0", received=str(amount), remedy=remedy)
    plan = Plan(unit, whole_number("images", amount, 1) if unit == "images" else float(amount), **judging)  # type: ignore
    plan.options = absolute(options)
    return Comparison.begin(out, plan, variants, seeds or [0])
