"""Check what the user has edited in a run's config.yaml before the run is resumed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from tfgan_course.config.parser import from_file
from tfgan_course.config.schema import LIMITS
from tfgan_course.errors import require
from tfgan_course.runs.directory import RunDirectory

RESUMED_WITH = ("epochs", *LIMITS, "strategy", "replicas", "steps_per_execution", "jit")
"""The options that may change when a run is resumed."""
# `data` may change, because the images may be in another place now; the images themselves are compared.
OTHERS = ("data", "samples.every_epochs", "samples.every_steps", "checkpoints", "early_stopping", "trackers")
MAY_CHANGE = (*OTHERS, "metrics.features", *RESUMED_WITH)


def check_config(run: RunDirectory) -> None:
    """Refuse to resume a run if options other than `MAY_CHANGE` were edited in its config.yaml.

    Raises:
        UserError: with the names of the options that were changed, or if the copy from the beginning is missing.
    """
    expected = f"the configuration that the run was trained with, {run.trained_config}"
    remedy = f"If {run.config} was not edited, copy it there"
    require(run.trained_config.is_file(), expected, "no such file", remedy)
    if run.config.read_text(encoding="utf-8") == run.trained_config.read_text(encoding="utf-8"):
        return  # the old file is not parsed, because it may name a class of a notebook
    changed = differences(settings(run.config), settings(run.trained_config), MAY_CHANGE)
    expected = f"in {run.config} the options that the run was trained with; only {', '.join(MAY_CHANGE)} may change"
    remedy = f"Undo these changes, or train a new run with the configuration {run.config}"
    require(not changed, expected, "; ".join(changed), remedy)


def differences(now: Mapping[str, object], then: Mapping[str, object], allowed: Sequence[str]) -> list[str]:
    """Return a text for each option that differs although it must not."""
    return [
        f"{key} is {now.get(key)}, was {then.get(key)}"
        for key in sorted(now.keys() | then.keys())
        if now.get(key) != then.get(key) and not f"{key}.".startswith(tuple(f"{name}." for name in allowed))
    ]


def settings(file: Path) -> dict[str, object]:
    """Return the options in a YAML file, defaults included, by their dotted names."""
    tree = yaml.safe_load(from_file(file).yaml())

    def flat(name: str, value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            return {name: value}
        return {key: leaf for inner in value for key, leaf in flat(f"{name}.{inner}", value[inner]).items()}

    return {key: leaf for name in tree for key, leaf in flat(name, tree[name]).items()}
