"""Bring what a user sets, in files, on the command line and from Python, into one nested mapping, later over earlier.

jsonargparse could merge as well, but when the class of an option changes it keeps arguments whose name and type fit the
new class (its issue 460): DCGAN's width for a perceptron, for example. Here a class named anew begins with its own
defaults, and a class named again keeps the arguments that were set.
"""

import math
import pydoc
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, is_dataclass
from functools import cache
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import numpy as np
import yaml
from jsonargparse import ArgumentParser, set_parsing_settings

from tfgan_course.config.names import Option, check_key, first_parts, groups, unknown_option, variant_meant
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
    """An option of a configuration, or an argument of a class.

    Args:
        hint: its type.
        default: its default, as jsonargparse has it.
    """

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
        return next((kind for kind in objects if named_classes(kind)), None)

    @property
    def element(self) -> "Parameter | None":
        """The entries of an option that can be nothing but a list."""
        kinds = self.kinds()
        return Parameter(get_args(kinds[0])[0]) if len(kinds) == 1 and get_origin(kinds[0]) is list else None


def closed(owner: object) -> bool:
    """Return whether a type is a group of options."""
    return is_dataclass(owner) and not issubclass(owner, OPEN)


@cache
def parameters(owner: type) -> dict[str, Parameter]:
    """Return the options of a configuration, or the arguments of a class, as jsonargparse finds them."""
    parser = ArgumentParser(exit_on_error=False)
    for group in groups(owner) if closed(owner) else [owner]:
        parser.add_class_arguments(group)
    found = {}
    for action in parser._actions:
        first, _, part = action.dest.partition(".")
        if part:
            group = first_parts(owner).get(first) if closed(owner) else None
            found.setdefault(first, Parameter(group or Any))
        elif hasattr(action, "_typehint"):
            found[first] = Parameter(action._typehint, action.default)
    return found


@dataclass
class Given:
    """The options that a user has set.

    Args:
        tree: their values, nested: an object is a mapping of `class_path` and `init_args`, or the object itself.
        typed: how the user wrote each first part of a key, for errors.
    """

    tree: dict[str, object] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)

    def copy(self) -> "Given":
        """Return the same options, which can be changed without changing these."""
        return Given(copied(self.tree), dict(self.typed))

    def merge(self, settings: Mapping[str, object], schema: type, typed: Typed) -> None:
        """Set the options of a file, or of Python's keyword arguments.

        Args:
            settings: the options, nested as in YAML.
            schema: the configuration.
            typed: returns a key as the user wrote it, for errors.

        Raises:
            UserError: for an option or a class that does not exist.
        """
        for key, value in settings.items():
            check_key(str(key), schema, (), typed(str(key)))
            _assign(self.tree, schema, str(key), str(key), value, typed)
            self.typed[str(key)] = typed(str(key))

    def merge_options(self, options: Iterable[Option], schema: type) -> None:
        """Set the options of a part of a command line.

        A class comes before its arguments wherever both stand: `--critic.width 8 --critic SimpleCritic` is a perceptron
        of width 8.
        """

        def place(option: Option) -> float:
            return option.key.count(".") if names_class(option) else math.inf

        for option in sorted(options, key=place):
            check_key(option.key, schema, (), f"--{option.key}")
            set_option = _append if option.append else _assign
            set_option(self.tree, schema, option.key, option.key, option.value, "--{}".format)
            first = option.key.partition(".")[0]
            self.typed[first] = f"--{first}"


def copied(tree: object) -> object:
    """Return a tree with mappings and lists of its own and the same objects."""
    if isinstance(tree, Mapping):
        return {key: copied(value) for key, value in tree.items()}
    return [copied(entry) for entry in tree] if isinstance(tree, list) else tree


def names_class(option: Option) -> bool:
    """Return whether an option's value is a class: its name, its dotted path, or a mapping with `class_path`."""
    content = None if option.append else read_yaml(option.value)
    if isinstance(content, str):
        return re.fullmatch(r"([A-Za-z_]\w*\.)*[A-Z]\w*", content) is not None
    return isinstance(content, dict) and "class_path" in content


def read_yaml(value: object) -> object:
    """Return what a text means in YAML; the text itself where it is none, and any other value as it is."""
    if not isinstance(value, str) or value.startswith(PASSED):
        return value
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError:
        return value


def _assign(tree: dict, owner: type, key: str, full: str, value: object, typed: Typed) -> None:
    """Set an option, or a part of one.

    Args:
        tree: of the object that has the option.
        owner: the class of that object.
        key: the option, with dots where a part of it is meant.
        full: the key from the configuration on.
        value: the new value; text is read as YAML where it is not to stay text.
        typed: returns a full key as the user wrote it.
    """
    first, _, rest = key.partition(".")
    parameter, here = _parameter(owner, first, full, key, typed), full.removesuffix(f".{rest}") if rest else full
    if parameter.group is not None:
        value = {rest: value} if rest else read_yaml(value)
        if isinstance(value, Mapping):
            inner = tree[first] = tree.get(first) or {}
            for name, part in value.items():
                _assign(inner, parameter.group, str(name), f"{here}.{name}", part, typed)
        else:
            tree[first] = value
    elif parameter.base is not None:
        present = tree.get(first, parameter.default)
        tree[first] = _entry(present, {rest: value} if rest else value, parameter.base, here, typed)
    elif parameter.element is not None and parameter.element.base is not None and rest:
        if not tree.get(first):
            raise UserError(expected=f"an entry of {typed(here)} to change", received="none", remedy="Add one first")
        tree[first][-1] = _entry(tree[first][-1], {rest: value}, parameter.element.base, here, typed)
    elif parameter.element is not None:
        tree[first] = _entries(read_yaml(value), parameter.element.base, here, typed)
    elif rest:
        tree[first] = {**(tree.get(first) or {}), rest: value}
    else:
        tree[first] = _plain(value)


def _append(tree: dict, owner: type, key: str, full: str, value: str, typed: Typed) -> None:
    """Add an entry, or several, to a list."""
    first, _, rest = key.partition(".")
    parameter = _parameter(owner, first, full, key, typed)
    if rest and parameter.group is not None:
        _append(tree.setdefault(first, {}), parameter.group, rest, full, value, typed)
        return
    present, added = read_yaml(tree.get(first, parameter.default)) or [], read_yaml(value)
    present = present if isinstance(present, list) else [present]
    base = parameter.element.base if parameter.element else None
    tree[first] = _entries([*present, *(added if isinstance(added, list) else [added])], base, full, typed)


def _parameter(owner: type, name: str, full: str, key: str, typed: Typed) -> Parameter:
    """Return an option of a class, or raise `UserError`."""
    known = parameters(owner)
    if name in known:
        return known[name]
    prefix = full.removesuffix(key)
    raise unknown_option(
        key, list(known), typed(f"{prefix}{key}"), "" if not prefix or closed(owner) else owner.__name__
    )


def _entries(value: object, base: type | None, key: str, typed: Typed) -> object:
    """Return the entries of a list, objects of subclasses of `base` if that is given."""
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        option = typed(key)
        added = f", or {option}+={value} to add it to what there is" if option.startswith("--") else ""
        raise UserError(
            expected=f"a list for {option}", received=repr(value), remedy=f"Write {option}=[{value}]{added}"
        )
    return [_plain(entry) if base is None else _entry(None, entry, base, key, typed) for entry in value]


def _entry(present: object, value: object, base: type, key: str, typed: Typed) -> object:
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
    if isinstance(value, Mapping):
        named, arguments = value.get("class_path"), value.get("init_args")
        if arguments is None:
            arguments = {name: part for name, part in value.items() if name not in ("class_path", "init_args")}
    else:
        named, arguments = value, {}
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
        _assign(init_args, cls, name, f"{key}.{name}", part, typed)
    return {"class_path": dotted_path(cls), **({"init_args": init_args} if init_args else {})}


def _class(named: object, base: type, key: str, typed: Typed) -> type:
    """Return the class that a user named."""
    if isinstance(named, str) and named.startswith(PASSED):
        raise UserError(
            expected=f"a class for {typed(key)}",
            received=f"a note that the object was {named}",
            remedy="Only the process that was given the object has it. Write its class instead, under class_path",
        )
    # A run's config.yaml names classes by their paths, so without this no run could be opened after a class has moved.
    if isinstance(named, str) and named.startswith("tfgan_course.") and pydoc.locate(named) is None:
        named = named.rpartition(".")[2]
    if (isinstance(named, str) and named == base.__name__) or named is base:
        return base
    variant = (
        variant_meant(key, named, typed(key)) if isinstance(named, str) and named not in named_classes(base) else None
    )
    if variant:
        raise UserError(
            expected=f"for {typed(key)} one of {', '.join(named_classes(base))}", received=named, remedy=variant
        )
    return class_of(base, named, argument=typed(key))


def dotted_path(cls: type) -> str:
    """Return the shortest path that a class can be imported by: of packages that export it, the outermost."""
    parts = cls.__module__.split(".")
    packages = [".".join(parts[:count]) for count in range(2, len(parts))]
    module = next(
        (name for name in packages if getattr(sys.modules.get(name), cls.__name__, None) is cls), cls.__module__
    )
    return f"{module}.{cls.__qualname__}"


def _plain(value: object) -> object:
    """Return a value from Python as YAML would have it."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, PurePath):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
