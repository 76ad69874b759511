"""What a search varies: parameters, each of which sets one or several keys of the configuration."""

import json
import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from tfgan_course.config.variants import variants
from tfgan_course.errors import UserError

Search = Literal["grid", "random", "bayesian", "hyperband"]
ENTRIES = ("keys", "choices", "range", "log_range", "step", "when")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a space.

    Args:
        name: in tables and plots.
        keys: of the configuration, dotted; they all get the value.
        choices: values by their labels; None for a range.
        low: smallest value of a range.
        high: largest value of a range, included.
        log: whether the range is sampled by the logarithm.
        step: between the values of a range: added, or multiplied by if `log`. None for any value.
        when: labels of other parameters, by their names: this one takes part only where each has one of these.
    """

    name: str
    keys: tuple[str, ...]
    choices: dict[str, object] | None
    low: float | None
    high: float | None
    log: bool
    step: float | None
    when: dict[str, list[str]]

    @property
    def whole(self) -> bool:
        """True for a range of whole numbers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def active(self, values: dict) -> bool:
        """Return whether the parameter takes part beside these values of the others."""
        return all(values.get(name) in labels for name, labels in self.when.items())

    def values(self) -> list | None:
        """Return the label of each choice, or each value of a range; None where they cannot be counted."""
        if self.choices is not None:
            return list(self.choices)
        step = self.step or (1 if self.whole and not self.log else None)
        if step is None:
            return None
        values, value = [], self.low
        while value <= self.high + 1e-9 * (self.high - self.low):
            values.append(rounded(value))
            value = value * step if self.log else self.low + len(values) * step
        return values

    def extremes(self) -> list:
        """Return values that show whether the configuration takes all of them."""
        return list(self.choices) if self.choices is not None else [self.low, self.high]

    def setting(self, value: Any) -> object:
        """Return what the keys are set to."""
        return self.choices[value] if self.choices is not None else rounded(value)

    def declare(self, hyperparameters) -> object:
        """Declare the parameter to KerasTuner's `HyperParameters`; return its value there."""
        with ExitStack() as scopes:
            for name, labels in self.when.items():
                scopes.enter_context(hyperparameters.conditional_scope(name, labels))
            if self.choices is not None:
                return hyperparameters.Choice(self.name, list(self.choices))
            kind = hyperparameters.Int if self.whole else hyperparameters.Float
            sampling = "log" if self.log else "linear"
            return kind(self.name, self.low, self.high, step=self.step, sampling=sampling)


def rounded(value: float) -> float:
    """Return a number with 6 digits, so that what a table shows is what was trained."""
    return value if isinstance(value, int) else float(f"{value:.6g}")


class Space:
    """The parameters of a search.

    Args:
        parameters: in the order of their columns.
    """

    def __init__(self, parameters: list[Parameter]):
        self.parameters = parameters

    @classmethod
    def of(cls, description: object, source: str) -> "Space":
        """Return the space that a YAML file's `parameters` describe.

        Args:
            description: the mapping of names to entries.
            source: the file, for messages.

        Raises:
            UserError: for what is not a space; it names the parameter.
        """
        if not isinstance(description, dict) or not description:
            raise UserError(f"{source}: parameters must be a mapping of names, each with choices, range or log_range")
        parameters: dict[str, Parameter] = {}
        for name, entries in description.items():
            try:
                parameters[str(name)] = described(str(name), entries, parameters)
            except ValueError as error:
                raise UserError(f"{source}: parameter {name!r}: {error}") from error
        return cls(list(parameters.values()))

    def declare(self, hyperparameters) -> None:
        """Declare the parameters to KerasTuner's `HyperParameters`."""
        for parameter in self.parameters:
            parameter.declare(hyperparameters)

    def settings(self, values: dict) -> dict[str, object]:
        """Return the configuration's keys and what they are set to, for a trial's values by the parameters' names."""
        return {
            key: parameter.setting(values[parameter.name])
            for parameter in self.parameters
            if parameter.name in values and parameter.active(values)
            for key in parameter.keys
        }

    def shown(self, values: dict) -> dict[str, object]:
        """Return a trial's values as a table has them: labels of choices, numbers; empty where one takes no part."""
        shown: dict[str, object] = dict.fromkeys((parameter.name for parameter in self.parameters), "")
        for parameter in self.parameters:
            if parameter.name in values and parameter.active(values):
                value = values[parameter.name]
                shown[parameter.name] = value if parameter.choices is not None else rounded(value)
        return shown

    def endless(self) -> list[str]:
        """Return the names of the parameters whose values cannot be counted."""
        return [parameter.name for parameter in self.parameters if parameter.values() is None]

    def grid(self) -> Iterator[dict]:
        """Yield every combination of values, the last parameter changing fastest; all must be countable."""

        def combinations(rest: list[Parameter], values: dict) -> Iterator[dict]:
            if not rest:
                yield values
                return
            first, *others = rest
            for value in first.values() if first.active(values) else [None]:
                yield from combinations(others, values if value is None else {**values, first.name: value})

        return combinations(self.parameters, {})

    def probes(self) -> Iterator[dict]:
        """Yield values in which each choice and each end of a range occurs once, beside the first of the others."""

        def first(values: dict) -> dict:
            for parameter in self.parameters:
                if parameter.name not in values and parameter.active(values):
                    values = {**values, parameter.name: parameter.extremes()[0]}
            return values

        yield first({})
        for parameter in self.parameters:
            for value in parameter.extremes():
                parents = {name: labels[0] for name, labels in parameter.when.items()}
                yield first({**parents, parameter.name: value})


def described(name: str, entries: object, before: dict[str, Parameter]) -> Parameter:
    """Return the parameter that entries describe, or raise `ValueError`."""
    if not isinstance(entries, dict):
        raise ValueError(f"write choices, range or log_range; got {entries!r}")
    unknown = [entry for entry in entries if entry not in ENTRIES]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(ENTRIES)}")
    kinds = [kind for kind in ("choices", "range", "log_range") if kind in entries]
    if len(kinds) != 1:
        raise ValueError(f"give one of choices, range and log_range; got {' and '.join(kinds) or 'none'}")
    keys = entries.get("keys", name)
    keys = [keys] if isinstance(keys, str) else keys
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        raise ValueError(f"keys must be a key of the configuration, or a list of some; got {keys!r}")
    keys, conditions = tuple(keys), entries.get("when") or {}
    if not isinstance(conditions, dict):
        raise ValueError(f"when must be a mapping of parameters above to their choices; got {conditions!r}")
    when = {parent: labels_of(parent, labels, before) for parent, labels in conditions.items()}
    if kinds == ["choices"]:
        if "step" in entries:
            raise ValueError("step belongs to a range")
        return Parameter(name, keys, labelled(entries["choices"]), None, None, False, None, when)
    bounds, log, step = entries[kinds[0]], kinds == ["log_range"], entries.get("step")
    if not (isinstance(bounds, list) and len(bounds) == 2 and all(map(is_number, bounds))):
        raise ValueError(f"{kinds[0]} must be two numbers, [lowest, highest]; got {bounds!r}")
    low, high = bounds
    if not low < high:
        raise ValueError(f"{kinds[0]} is empty: {low} is not below {high}")
    if log and low <= 0:
        raise ValueError(f"log_range must be above 0; got {low}")
    smallest = 1 if log else 0
    if step is not None and not (is_number(step) and step > smallest):
        raise ValueError(f"step must be a number above {smallest}; got {step!r}")
    if isinstance(low, int) and isinstance(high, int) and not (step is None or isinstance(step, int)):
        raise ValueError(f"a range of whole numbers needs a whole step; got {step}. For others write {float(low)}")
    return Parameter(name, keys, None, low, high, log, step, when)


def is_number(value: object) -> bool:
    """Return whether it is a finite int or float, and no bool. YAML reads 1e-4, without a point, as a word."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def labelled(choices: object) -> dict[str, object]:
    """Return choices by their labels: those of a mapping as they are, those of a list by their values."""
    if not isinstance(choices, list | dict) or not choices:
        raise ValueError(f"choices must be a list of values, or a mapping of labels to values; got {choices!r}")
    if isinstance(choices, dict):
        return {str(name): value for name, value in choices.items()}
    by_label = {label(value): value for value in choices}
    if len(by_label) < len(choices):
        raise ValueError(f"choices must differ from one another; got {choices!r}")
    return by_label


def label(value: object) -> str:
    """Return a short name of a value: of a class, its name."""
    if isinstance(value, dict) and "class_path" in value:
        return str(value["class_path"]).rpartition(".")[2]
    return value if isinstance(value, str) else json.dumps(value)


def labels_of(parent: str, values: object, before: dict[str, Parameter]) -> list[str]:
    """Return the labels of a condition's values."""
    if parent not in before or before[parent].choices is None:
        known = [name for name, parameter in before.items() if parameter.choices is not None]
        raise ValueError(f"when: {parent!r} is no parameter above it that has choices ({', '.join(known) or 'none'})")
    labels = [label(value) for value in (values if isinstance(values, list) else [values])]
    unknown = [name for name in labels if name not in before[parent].choices]
    if unknown or not labels:
        raise ValueError(f"when: {parent} has no choice {unknown}; it has {', '.join(before[parent].choices)}")
    return labels


def spaces() -> dict[str, Path]:
    """Return the spaces by name: every YAML file in `configs/tune/`."""
    folder = next(iter(variants().values())).parent / "tune"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def read_space(name: str) -> dict:
    """Return the content of a space's file: `parameters`, and perhaps `objective`, `search` and `trials`.

    Args:
        name: of one of ours, or the path of a YAML file.

    Raises:
        UserError: if there is none, or it is no space.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else spaces().get(name)
    if path is None or not path.is_file():
        raise UserError(f"there is no space {name!r}. Spaces: {', '.join(spaces())}; or the path of a YAML file")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UserError(f"{path}: {error}") from error
    known = ("parameters", "objective", "search", "trials")
    if not isinstance(content, dict) or any(key not in known for key in content):
        raise UserError(f"{path}: a space has {', '.join(known)}; got {content!r:.200}")
    searches = get_args(Search)
    if content.get("search") not in (None, *searches):
        raise UserError(f"{path}: search must be one of {', '.join(searches)}; got {content['search']!r}")
    trials = content.get("trials", 1)
    if not isinstance(trials, int) or isinstance(trials, bool) or trials < 1:
        raise UserError(f"{path}: trials must be a whole number of at least 1; got {trials!r}")
    Space.of(content.get("parameters"), str(path))
    return content
