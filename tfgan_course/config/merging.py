"""Bring what a user sets, in files, on the command line and from Python, into one nested mapping, later over earlier.

jsonargparse could merge as well, but when the class of an option changes it keeps arguments whose name and type fit the
new class (its issue 460): DCGAN's width for a perceptron, for example. Here a class named anew begins with its own
defaults, and a class named again keeps the arguments that were set.
"""

import pydoc
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from functools import cache
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import numpy as np
import yaml
from jsonargparse import ArgumentParser, set_parsing_settings

from tfgan_course.config.names import first_parts, groups, unknown_option, variant_meant
from tfgan_course.errors import UserError
from tfgan_course.models import CriticNetwork, GeneratorNetwork
from tfgan_course.optimizers.optimizers import Optimizer
from tfgan_course.plugins.by_name import class_of, named_classes

OPEN = (CriticNetwork, GeneratorNetwork, Optimizer)
"""Dataclasses that stand for their subclasses. All others are groups of options."""
set_parsing_settings(subclasses_enabled=list(OPEN))
VALUES = (bool, int, float, str, bytes, list, tuple, dict, set, PurePath)
PASSED = "passed from Python: "
"""Begins the text that a YAML file has for an object which cannot be described by its class and arguments."""
Typed = Callable[[str], str]
"""A function that returns a key as the user wrote it: `--critic.width`, `mine.yaml: critic.width`, `critic.width`."""


@dataclass
class Parameter:
    """An option of a configuration, or an argument of a class: its type, and its default as jsonargparse has it."""

    hint: Any
    default: Any = None

    def kinds(self) -> list:
        """Return the types that it may be of, without None."""
        kinds = get_args(self.hint) if get_origin(self.hint) in (Union, UnionType) else (self.hint,)
        return [kind for kind in kinds if kind is not NoneType]

    @property
    def group(self) -> type | None:
        """The dataclass whose fields are the parts of this option."""
        return next((kind for kind in self.kinds() if closed(kind)), None)

    @property
    def base(self) -> type | None:
        """The class whose subclasses the option takes objects of."""
        classes = [kind for kind in self.kinds() if isinstance(kind, type) and get_origin(kind) is None]
        objects = (kind for kind in classes if not closed(kind) and not issubclass(kind, VALUES))
        # A base of ours may have no subclass yet that is imported: DataSource.
        return next(
            (kind for kind in objects if named_classes(kind) or kind.__module__.startswith("tfgan_course.")), None
        )

    @property
    def element(self) -> "Parameter | None":
        """The entries of an option that can be nothing but a list."""
        kinds = self.kinds()
        return Parameter(get_args(kinds[0])[0]) if len(kinds) == 1 and get_origin(kinds[0]) is list else None


def closed(owner: object) -> bool:
    """Return whether a type is a group of options."""
    return isinstance(owner, type) and is_dataclass(owner) and not issubclass(owner, OPEN)


@cache
def parameters(owner: type) -> dict[str, Parameter]:
    """Return the options of a configuration, or the arguments of a class, as jsonargparse finds them."""
    parser = ArgumentParser(exit_on_error=False)
    for group in groups(owner) if closed(owner) else [owner]:
        parser.add_class_arguments(group)
    found: dict[str, Parameter] = {}
    for action in parser._actions:
        first, _, part = action.dest.partition(".")
        if part:
            found.setdefault(first, Parameter((first_parts(owner).get(first) if closed(owner) else None) or Any))
        elif hasattr(action, "_typehint"):
            found[first] = Parameter(action._typehint, action.default)
    return found


def read_yaml(value: object) -> object:
    """Return what a text means in YAML; the text itself where it is none, and any other value as it is."""
    if not isinstance(value, str) or value.startswith(PASSED):
        return value
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError:
        return value


def copied(tree: Any) -> Any:
    """Return a tree with mappings and lists of its own and the same objects."""
    if isinstance(tree, Mapping):
        return {key: copied(value) for key, value in tree.items()}
    return [copied(entry) for entry in tree] if isinstance(tree, list) else tree


def assign(
    tree: dict, owner: type, key: str, value: object, typed: Typed, append: bool = False, full: str | None = None
) -> None:
    """Set an option, or a part of one.

    Args:
        tree: of the object that has the option; an object in it is a mapping of `class_path` and `init_args`.
        owner: the class of that object.
        key: the option, with dots where a part of it is meant.
        value: the new value; text is read as YAML where it is not to stay text.
        typed: returns a full key as the user wrote it, for errors.
        append: add the value to a list instead.
        full: the key from the configuration on; `key` unless given.

    Raises:
        UserError: for an option or a class that does not exist.
    """
    full, (first, _, rest) = full or key, key.partition(".")
    if first not in parameters(owner):
        raise unknown_option(key, [*parameters(owner)], typed(full), owner.__name__)
    parameter, here = parameters(owner)[first], full.removesuffix(f".{rest}") if rest else full
    element = parameter.element
    if parameter.group is not None:
        parts = {rest: value} if rest else read_yaml(value)
        if isinstance(parts, Mapping):
            inner = tree[first] = tree.get(first) or {}
            for name, part in parts.items():
                assign(inner, parameter.group, str(name), part, typed, append, f"{here}.{name}")
        else:
            tree[first] = parts
    elif parameter.base is not None:
        present = tree.get(first, parameter.default)
        tree[first] = _object(present, {rest: value} if rest else value, parameter.base, here, typed)
    elif element is not None and element.base is not None and rest:
        if not tree.get(first):
            raise UserError(expected=f"an entry of {typed(here)} to change", received="none", remedy="Add one first")
        tree[first][-1] = _object(tree[first][-1], {rest: value}, element.base, here, typed)
    elif element is not None or append:
        value = read_yaml(value)
        if append:
            present = read_yaml(tree.get(first, parameter.default)) or []
            value = [*_listed(present), *_listed(value)]
        tree[first] = _entries(value, element.base if element is not None else None, here, typed)
    else:
        tree[first] = {**(tree.get(first) or {}), rest: value} if rest else _plain(value)


def _listed(value: object) -> list:
    return value if isinstance(value, list) else [value]


def _entries(value: object, base: type | None, key: str, typed: Typed) -> Sequence | None:
    """Return the entries of a list, objects of subclasses of `base` if that is given."""
    if value is not None and not isinstance(value, list | tuple):
        option = typed(key)
        added = f", or {option}+={value} to add it to what there is" if option.startswith("--") else ""
        raise UserError(
            expected=f"a list for {option}", received=repr(value), remedy=f"Write {option}=[{value}]{added}"
        )
    return value and [_plain(entry) if base is None else _object(None, entry, base, key, typed) for entry in value]


def _object(present: object, value: object, base: type, key: str, typed: Typed) -> object:
    """Return an object as YAML describes it, a mapping of `class_path` and `init_args`; or the object itself.

    Args:
        present: what the option was before.
        value: an object, a class, its name, a mapping with `class_path`, or one with arguments alone.
        base: the class that it must be of.
        key: of the option, for errors.
        typed: likewise.
    """
    value = read_yaml(value)
    if value is None or isinstance(value, base):
        return value
    present = present if isinstance(present, Mapping) else {}
    named, arguments = value, {}
    if isinstance(value, Mapping):
        named, arguments = value.get("class_path"), value.get("init_args")
        if arguments is None:
            arguments = {name: part for name, part in value.items() if name not in ("class_path", "init_args")}
    if named is None and "class_path" not in present:
        raise UserError(
            expected=f"a class for {typed(key)} before its arguments",
            received=f"the arguments {', '.join(map(str, arguments))}",
            remedy=f"Name one of {', '.join(named_classes(base))}",
        )
    before = _class(present["class_path"], base, key, typed) if "class_path" in present else None
    cls = before if named is None else _class(named, base, key, typed)
    init_args = dict(present.get("init_args") or {}) if cls is before else {}
    for name, part in arguments.items():
        name = name.removeprefix("init_args.")
        assign(init_args, cls, name, part, typed, full=f"{key}.{name}")
    return {"class_path": dotted_path(cls), **({"init_args": init_args} if init_args else {})}


def _class(named: object, base: type, key: str, typed: Typed) -> type:
    """Return the class that a user named."""
    if isinstance(named, str):
        if named.startswith(PASSED):
            raise UserError(
                expected=f"a class for {typed(key)}",
                received=f"a note that the object was {named}",
                remedy="Only the process that was given the object has it. Write its class instead, under class_path",
            )
        # A run's config.yaml names classes by their paths, so without this no run could be opened after a class moved.
        if named.startswith("tfgan_course.") and pydoc.locate(named) is None:
            named = named.rpartition(".")[2]
        if named not in named_classes(base) and (variant := variant_meant(key, named, typed(key))):
            known = ", ".join(named_classes(base))
            raise UserError(expected=f"for {typed(key)} one of {known}", received=named, remedy=variant)
    return base if named in (base, base.__name__) else class_of(base, named, argument=typed(key))


def dotted_path(cls: type) -> str:
    """Return the shortest path that a class can be imported by: of packages that export it, the outermost."""
    parts = cls.__module__.split(".")
    modules = [".".join(parts[:count]) for count in range(2, len(parts))]
    exports = (name for name in modules if getattr(sys.modules.get(name), cls.__name__, None) is cls)
    return f"{next(exports, cls.__module__)}.{cls.__qualname__}"


def _plain(value: object) -> object:
    """Return a value from Python as YAML would have it."""
    if isinstance(value, np.generic):
        return value.item()
    return str(value) if isinstance(value, PurePath) else list(value) if isinstance(value, tuple) else value
