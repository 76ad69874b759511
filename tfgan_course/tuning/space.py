"""The space of a search: parameters, each of which sets one or several keys of the configuration."""

import json
import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from tfgan_course.config.files import read_yaml_file
from tfgan_course.config.variants import variants
from tfgan_course.errors import UserError, require
from tfgan_course.files import usable

Search = Literal["grid", "random", "bayesian", "hyperband"]
KINDS = ("choices", "range", "log_range")
ENTRIES = ("keys", *KINDS, "step", "when")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a space.

    Args:
        name: its name in tables and plots.
        keys: dotted keys of the configuration; all of them get the parameter's value.
        choices: values by their labels; None for a range.
        low: smallest value of a range.
        high: largest value of a range, included.
        log: whether the range is sampled by the logarithm.
        step: the difference (with `log` the ratio) of neighbouring values of a range; None allows any value.
        when: labels of other parameters, by the parameters' names: this parameter is used only if each of them has one
            of its labels.
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
        """Return whether the parameter is used with these values of the other parameters."""
        return all(values.get(name) in labels for name, labels in (self.when or {}).items())

    def values(self) -> list | None:
        """Return the label of each choice, or each value of a range; None if the values cannot be counted."""
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
        """Return the place of a label or a value on an axis of all labels or values, from 0 to 1."""
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
    def of(cls, description: Any, source: str) -> "Space":
        """Return the space that a YAML file's `parameters` describe.

        Args:
            description: the mapping of names to entries.
            source: the file, for messages.

        Raises:
            UserError: for a mistake in the description; the error names the parameter.
        """
        mapping = f"in {source} as parameters a mapping of names, each with {', '.join(KINDS)}"
        example = "Write `parameters: {batch_size: {choices: [32, 64]}}` for example"
        require(isinstance(description, dict) and bool(description), mapping, repr(description), example)
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

    def _active(self, values: dict) -> list[tuple[Parameter, Any]]:
        return [
            (parameter, value if parameter.choices is not None else rounded(value))
            for parameter in self.parameters
            if (value := values.get(parameter.name)) is not None and parameter.active(values)
        ]

    def settings(self, values: dict) -> dict[str, object]:
        """Return the keys of the configuration with the values that a trial sets, from its values by parameter."""
        return {
            key: value if parameter.choices is None else parameter.choices[value]
            for parameter, value in self._active(values)
            for key in parameter.keys
        }

    def shown(self, values: dict) -> dict[str, object]:
        """Return a trial's values for a table: labels of choices, numbers, or "" for a parameter that is not used."""
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
        """Yield values so that each choice and end of a range occurs once; other parameters have their first value."""

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


def described(name: str, entries: Any, before: dict[str, Parameter]) -> Parameter:
    """Return the parameter that a file's entries describe; raise a `UserError`, to which `Space.of` adds the name."""
    check(isinstance(entries, dict), f"a mapping with {', '.join(KINDS)}", entries)
    unknown = [entry for entry in entries if entry not in ENTRIES]
    check(not unknown, f"the entries {', '.join(ENTRIES)}", unknown)
    kinds = [kind for kind in KINDS if kind in entries]
    check(len(kinds) == 1, f"one of {', '.join(KINDS)}", kinds)
    keys = entries.get("keys", name)
    keys = [keys] if isinstance(keys, str) else keys
    texts = isinstance(keys, list) and bool(keys) and all(isinstance(key, str) for key in keys)
    check(texts, "as keys a key of the configuration, or a list of keys", keys)
    conditions = entries.get("when") or {}
    check(isinstance(conditions, dict), "as when a mapping of parameters above to their choices", conditions)
    when = {parent: labels_of(parent, labels, before) for parent, labels in conditions.items()}
    step = entries.get("step")
    if kinds == ["choices"]:
        check("step" not in entries, "a step only together with a range", step)
        return Parameter(name, tuple(keys), labelled(entries["choices"]), when=when)
    bounds, log = entries[kinds[0]], kinds == ["log_range"]
    numbers = isinstance(bounds, list) and len(bounds) == 2 and all(map(is_number, bounds))
    check(numbers and bounds[0] < bounds[1], f"as {kinds[0]} two numbers, [lowest, highest]", bounds)
    low, high = bounds
    check(not log or low > 0, "a log_range above 0", low)
    check(step is None or (is_number(step) and step > int(log)), f"as step a number above {int(log)}", step)
    parameter = Parameter(name, tuple(keys), None, low, high, log, step, when)
    whole = f"a whole step in a range of whole numbers (write {float(low)} for others)"
    check(not parameter.whole or step is None or isinstance(step, int), whole, step)
    return parameter


def check(condition: bool, expected: str, received: object) -> None:
    """Raise a `UserError` about a mistake in a space unless the condition holds."""
    require(condition, expected, repr(received), "Correct the space")


def is_number(value: object) -> bool:
    """Return whether a value is a finite int or float, not a bool. YAML reads 1e-4, without a point, as a text."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def labelled(choices: Any) -> dict[str, object]:
    """Return choices by their labels. A mapping gives the labels; for a list they are made from the values."""
    several = isinstance(choices, list | dict) and bool(choices)
    check(several, "as choices a list of values, or a mapping of labels to values", choices)
    if isinstance(choices, dict):
        return {str(name): value for name, value in choices.items()}
    by_label = {label(value): value for value in choices}
    check(len(by_label) == len(choices), "choices that differ from one another", choices)
    return by_label


def label(value: object) -> str:
    """Return a short text for a value; for a class, its name."""
    if isinstance(value, dict) and "class_path" in value:
        return str(value["class_path"]).rpartition(".")[2]
    return value if isinstance(value, str) else json.dumps(value)


def labels_of(parent: str, values: object, before: dict[str, Parameter]) -> list[str]:
    """Return the labels of a condition's values."""
    with_choices = {name: parameter.choices for name, parameter in before.items() if parameter.choices is not None}
    above = f"as when a parameter above with choices ({', '.join(with_choices) or 'none'})"
    check(parent in with_choices, above, parent)
    labels = [label(value) for value in (values if isinstance(values, list) else [values])]
    unknown = [name for name in labels if name not in with_choices[parent]]
    check(bool(labels) and not unknown, f"as when choices of {parent} ({', '.join(with_choices[parent])})", unknown)
    return labels


def spaces() -> dict[str, Path]:
    """Return the packaged spaces by name: every YAML file in `configs/tune/`."""
    folder = next(iter(variants().values())).parent / "tune"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def read_space(name: str) -> dict:
    """Return the content of a space's file: `parameters`, and `objective`, `search` and `trials` if it has them.

    Args:
        name: the name of a packaged space, or the path of a YAML file in UTF-8 or UTF-16.

    Raises:
        UserError: if there is no such file, or it does not describe a space.
    """
    path = usable(name, "--space") if name.endswith((".yaml", ".yml")) else spaces().get(name)
    known = f"a space: {', '.join(spaces())}, or the path of a YAML file"
    require(path is not None and path.is_file(), known, repr(name), "Choose one of these")
    content, _ = read_yaml_file(path)
    keys, searches = ("parameters", "objective", "search", "trials"), get_args(Search)
    check(isinstance(content, dict) and set(content) <= {*keys}, f"in {path} the keys {', '.join(keys)}", content)
    objective, search, trials = (content.get(key) for key in keys[1:])
    check(objective is None or isinstance(objective, dict), f"in {path} as objective a mapping", objective)
    check(search in (None, *searches), f"in {path} as search {', '.join(searches)}", search)
    counted = trials is None or (isinstance(trials, int) and trials is not True and trials >= 1)
    check(counted, f"in {path} as trials a whole number of at least 1", trials)
    Space.of(content.get("parameters"), str(path))
    return content
