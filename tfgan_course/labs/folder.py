"""The folder of a lab: its description, its budget, and a comparison for each part."""

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from tfgan_course.comparison.plan import Comparison, Plan, absolute
from tfgan_course.config.names import Option
from tfgan_course.config.parser import Settings
from tfgan_course.config.schema import TrainConfig
from tfgan_course.data.form import written as form
from tfgan_course.errors import UserError, require
from tfgan_course.files import new_folder, read_json, shown, usable, write_json, write_text
from tfgan_course.labs.description import Lab, Part, lab_path, read_lab

Unit = Literal["minutes", "images", "full"]


@dataclass(frozen=True)
class Budget:
    """How long the runs of a lab are trained.

    Args:
        unit: `minutes` of training of all runs together, `images` of each run, or `full` for the report's epochs.
        amount: the minutes, or the images of a run with share 1; 1 for `full`.
    """

    unit: Unit
    amount: float

    def of(self, part: Part, lab: Lab, train_images: int | None) -> tuple[Literal["minutes", "images"], float]:
        """Return the budget of each run of a part, as a comparison takes it.

        Args:
            part: the part.
            lab: the lab.
            train_images: the number of training images; only `full` needs it.

        Raises:
            UserError: for `full`, if the report does not say how long it trained.
        """
        if self.unit == "full":
            advice = "Leave --full out, or write --images"
            require(part.epochs, "with full a report that says how long it trained", f"none in {part.title!r}", advice)
            return "images", round(part.epochs * train_images)
        if self.unit == "images":
            return "images", round(self.amount * part.share)
        shares = sum(each.share * len(each.runs) for each in lab.parts.values())
        return "minutes", self.amount * part.share / shares


class LabFolder:
    """The folder of a lab.

    Args:
        path: the folder, which has a lab.json.

    Raises:
        UserError: if it has none, or its description is damaged.
    """

    def __init__(self, path: str | Path):
        self.path = usable(path, "the lab's folder")
        file = self.path / "lab.json"
        try:
            content = read_json(file)
            self.name, self.budget = str(content["lab"]), Budget(**content["budget"])
        except (OSError, ValueError, TypeError, LookupError) as error:
            expected, received = "the folder of a lab, with its lab.json", f"{shown(self.path)} ({error})"
            raise UserError(expected=expected, received=received, remedy="Correct the path") from error
        self.lab = read_lab(self.path / "lab.yaml")
        self.parts = {name: Comparison(self.path / name) for name in self.lab.parts}

    @property
    def runs(self) -> dict[str, tuple[Comparison, str]]:
        """For each run its comparison, and its name there."""
        return {run: (self.parts[name], f"{run}-0") for name, part in self.lab.parts.items() for run in part.runs}

    def minutes_left(self) -> float | None:
        """Return the minutes of training of the runs that are not finished; None if the budget is not in minutes."""
        if self.budget.unit != "minutes":
            return None
        unfinished = [comparison for comparison, name in self.runs.values() if not comparison.finished(name)]
        return sum(comparison.plan.amount for comparison in unfinished)

    @classmethod
    def begin(
        cls, path: str | Path, name: str, budget: Budget, judging: dict[str, Any], options: Sequence[Option]
    ) -> "LabFolder":
        """Check a lab and its runs, then write them into a new folder.

        Args:
            path: the folder.
            name: the name of a packaged lab, or the path of a YAML file.
            budget: how long the runs are trained.
            judging: `features`, `split` and `samples` of the judge, if they are not the lab's.
            options: options of a training, which all runs have.

        Raises:
            UserError: for a mistake in the description or in the options, or if the folder exists. No file remains.
        """
        file = lab_path(name)
        lab, path = read_lab(file), new_folder(path, "out")
        advice = "Continue it with --resume, or choose another folder"
        require(not path.exists() or not any(path.iterdir()), "a folder --out that is new", shown(path), advice)
        judging = {"samples": lab.judge_samples, **judging}
        settings = {run: made(described, file, run) for run, described in lab.runs.items()}
        options = [*sized(settings.values(), [*as_typed(lab.options), *options]), *options]
        train_images = counted(next(iter(settings.values())), options) if budget.unit == "full" else None
        try:
            (path / "variants").mkdir(parents=True)
            write_text(path / "lab.yaml", file.read_text(encoding="utf-8"))
            for run, found in settings.items():
                write_text(path / "variants" / f"{run}.yaml", found.yaml())
            for part_name, part in lab.parts.items():
                unit, amount = budget.of(part, lab, train_images)
                # The user's options come last and override the lab's.
                shared = absolute([*as_typed(lab.options), *as_typed(part.options), *options])
                files = [str(path / "variants" / f"{run}.yaml") for run in part.runs]
                plan = Plan(unit, amount, **judging, options=shared)
                comparison = Comparison.begin(path / part_name, plan, files, [0], lab.judge)
                judging = judging | {"features": str(comparison.judge)}  # one judge for all parts
            write_json(path / "lab.json", {"lab": file.stem, "budget": asdict(budget)})
        except UserError:
            shutil.rmtree(path, ignore_errors=True)
            raise
        return cls(path)


def as_typed(options: dict[str, Any]) -> list[Option]:
    """Return the options of a description as options of a command line."""
    return [Option(key, value if isinstance(value, str) else json.dumps(value)) for key, value in options.items()]


def sized(settings: Iterable[Settings[TrainConfig]], options: Sequence[Option]) -> list[Option]:
    """Return the option that gives the images of all parts one size, the largest one, unless an option does."""
    if any(option.key == "data.size" for option in options):
        return []
    largest = max(each.changed(options).make().data.form.size for each in settings)
    return [Option("data.size", str(form(*largest)))]


def made(run: Any, file: Path, name: str) -> Settings[TrainConfig]:
    """Return the configuration of a run; raise a `UserError` that names the run for a mistake in it."""
    try:
        return Settings(TrainConfig).changed([Option("variant", run.variant), *as_typed(run.options)])
    except UserError as error:
        expected = f"in {file} for the run {name}: {error.expected}"
        raise UserError(expected=expected, received=error.received, remedy=error.remedy) from error


def counted(settings: Settings[TrainConfig], options: Sequence[Option]) -> int:
    """Return the number of training images."""
    from tfgan_course.data import load

    return len(load(settings.changed(options).make().data)[0])
