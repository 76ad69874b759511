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
KINDS = ("choices", "range", "log_range")
ENTRIES = ("keys", *KINDS, "step", "when")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a space.

    Args:
        name: its name in tables and plots.
        keys: dotted keys of the configuration, which all get the value.
        choices: values by their labels; None for a range.
        low: smallest value of a range.
        high: largest value of a range, included.
        log: whether the range is sampled by the logarithm.
        step: the difference of neighbouring values of a range, their ratio if `log`; None for any value.
        when: labels of other parameters, by their names: this one takes part only if each has one of its labels.
    """

    name: str
    keys: tuple[str, ...]
    choices: dict[str, object] | None = None
    low: float | None = None
    high: float | None = None
    log: bool = False
    step: float | None = None
    when: dict[str, list[str]] | None = None

    @property
    def whole(self) -> bool:
        """True for a range of whole numbers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def active(self, values: dict) -> bool:
        """Return whether the parameter takes part beside these values of the others."""
        return all(values.get(name) in labels for name, labels in (self.when or {}).items())

    def values(self) -> list | None:
        """Return the label of each choice, or each value of a range; None where they cannot be counted."""
        if self.choices is not None:
            return self.extremes()
        step = self.step or (1 if self.whole and not self.log else None)
        if step is None:
            return None
        values, value = [], self.low
        while value <= self.high + 1e-9 * (self.high - self.low):
            values.append(rounded(value))
            value = value * step if self.log else self.low + len(values) * step
        return values

    def extremes(self) -> list:
        """Return the label of each choice, or both ends of a range."""
        return list(self.choices) if self.choices is not None else [self.low, self.high]

    def place(self, value: Any) -> float:
        """Return where a label or a value lies among the others, from 0 to 1."""
        if self.choices is not None:
            return list(self.choices).index(value) / max(1, len(self.choices) - 1)
        change = math.log if self.log else float
        return (change(value) - change(self.low)) / (change(self.high) - change(self.low))

    def declare(self, hyperparameters) -> None:
        """Declare the parameter to KerasTuner's `HyperParameters`."""
        with ExitStack() as scopes:
            for name, labels in (self.when or {}).items():
                scopes.enter_context(hyperparameters.conditional_scope(name, labels))
            if self.choices is not None:
                hyperparameters.Choice(self.name, list(self.choices))
                return
            kind = hyperparameters.Int if self.whole else hyperparameters.Float
            kind(self.name, self.low, self.high, step=self.step, sampling="log" if self.log else "linear")


def rounded(value: float) -> float:
    """Return a number with 6 digits, so that a table shows exactly what was trained."""
    return value if isinstance(value, int) else float(f"{value:.6g}")


@dataclass
class Space:
    """The parameters of a search, in the order of their columns."""

    parameters: list[Parameter]

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
            raise UserError(
                expected=f"in {source} as parameters a mapping of names, each with {', '.join(KINDS)}",
                received=repr(description),
                remedy="Write `parameters: {batch_size: {choices: [32, 64]}}` for example",
            )
        parameters: dict[str, Parameter] = {}
        for name, entries in description.items():
            try:
                parameters[str(name)] = described(str(name), entries, parameters)
            except UserError as error:
                expected = f"in {source} for parameter {name!r} {error.expected}"
                raise UserError(expected=expected, received=error.received, remedy=error.remedy) from error
        return cls(list(parameters.values()))

    def declare(self, hyperparameters) -> None:
        """Declare the parameters to KerasTuner's `HyperParameters`."""
        for parameter in self.parameters:
            parameter.declare(hyperparameters)

    def _active(self, values: dict) -> list[tuple[Parameter, object]]:
        return [
            (parameter, value if parameter.choices is not None else rounded(value))
            for parameter in self.parameters
            if (value := values.get(parameter.name)) is not None and parameter.active(values)
        ]

    def settings(self, values: dict) -> dict[str, object]:
        """Return the configuration's keys and what a trial sets them to, for its values by the parameters' names."""
        return {
            key: value if parameter.choices is None else parameter.choices[value]
            for parameter, value in self._active(values)
            for key in parameter.keys
        }

    def shown(self, values: dict) -> dict[str, object]:
        """Return a trial's values for a table: labels of choices, numbers, "" for a parameter that takes no part."""
        active = {parameter.name: value for parameter, value in self._active(values)}
        return {parameter.name: active.get(parameter.name, "") for parameter in self.parameters}

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
        """Yield values in which each choice and end of a range occurs once, with the first values of the others."""

        def completed(values: dict) -> dict:
            for parameter in self.parameters:
                if parameter.name not in values and parameter.active(values):
                    values = {**values, parameter.name: parameter.extremes()[0]}
            return values

        yield completed({})
        for parameter in self.parameters:
            for value in parameter.extremes():
                parents = {name: labels[0] for name, labels in (parameter.when or {}).items()}
                yield completed({**parents, parameter.name: value})


def described(name: str, entries: object, before: dict[str, Parameter]) -> Parameter:
    """Return the parameter that a file's entries describe; raise a `UserError` that does not name it."""
    if not isinstance(entries, dict):
        raise wrong(f"a mapping with {', '.join(KINDS)}", entries)
    if unknown := [entry for entry in entries if entry not in ENTRIES]:
        raise wrong(f"the entries {', '.join(ENTRIES)}", unknown[0])
    kinds = [kind for kind in KINDS if kind in entries]
    if len(kinds) != 1:
        raise wrong(f"one of {', '.join(KINDS)}", kinds)
    keys = entries.get("keys", name)
    keys = [keys] if isinstance(keys, str) else keys
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        raise wrong("as keys a key of the configuration, or a list of keys", keys)
    conditions = entries.get("when") or {}
    if not isinstance(conditions, dict):
        raise wrong("as when a mapping of parameters above to their choices", conditions)
    when = {parent: labels_of(parent, labels, before) for parent, labels in conditions.items()}
    step = entries.get("step")
    if kinds == ["choices"]:
        if "step" in entries:
            raise wrong("a step only beside a range", step)
        return Parameter(name, tuple(keys), labelled(entries["choices"]), when=when)
    bounds, log = entries[kinds[0]], kinds == ["log_range"]
    if not (isinstance(bounds, list) and len(bounds) == 2 and all(map(is_number, bounds)) and bounds[0] < bounds[1]):
        raise wrong(f"as {kinds[0]} two numbers, [lowest, highest]", bounds)
    low, high = bounds
    if log and low <= 0:
        raise wrong("a log_range above 0", low)
    if step is not None and not (is_number(step) and step > int(log)):
        raise wrong(f"as step a number above {int(log)}", step)
    parameter = Parameter(name, tuple(keys), None, low, high, log, step, when)
    if parameter.whole and not (step is None or isinstance(step, int)):
        raise wrong(f"a whole step in a range of whole numbers (write {float(low)} for others)", step)
    return parameter


def wrong(expected: str, received: object) -> UserError:
    """Return the error for a mistake in a space."""
    return UserError(expected=expected, received=repr(received), remedy="Correct the space")


def is_number(value: object) -> bool:
    """Return whether a value is a finite int or float, and no bool. YAML reads 1e-4, without a point, as a word."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def labelled(choices: object) -> dict[str, object]:
    """Return choices by their labels, which a mapping gives; in a list each value has a label of its own."""
    if not isinstance(choices, list | dict) or not choices:
        raise wrong("as choices a list of values, or a mapping of labels to values", choices)
    if isinstance(choices, dict):
        return {str(name): value for name, value in choices.items()}
    by_label = {label(value): value for value in choices}
    if len(by_label) < len(choices):
        raise wrong("choices that differ from one another", choices)
    return by_label


def label(value: object) -> str:
    """Return a short name of a value: of a class, its name."""
    if isinstance(value, dict) and "class_path" in value:
        return str(value["class_path"]).rpartition(".")[2]
    return value if isinstance(value, str) else json.dumps(value)


def labels_of(parent: str, values: object, before: dict[str, Parameter]) -> list[str]:
    """Return the labels of a condition's values."""
    with_choices = {name: parameter.choices for name, parameter in before.items() if parameter.choices is not None}
    if parent not in with_choices:
        raise wrong(f"as when a parameter above with choices ({', '.join(with_choices) or 'none'})", parent)
    labels = [label(value) for value in (values if isinstance(values, list) else [values])]
    unknown = [name for name in labels if name not in with_choices[parent]]
    if unknown or not labels:
        raise wrong(f"as when a choice of {parent} ({', '.join(with_choices[parent])})", unknown)
    return labels


def spaces() -> dict[str, Path]:
    """Return the packaged spaces by name: every YAML file in `configs/tune/`."""
    folder = next(iter(variants().values())).parent / "tune"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def read_space(name: str) -> dict:
    """Return the content of a space's file: `parameters`, and perhaps `objective`, `search` and `trials`.

    Args:
        name: of a packaged space, or the path of a YAML file in UTF-8 or UTF-16.

    Raises:
        UserError: if there is no such file, or it is no space.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else spaces().get(name)
    if path is None or not path.is_file():
        raise UserError(
            expected=f"a space: {', '.join(spaces())}, or the path of a YAML file",
            received=name,
            remedy="Choose one of these",
        )
    try:
        content = yaml.safe_load(path.read_bytes())  # PyYAML knows UTF-16 by its first bytes
    except yaml.YAMLError as error:
        raise UserError(expected=f"YAML in {path}", received=str(error), remedy="Correct the file") from error
    known = {
        "parameters": ("", lambda value: True),
        "objective": ("a mapping", lambda value: isinstance(value, dict)),
        "search": (", ".join(get_args(Search)), lambda value: value in get_args(Search)),
        "trials": ("a whole number of at least 1", lambda value: type(value) is int and value >= 1),
    }
    if not isinstance(content, dict) or any(key not in known for key in content):
        raise wrong(f"in {path} {', '.join(known)}", content)
    for key, value in content.items():
        allowed, fits = known[key]
        if value is not None and not fits(value):
            raise wrong(f"in {path} as {key} {allowed}", value)
    Space.of(content.get("parameters"), str(path))
    return content
