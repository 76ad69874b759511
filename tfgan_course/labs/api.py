"""Labs from Python: `tfgan_course.lab`."""

from collections.abc import Callable
from numbers import Real
from pathlib import Path
from typing import Any

from tfgan_course.comparison.api import written
from tfgan_course.comparison.lead import lead as lead_comparison
from tfgan_course.comparison.plan import FIXED
from tfgan_course.config.names import Option
from tfgan_course.errors import Interrupted, require, whole_number
from tfgan_course.files import real_path, usable, write_text
from tfgan_course.labs.description import lab_path, read_lab
from tfgan_course.labs.folder import Budget, LabFolder
from tfgan_course.labs.inside import look_inside
from tfgan_course.labs.page import page
from tfgan_course.labs.results import LabResults
from tfgan_course.metrics import FEWEST
from tfgan_course.training.interrupts import stop_on_signals


def lab(
    name: str | Path | None = None,
    *,
    minutes: float | None = None,
    images: int | None = None,
    full: bool = False,
    features: str | Path | None = None,
    judge_samples: int | None = None,
    out: str | Path | None = None,
    resume: str | Path | None = None,
    **options: Any,
) -> LabResults:
    """Repeat a report: train and judge the runs of a lab, and return the report's results beside ours.

    ```python
    lab("lab4", minutes=60, data={"name": "cifar10"}, out="runs/labs/lab4")
    ```

    Each run is trained in a process of its own, one after the other. Ctrl-C saves the state, and
    `lab(resume="runs/labs/lab4")` continues.

    Args:
        name: the name of a lab, or the path of a YAML file.
        minutes: the minutes of training, all runs together; as the lab says unless given.
        images: the budget of each run in real images, in place of minutes.
        full: train as many epochs as the report, in place of minutes.
        features: the judge, see `evaluate`; a classifier is trained on the training images unless given.
        judge_samples: how many images each generator makes to be judged; as the lab says unless given.
        out: the folder of the lab; runs/labs/NAME unless given.
        resume: the folder of a lab to continue, with the options with which it began.
        **options: options of `train` that all runs have.

    Raises:
        UserError: for mistakes that the user can correct. If it is raised before the first run, no file remains.
        KeyboardInterrupt: after Ctrl-C.
    """
    for option, value in (("minutes", minutes), ("images", images)):
        right = value is None or (isinstance(value, Real) and not isinstance(value, bool))
        require(right, f"for {option} a number", type(value).__name__, f"Write {option}=60")
    folder = prepared(name, minutes, images, full, features, judge_samples, written(options), out, resume)
    try:
        with stop_on_signals() as asked_to_stop:
            return lead(folder, asked_to_stop)
    except Interrupted as error:
        again = f"continue with lab(resume={str(folder.path)!r})"
        raise KeyboardInterrupt(f"stopped, and saved in {folder.path}: {again}") from error


def prepared(
    name: str | Path | None,
    minutes: float | None,
    images: int | None,
    full: bool,
    features: str | Path | None,
    judge_samples: int | None,
    options: list[Option],
    out: str | Path | None,
    resume: str | Path | None,
) -> LabFolder:
    """Return the folder of a new lab, or of the one to resume; see `lab`.

    Raises:
        UserError: for options that cannot be used together, or cannot work.
    """
    budgets = {"minutes": minutes, "images": images, "full": 1 if full else None}
    given = {unit: amount for unit, amount in budgets.items() if amount is not None}
    judging: dict[str, Any] = {}
    if features is not None:
        path = usable(features, "features")
        judging["features"] = str(real_path(path)) if path.exists() else str(features)
    if judge_samples is not None:
        judging["samples"] = whole_number("judge_samples", judge_samples, FEWEST)
    if resume is not None:
        others = [*given, *judging, *(option.key for option in options), *(["a lab's name"] if name else [])]
        advice = "Leave the others out: the lab keeps them, or begin anew"
        require(not others, "resume alone", ", ".join(others), advice)
        return LabFolder(resume)
    require(name is not None, "the name of a lab, or resume", "none", "python -m tfgan_course labs lists them")
    own = [option.key for option in options if option.key in FIXED]
    require(not own, "options that all runs can share", ", ".join(f"--{key}" for key in own), "Leave them out")
    require(len(given) < 2, "one budget: minutes, images or full", " and ".join(given), "Leave the others out")
    unit, amount = next(iter(given.items()), ("minutes", read_lab(lab_path(name)).minutes))
    require(amount > 0, f"for {unit} a number above 0", str(amount), "Write --minutes 60, for example")
    amount = whole_number("images", amount, 1) if unit == "images" else float(amount)
    out = Path("runs") / "labs" / Path(name).stem if out is None else out
    return LabFolder.begin(out, str(name), Budget(unit, amount), judging, options)  # type: ignore[arg-type]


def lead(folder: LabFolder, asked_to_stop: Callable[[], bool]) -> LabResults:
    """Train and judge all runs of a lab that are not finished, and return the results.

    Args:
        folder: the lab's folder.
        asked_to_stop: a function that returns whether the user has asked to stop.

    Raises:
        Interrupted: if the user has asked to stop, after the state is saved.
        UserError: if the judge cannot be trained.
    """
    several = len(folder.parts) > 1
    for number, (name, comparison) in enumerate(folder.parts.items(), 1):
        if several:
            minutes = folder.minutes_left()
            left = "" if minutes is None else f"; {minutes:.3g} minutes of training left in all"
            print(f"Part {number} of {len(folder.parts)}: {folder.lab.parts[name].title}{left}", flush=True)
        try:
            lead_comparison(comparison, asked_to_stop)
        except Interrupted as error:
            raise Interrupted(saved=folder.path) from error
        finally:
            write(folder)
    look_inside(folder)
    return write(folder)


def write(folder: LabFolder) -> LabResults:
    """Write results.json and lab.html into the folder of the lab, and return the results so far."""
    results = LabResults.of(folder)
    results.write()
    write_text(folder.path / "lab.html", page(results))
    return results
