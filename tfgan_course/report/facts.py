"""The facts about a run that a report shows, read from its directory."""

import json
import statistics
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import yaml

from tfgan_course.config.schema import LIMITS
from tfgan_course.errors import UserError, require
from tfgan_course.files import csv_records, read_json
from tfgan_course.runs.directory import RunDirectory

T = TypeVar("T")
NONE = "none"


@dataclass(frozen=True)
class Event:
    """A line of health.csv: a finding of the health monitor after an epoch."""

    epoch: int
    name: str
    severity: str
    sentence: str
    link: str


class RunFacts:
    """A run, finished or still being trained.

    Args:
        run: the run directory.
        name: the run's name in the report.

    Raises:
        UserError: if the configuration or a table is damaged.
    """

    def __init__(self, run: RunDirectory, name: str):
        self.run, self.name = run, name
        self.images = run.images
        self.config = run.config.read_text(encoding="utf-8", errors="replace")
        try:
            tree = yaml.safe_load(self.config)
        except (yaml.YAMLError, RecursionError) as error:  # RecursionError: thousands of brackets
            advice = f"Put it back from {run.trained_config}"
            raise UserError(expected=f"YAML in {run.config}", received=str(error), remedy=advice) from error
        require(isinstance(tree, dict), f"options in {run.config}", tree, f"Put it back from {run.trained_config}")
        self.settings = flat(tree)
        self.epochs_wanted: int = tree.get("epochs", 0)
        self.latents = (tree.get("seed"), tree.get("latent_size"), json.dumps(tree.get("latents"), sort_keys=True))
        self.rows = run.rows_so_far(run.history)
        self.seconds = {int(row["epoch"]): row["seconds"] for row in run.rows_so_far(run.timing)}
        self.environment = self._optional("environment.json", dict)
        self.networks = self._optional("networks.json", dict)
        self.evaluations = self._optional("evaluation.json", list)
        self.kind: str = run.images.get("kind", "gan")  # or `classifier`
        # Metrics of two runs can be compared only if the real images and the number of generated images are equal.
        samples = self.settings.get("metrics.samples")
        self.judged_by = tuple(run.images["image_shape"]), run.images.get("checksum"), samples
        self.figures = [name for name in (self.rows[0] if self.rows else ()) if name not in ("epoch", "step")]
        self.steps = int(self.rows[-1]["step"]) if self.rows else 0  # generator updates up to the last epoch's end
        self.wall_time = sum(self.seconds.values()) if self.seconds else None  # seconds, with validation and metrics

    def _optional(self, name: str, kind: type[T]) -> T:
        """Return the content of a JSON file; an empty one, with a warning, if the file is damaged."""
        path = self.run.path / name
        try:
            found = read_json(path) if path.is_file() else kind()
            if not isinstance(found, kind):
                raise ValueError(f"a {kind.__name__} was expected")
            return found
        except (OSError, ValueError) as error:
            warnings.warn(f"{path} is left out: {error}", stacklevel=2)
            return kind()

    def images_seen(self, steps: int) -> int:
        """Return how many images updates of the generator were made from, up to a step."""
        return steps * int(self.settings.get("batch_size", 1))

    @property
    def state(self) -> str:
        """The progress of the training in words."""
        epochs = len(self.rows)
        if limit := next((name for name in LIMITS if self.settings.get(name, NONE) != NONE), None):
            ended = self._optional("summary.json", dict).get("epochs") == epochs
            return f"{'stopped after ' if ended else ''}{epochs} epochs{'' if ended else ' so far'}, limited by {limit}"
        if epochs >= self.epochs_wanted:
            return "finished"
        if self._optional("summary.json", dict).get("epochs") == epochs:
            return f"stopped after {epochs} of {self.epochs_wanted} epochs"
        return f"{epochs} of {self.epochs_wanted} epochs so far"

    @cached_property
    def minutes(self) -> list[float | None]:
        """Minutes from the beginning to the end of each row's epoch; None where timing.csv has a gap."""
        total, found = 0.0, []
        for row in self.rows:
            seconds = self.seconds.get(int(row["epoch"]))
            total += seconds or 0.0
            found.append(None if seconds is None else total / 60)
        return found

    @property
    def steps_per_second(self) -> float | None:
        """The median over the epochs. The first epoch, which compiles the step, counts only if it is the only one."""
        before = [0.0, *(row["step"] for row in self.rows)]
        rates = [
            (row["step"] - start) / self.seconds[int(row["epoch"])]
            for row, start in zip(self.rows, before, strict=False)
            if self.seconds.get(int(row["epoch"]))
        ]
        return statistics.median(rates[1:] or rates) if rates else None

    @cached_property
    def events(self) -> list[Event]:
        """The events of the health monitor."""
        path = self.run.path / "health.csv"
        try:
            text = path.read_bytes().decode("utf-8") if path.is_file() else ""
            header, *records = csv_records(text[: text.rfind("\n") + 1]) or [[]]
            rows = [dict(zip(header, record, strict=True)) for record in records]
            names = Event.__dataclass_fields__.keys() - {"epoch"}
            return [Event(int(row["epoch"]), **{name: row[name] or "" for name in names}) for row in rows]
        except (OSError, ValueError, LookupError, TypeError) as error:
            warnings.warn(f"{path} is left out: {error}", stacklevel=2)
            return []

    @property
    def frames(self) -> dict[int, Path]:
        """Sample grids by step."""
        paths = {path.stem.partition("_")[2]: path for path in sorted(self.run.samples.glob("step_*.png"))}
        return {int(step): path for step, path in paths.items() if step.isdigit()}


def flat(tree: object, name: str = "") -> dict[str, str]:
    """Return options by their dotted names, as on the command line: `critic` for the class, `critic.width`."""
    if not isinstance(tree, dict):
        return {name: _text(tree)}
    found = {}
    if "class_path" in tree:
        found[name] = _short(tree["class_path"])
        tree = tree.get("init_args") or {}
    for key, value in tree.items():
        found |= flat(value, f"{name}.{key}" if name else str(key))
    return found


def _text(value: object) -> str:
    """Return an option's value as one line: `GradientPenalty(weight=10)` for an object."""
    if isinstance(value, dict) and "class_path" in value:
        inner = _text(value.get("init_args") or {})
        return f"{_short(value['class_path'])}({inner})" if inner else _short(value["class_path"])
    if isinstance(value, dict):
        return ", ".join(f"{key}={_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or NONE
    if value is None or isinstance(value, bool):
        return {None: NONE, True: "true", False: "false"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _short(class_path: object) -> str:
    """Return the name of a class without its modules."""
    return str(class_path).rpartition(".")[2]


def differing(settings: Sequence[dict[str, str]]) -> list[str]:
    """Return the names of options that differ between runs, in the order of the first run that has them.

    A missing option counts as `none`.
    """
    names = dict.fromkeys(name for run in settings for name in run)
    return [name for name in names if len({run.get(name, NONE) for run in settings}) > 1]
