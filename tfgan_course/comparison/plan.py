"""The folder of a comparison: its plan, a configuration and a record for each run, and its judge."""

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import yaml

from tfgan_course.classifier.config import ClassifierConfig, made
from tfgan_course.classifier.run import is_classifier
from tfgan_course.comparison.images import check_enough, check_same
from tfgan_course.config.names import Option
from tfgan_course.config.parser import Settings
from tfgan_course.config.schema import TrainConfig
from tfgan_course.data.form import written
from tfgan_course.errors import UserError, require
from tfgan_course.files import new_folder, read_json, shown, usable, write_json, write_text
from tfgan_course.runs.start import pinned

BUDGETS = {"minutes": "max_minutes", "cpu_minutes": "max_cpu_minutes", "images": "max_images"}
"""The units of a budget, and the option of a training that limits it."""
POINTS = 6
"""The number of checkpoints, in equal parts of the budget, at which a run is judged."""
CURVE_SAMPLES = 2000
"""At most this many images are generated at each of these checkpoints."""
# A budget is for training: what is measured, drawn or saved more often than the comparison needs takes time from it.
MONITORING = {"metrics.names": "[]", "health": "null", "trackers": "[]", "validation": "false"}
MONITORING |= {"samples.every_epochs": "1000000", "checkpoints.every_epochs": "1000000"}
MONITORING |= {"checkpoints.keep": str(POINTS + 8)}  # a run that is resumed has more checkpoints than points
FIXED = ("seed", "variant", "config", "epochs", *BUDGETS.values())
"""The options of a training that a comparison sets itself."""


@dataclass
class Plan:
    """The budget, the judge and the options that all runs of a comparison share; plan.json stores them.

    Args:
        budget: the unit of the budget.
        amount: the budget of each run.
        features: the judge, as for `evaluate`; None for a classifier that the comparison trains.
        split: the real images with which generated images are compared.
        samples: how many images each generator makes.
        options: options of a training, which all runs have: their keys and values as texts, and whether a value is
            appended to a list.
    """

    budget: Literal["minutes", "cpu_minutes", "images"]
    amount: float
    features: str | None = None
    split: Literal["train", "test"] = "test"
    samples: int = 10_000
    options: list[tuple[str, str, bool]] = field(default_factory=list)

    @property
    def judged_by(self) -> dict[str, object]:
        """The features, the split and the number of samples; a run that was judged by others is judged again."""
        return {"features": self.features, "split": self.split, "samples": self.samples}

    def settings(self, variant: str, seed: int) -> Settings[TrainConfig]:
        """Return the configuration of a run.

        Args:
            variant: the name of a variant, or the path of a YAML file.
            seed: the seed of the run.

        Raises:
            UserError: for a variant, an option or a value that does not exist, or an `init_from` that is no run.
        """
        file = Option("config" if variant.endswith((".yaml", ".yml")) else "variant", variant)
        given = [Option(*option) for option in self.options]
        fixed = {"seed": str(seed), **dict.fromkeys(BUDGETS.values(), "null"), BUDGETS[self.budget]: repr(self.amount)}
        if self.budget != "images":
            fixed["checkpoints.every_minutes"] = repr(self.amount / POINTS)
        settings = Settings(TrainConfig).changed([file, *_options(MONITORING), *given, *_options(fixed)])
        if self.budget == "images":
            steps = math.ceil(self.amount / settings.make().images_shown_per_step)
            settings = settings.with_options({"checkpoints.every_steps": max(1, math.ceil(steps / POINTS))})
        return pinned(settings)


def _options(values: dict[str, str]) -> list[Option]:
    return [Option(name, value) for name, value in values.items()]


class Comparison:
    """The folder of a comparison.

    Args:
        path: the folder, which has a plan.json.

    Raises:
        UserError: if it has none.
    """

    def __init__(self, path: str | Path):
        self.path = usable(path, "the comparison")
        file = self.path / "plan.json"
        try:
            content = read_json(file)
            self.plan = Plan(**content | {"options": [tuple(option) for option in content["options"]]})
        except (OSError, ValueError, TypeError, LookupError) as error:
            expected, received = "the folder of a comparison, with its plan.json", f"{shown(self.path)} ({error})"
            raise UserError(expected=expected, received=received, remedy="Correct the path") from error
        self.runs = self.path / "runs"

    @classmethod
    def begin(
        cls,
        path: str | Path,
        plan: Plan,
        variants: Sequence[str],
        seeds: Sequence[int],
        judge: Mapping[str, object] | None = None,
    ) -> "Comparison":
        """Check a plan and its runs, then write them into a new folder.

        Args:
            path: the folder.
            plan: the plan.
            variants: the names of the variants, or the paths of YAML files.
            seeds: the seeds.
            judge: options of the classifier that is trained as judge, if the plan names no features.

        Raises:
            UserError: for a mistake in the options, or if the folder exists. No file remains.
        """
        path = new_folder(path, "out")
        advice = "Extend it with --resume, or choose another folder"
        require(not path.exists() or not any(path.iterdir()), "a folder --out that is new", shown(path), advice)
        require(variants, "one or more variants", "none", "Write --variants dcgan,lsgan")
        # On the same images: a variant's file may have a size that suits its networks.
        sizes = [plan.settings(variant, 0).make().data.form.size for variant in variants]
        if "data.size" not in [key for key, *_ in plan.options]:
            plan.options.append(("data.size", str(written(*max(sizes))), False))
        planned = planned_runs(plan, variants, seeds)
        keys = [key for key, *_ in plan.options]
        if "init_from" in keys or "init_from.run" in keys:
            # Runs that are added later begin with the same weights, even if that run goes on.
            start = next(iter(planned.values()))["init_from"]
            plan.options = [option for option in plan.options if option[0].partition(".")[0] != "init_from"]
            plan.options.append(("init_from", json.dumps(start), False))
        first = next(iter(planned.values()))
        check_enough(first.make().data, plan.split)
        data = first["data"]
        classifier = Settings(ClassifierConfig).with_options({**(judge or {}), "data": data})
        judge_yaml = made(classifier)[1] if plan.features is None else None
        path.mkdir(parents=True, exist_ok=True)
        (path / "runs").mkdir(exist_ok=True)
        if judge_yaml is not None:
            write_text(path / "judge.yaml", judge_yaml)
        for name, settings in planned.items():
            write_text(path / "runs" / f"{name}.yaml", settings.yaml())
        write_json(path / "plan.json", asdict(plan))  # this file makes the folder a comparison
        return cls(path)

    def extend(self, variants: Sequence[str], seeds: Sequence[int]) -> None:
        """Add the runs of variants and seeds that the comparison does not have yet.

        Args:
            variants: the variants; those that the comparison has unless given.
            seeds: the seeds; those that the comparison has unless given.

        Raises:
            UserError: for a variant that does not exist, or has other options than a run of the same name.
        """
        if not variants and not seeds:
            return
        known = {name: self.variant_and_seed(name) for name in self.names}
        seeds = seeds or sorted({seed for _, seed in known.values()})
        # A variant that the comparison has keeps its options, also if its file was changed or removed.
        again = {variant: name for name, (variant, _) in known.items()}
        files = list(variants) or [str(self.runs / f"{name}.yaml") for name in again.values()]
        names = [name_of(variant) for variant in variants] or [*again]
        planned = planned_runs(self.plan, files, seeds, names)
        first = self.settings(self.names[0])["data"]
        for name, settings in planned.items():
            file = self.runs / f"{name}.yaml"
            check_same(first, settings["data"], name)
            if file.is_file():
                same = file.read_text(encoding="utf-8") == settings.yaml()
                advice = f"Give the file another name, or remove {file} and its run"
                require(same, f"for {name} the options of {file}", "others", advice)
            else:
                write_text(file, settings.yaml())

    def judge_by(self, judging: Mapping[str, Any]) -> None:
        """Change `features`, `split` or `samples`; runs that are judged are judged again, and not trained again."""
        self.plan = replace(self.plan, **judging)
        write_json(self.path / "plan.json", asdict(self.plan))

    @property
    def names(self) -> list[str]:
        """The names of all runs, `VARIANT-SEED`: all variants with the first seed, then with the next one."""
        names = [file.stem for file in self.runs.glob("*.yaml") if re.search(r".-[0-9]+$", file.stem)]
        return sorted(names, key=lambda name: (self.variant_and_seed(name)[1], name))

    @staticmethod
    def variant_and_seed(name: str) -> tuple[str, int]:
        """Return the name of a run's variant, and its seed."""
        variant, _, seed = name.rpartition("-")
        return variant, int(seed)

    def settings(self, name: str) -> Settings[TrainConfig]:
        """Return the configuration of a run."""
        return Settings(TrainConfig).changed([Option("config", str(self.runs / f"{name}.yaml"))])

    @property
    def judge(self) -> Path | str:
        """The features: the classifier that the comparison trains, or those that the user has named."""
        return self.path / "judge" if self.plan.features is None else self.plan.features

    def judge_summary(self) -> dict:
        """Return the summary of the judge's training; empty if it is no classifier, or has not finished an epoch."""
        path = Path(self.judge)
        try:
            summary = read_json(path / "summary.json") if is_classifier(path) else {}
        except (OSError, ValueError):
            return {}
        return summary if isinstance(summary, dict) else {}

    def accuracy(self) -> float | None:
        """Return the judge's accuracy on test images; None if it is no classifier, or has not finished an epoch."""
        return self.judge_summary().get("test_accuracy")

    def judge_is_ready(self) -> bool:
        """Return whether the judge needs no more training."""
        if self.plan.features is not None:
            return True
        epochs = yaml.safe_load((self.path / "judge.yaml").read_text(encoding="utf-8"))["epochs"]
        return self.judge_summary().get("epochs", 0) >= epochs

    def record(self, name: str) -> dict:
        """Return what is known of a run: how it was trained, its figures, or why it failed; empty if nothing is."""
        try:
            content = read_json(self.runs / f"{name}.json")
        except (OSError, ValueError):  # a damaged file costs a judgment, or a training with an empty budget
            return {}
        return content if isinstance(content, dict) else {}

    def write(self, name: str, record: dict) -> None:
        """Write the record of a run."""
        variant, seed = self.variant_and_seed(name)
        write_json(self.runs / f"{name}.json", {"variant": variant, "seed": seed, **record})

    def finished(self, name: str) -> bool:
        """Return whether nothing is left to do for a run: it is trained and judged, or has diverged."""
        record = self.record(name)
        return bool(record.get("diverged")) or record.get("judged_by") == self.plan.judged_by


def name_of(variant: str) -> str:
    """Return the name of a variant: its own, or its file's without the ending."""
    return Path(variant).stem if variant.endswith((".yaml", ".yml")) else variant


def planned_runs(
    plan: Plan, variants: Sequence[str], seeds: Sequence[int], names: Sequence[str] | None = None
) -> dict[str, Settings[TrainConfig]]:
    """Return the configurations of runs by their names, all checked.

    Raises:
        UserError: for variants of one name, for other images than the first variant's, and for values and combinations
            that cannot work.
    """
    names = names or [name_of(variant) for variant in variants]
    for name in names:
        require(names.count(name) == 1, "variants of different names", f"{name} twice", "Rename a file")
        right = re.fullmatch(r"[\w.+-]+", name)
        require(right, "for a variant's file a name of letters, digits and . _ + -", repr(name), "Rename the file")
    runs = {}
    for variant, name in zip(variants, names, strict=True):
        for seed in dict.fromkeys(seeds):
            settings = plan.settings(variant, seed)
            settings.make()
            runs[f"{name}-{seed}"] = settings
    first = next(iter(runs.values()))["data"]
    for name, settings in runs.items():
        check_same(first, settings["data"], name)
    return runs


def absolute(options: Sequence[Option]) -> list[tuple[str, str, bool]]:
    """Return options for a plan; relative paths of the images become absolute, for a resume from another folder.

    Raises:
        UserError: for an option that a comparison sets itself.
    """
    found = []
    for option in options:
        expected = f"an option that all runs can share, none of {', '.join(FIXED)}"
        own = option.key in FIXED
        require(not own, expected, f"--{option.key}", "Write --variants, --seeds, and --minutes or --images")
        value = os.path.expanduser(option.value)
        path = option.key in ("data.folder", "data.data_dir", "data.file")
        # Labels may be in the folder of the images, to which their path is relative then.
        path = path or (option.key in ("data.labels", "data.labels.file") and os.path.isfile(value))
        value = os.path.abspath(value) if path else option.value
        found.append((option.key, value, option.append))
    return found
