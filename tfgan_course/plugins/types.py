"""The types of the values that a user writes: which values a type hint allows, and a text read as one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml


@dataclass(frozen=True)
class Range:
    """The range of a number: `Annotated[int, Range(1, 15)]`.

    Args:
        low: the smallest number allowed; None allows any.
        high: the largest number allowed; None allows any.
        above: numbers must be larger than this.
        below: numbers must be smaller than this.
    """

    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None

    def __contains__(self, number: float) -> bool:
        return (
            (self.low is None or number >= self.low)
            and (self.high is None or number <= self.high)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
        )

    def __str__(self) -> str:
        bounds = {"of at least": self.low, "of at most": self.high, "above": self.above, "below": self.below}
        return " and ".join(f"{words} {bound}" for words, bound in bounds.items() if bound is not None)


PositiveInt = Annotated[int, Range(low=1)]
NonNegativeInt = Annotated[int, Range(low=0)]
PositiveFloat = Annotated[float, Range(above=0)]
NonNegativeFloat = Annotated[float, Range(low=0)]
OpenUnitInterval = Annotated[float, Range(above=0, below=1)]


def alternatives(hint: object) -> list:
    """Return the types that a type hint allows: the parts of a union, or the hint alone."""
    if get_origin(hint) in (Union, UnionType):
        return [kind for part in get_args(hint) for kind in alternatives(part)]
    return [NoneType if hint is None else hint]


def read_yaml(value: object) -> object:
    """Return what a text means in YAML; a text that is no YAML, and any other value, as it is."""
    if not isinstance(value, str):
        return value
    try:
        return yaml.safe_load(value) if value.strip() else value
    except yaml.YAMLError:
        return value


def plain(value: object) -> object:
    """Return a NumPy number as Python's, and any other value as it is."""
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def fitted(hint: object, value: object) -> object:
    """Return a value as its type hint has it: a text is read as YAML, unless the hint allows nothing but text.

    Raises:
        ValueError: if the hint does not allow the value.
    """
    # Any text is text, and anything is Any: other types come first.
    for kind in sorted(alternatives(hint), key=lambda kind: (kind is Any, kind is str)):
        try:
            return _fitted(kind, value if kind is str else read_yaml(value))
        except ValueError:
            continue
    raise ValueError(value)


def _fitted(kind: object, value: object) -> object:
    """Return a value as one type has it."""
    origin, args = get_origin(kind), get_args(kind)
    value = plain(value)
    if origin is Annotated:
        number: Any = _fitted(args[0], value)
        if all(number in extra for extra in args[1:] if isinstance(extra, Range)):
            return number
    elif origin is Literal:
        if isinstance(value, str | int | None) and (type(value), value) in [(type(choice), choice) for choice in args]:
            return value
    elif kind in (bool, dict, list) or kind is NoneType:
        if isinstance(value, kind):
            return value
    elif kind is int:
        if isinstance(value, Integral) and not isinstance(value, bool):
            return int(value)
    elif kind is float:
        # YAML 1.1 takes 1e-3, which has no point, for text.
        if isinstance(value, Real | str) and not isinstance(value, bool):
            return float(value)
    elif kind is str:
        if isinstance(value, str | int | PurePath) and not isinstance(value, bool):
            return str(value)
    elif origin in (list, Sequence):
        if isinstance(value, list | tuple):
            return [fitted(args[0], entry) for entry in value]
    elif origin is tuple:
        if isinstance(value, list | tuple) and (args[-1] is ... or len(args) == len(value)):
            kinds = [args[0]] * len(value) if args[-1] is ... else args
            return [fitted(inner, entry) for inner, entry in zip(kinds, value, strict=True)]
    elif origin in (dict, Mapping):
        if isinstance(value, Mapping):
            return {fitted(args[0], key): fitted(args[1], entry) for key, entry in value.items()}
    elif isinstance(kind, type) and issubclass(kind, PurePath):
        if isinstance(value, str | PurePath):
            return str(value)
    else:  # a type that only the class which declares it can check
        return value
    raise ValueError(value)


def in_words(hint: object) -> str:
    """Return what a type hint allows, as an error says it."""
    kinds = alternatives(hint)
    if bool in kinds:  # with a Literal beside it: one list of choices
        kinds = [Literal["true", "false"], *(kind for kind in kinds if kind is not bool)]
    choices = [str(choice) for kind in kinds if get_origin(kind) is Literal for choice in get_args(kind)]
    words = ["one of " + ", ".join(choices)] if choices else []
    for kind in kinds:
        origin, args = get_origin(kind), get_args(kind)
        if origin is Annotated:
            words.append(f"{in_words(args[0])} {args[1]}")
        elif origin in (list, Sequence, tuple) or kind is list:
            words.append(f"a list of {len(args)} values" if origin is tuple and ... not in args else "a list")
        elif kind in NAMES:
            words.append(NAMES[kind])
        elif origin in (dict, Mapping):
            words.append(NAMES[dict])
        elif origin is not Literal:
            words.append(getattr(kind, "__name__", str(kind)))
    return " or ".join(dict.fromkeys(words))


NAMES = {int: "a whole number", float: "a number", str: "text", dict: "a mapping", NoneType: "null", Any: "an object"}
