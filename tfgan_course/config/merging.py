"""Merge the options that a user sets in files, on the command line and in Python into one tree of values.

A later value replaces an earlier one. A tree has a mapping for each group of options, and a mapping of `class_path` and
`init_args` for each object, or the object itself if Python code passed it. If the user names another class, it begins
with its own defaults; if the user names the same class again, it keeps the arguments that were set. Every value is
checked against its type hint when it is set.
"""

import difflib
import pydoc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from operator import or_
from pathlib import PurePath
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from tfgan_course.config.names import unknown_option, variant_meant
from tfgan_course.config.objects import PASSED, described, dotted_path
from tfgan_course.errors import UserError
from tfgan_course.plugins.by_name import class_of, named_classes
from tfgan_course.plugins.signatures import REQUIRED, Parameter, group_of, parameters
from tfgan_course.plugins.types import alternatives, fitted, in_words, read_yaml

VALUES = (bool, int, float, str, bytes, list, tuple, dict, set, PurePath, NoneType)


@dataclass(frozen=True)
class Place:
    """The name of an option as the user wrote it. Error messages use it.

    Args:
        key: the name of the option, with dots: `critic.width`.
        typed: a function that returns a key as the user wrote it: `--critic.width`, `mine.yaml, line 3: critic.width`,
            `critic.width`.
    """

    key: str
    typed: Callable[[str], str] = str

    def __str__(self) -> str:
        return self.typed(self.key)

    def part(self, name: str) -> "Place":
        """Return the place of a part of this option."""
        return Place(f"{self.key}.{name}" if self.key else name, self.typed)


def said(value: object) -> str:
    """Return a value as an error shows it."""
    return "null" if value is None else repr(value)


def closing(value: object) -> str:
    """Return the remedy for a text that begins like a list or a mapping of YAML but is not one; otherwise nothing."""
    text = "Close its brackets and quotes, and write each key once"
    return text if isinstance(value, str) and value.lstrip()[:1] in ("[", "{") else ""


def base_of(hint: object) -> type | None:
    """Return the base class of the objects that an option takes; None if the option takes no objects."""
    classes = [kind for kind in alternatives(hint) if isinstance(kind, type) and get_origin(kind) is None]
    objects = [kind for kind in classes if not issubclass(kind, VALUES) and group_of(kind) is None]
    # A base class of this package, such as DataSource, may have no subclass that is imported yet.
    return next((kind for kind in objects if named_classes(kind) or kind.__module__.startswith("tfgan_course.")), None)


def element_of(hint: object) -> object | None:
    """Return the type of the entries if an option is always a list, otherwise None."""
    kinds = [kind for kind in alternatives(hint) if kind is not NoneType]
    is_list = len(kinds) == 1 and get_origin(kinds[0]) in (list, Sequence)
    return get_args(kinds[0])[0] if is_list else None


def assign(
    tree: dict,
    options: Mapping[str, Parameter],
    place: Place,
    key: str,
    value: object,
    append: bool = False,
    owner: str = "",
) -> None:
    """Set an option, or a part of one.

    Args:
        tree: the values that were set before, by the options' names.
        options: the options that exist. An option whose type was not resolved, because that needs TensorFlow, takes any
            value.
        place: the place of the object that has these options.
        key: the name of the option, with dots if the key means a part of it.
        value: the new value; a text is read as YAML, unless the option takes text.
        append: add the value to a list instead.
        owner: the class that has these options as its arguments.

    Raises:
        UserError: for an option or a class that does not exist, or a value that the option does not take.
    """
    first, _, rest = key.partition(".")
    if first not in options:
        raise unknown_option(key, [*options], str(place.part(key)), owner)
    option = options[first]
    if isinstance(option.hint, str):
        tree[first] = value
        return
    present = tree[first] if first in tree else default_of(option)
    tree[first] = merged(option, present, place.part(first), rest, value, append)


def default_of(option: Parameter) -> object:
    """Return an option's default in the form that it has in a tree."""
    default = option.make_default()
    if default is REQUIRED:
        return default
    return vars(default) if group_of(option.hint) and default is not None else described(default)


def merged(option: Parameter, present: Any, place: Place, rest: str, value: object, append: bool) -> object:
    """Return an option's new value; see `assign`. `rest` is the key of the part that is set, or empty."""
    hint = option.hint
    element = element_of(hint)
    if group := group_of(hint):
        return _group(group, hint, present, place, {rest: value} if rest else value, append)
    if element is not None and (rest or append):
        present = [] if present in (None, REQUIRED) else list(present)
        if append:
            added = read_yaml(value)
            return present + _entries(element, place, added if isinstance(added, list) else [added])
        if not present:
            raise UserError(expected=f"an entry of {place} to change", received="none", remedy="Add one first")
        number = _entry_with(rest.partition(".")[0], present, element, place)
        option = Parameter(element, lambda: REQUIRED)
        present[number] = merged(option, present[number], place, rest, value, append=False)
        return present
    if element is not None and (entries := read_yaml(value)) is not None:
        if not isinstance(entries, list | tuple):
            written = f"{place.key}: [{value}]"  # in a file
            if str(place).startswith("--"):
                written = f"{place}=[{value}], or {place}+={value} to add it to the present list"
            elif str(place) == place.key:  # from Python
                written = f"{place}=[{value!r}]"
            raise UserError(
                expected=f"a list for {place}",
                received=repr(value),
                remedy=closing(entries) or f"Write {written}",
            )
        return _entries(element, place, entries)
    if base := base_of(hint):
        return _object(base, hint, present, place, {rest: value} if rest else value)
    if rest:
        return {**(present if isinstance(present, Mapping) else {}), rest: value}
    return checked(option, place, value)


def checked(option: Parameter, place: Place, value: object) -> object:
    """Return the value of an option that is not a group, an object or a list, as its type hint demands.

    Raises:
        UserError: if the hint does not allow the value.
    """
    try:
        return fitted(option.hint, value)
    except ValueError as error:
        choices = [
            str(choice) for kind in option.kinds if get_origin(kind) is Literal for choice in get_args(kind)
        ]  # fmt: skip
        close = difflib.get_close_matches(str(value), choices, n=1)
        default = option.make_default()
        usual = "" if default is REQUIRED else f"Leave it out for {'null' if default is None else default}, its default"
        raise UserError(
            expected=f"for {place} {in_words(option.hint)}",
            received=said(value),
            remedy=closing(value) or (f"Did you mean {close[0]}?" if close else usual or "Write such a value"),
        ) from error


def _group(group: type, hint: object, present: object, place: Place, value: object, append: bool) -> dict | None:
    """Return a group's parts that are set.

    A text for a group with a `shorthand` is the part of this name. If it is another text than before, the other parts,
    which belong to the part before, get their defaults.
    """
    written, value = value, read_yaml(value)
    if isinstance(value, group):
        value = {field.name: getattr(value, field.name) for field in fields(group)}
    if value is None and NoneType in alternatives(hint):
        return None
    options, shorthand = parameters(group), getattr(group, "shorthand", None)
    if shorthand and not isinstance(value, Mapping | list):
        before = present.get(shorthand, written) if isinstance(present, Mapping) else written
        present, value = (present if before == str(written) else {}), {shorthand: str(written)}
    if not isinstance(value, Mapping):
        off = NoneType in alternatives(hint)
        raise UserError(
            expected=f"for {place} its parts, {', '.join(options)}{', or null for none' if off else ''}",
            received=said(value),
            remedy=closing(value)
            or (f"Write {place} null" if off else f"Set a part: {place.part(next(iter(options)))}"),
        )
    tree = dict(present) if isinstance(present, Mapping) else {}
    for name, part in value.items():
        assign(tree, options, place, str(name), part, append)
    return tree


def _entries(element: object, place: Place, entries: Sequence) -> list:
    option = Parameter(element, lambda: REQUIRED)
    return [merged(option, None, place, "", entry, append=False) for entry in entries]


def _entry_with(name: str, entries: Sequence, element: object, place: Place) -> int:
    """Return the number of the last entry of a list whose class has an argument of this name, or of the last entry."""
    base = base_of(element)
    for number in reversed(range(len(entries) if base else 0)):
        entry = entries[number]
        if not isinstance(entry, Mapping) or "class_path" not in entry:
            continue
        if name in ("class_path", "init_args", *parameters(found_class(entry["class_path"], base, place))):
            return number
    return len(entries) - 1


def _object(base: type, hint: object, present: object, place: Place, value: object) -> object:
    """Return an object's class and arguments, or the object itself if Python code passed it."""
    value = value if isinstance(value, str) and value.startswith(PASSED) else read_yaml(value)
    if isinstance(value, base) or (value is None and NoneType in alternatives(hint)):
        return value
    plain = [kind for kind in alternatives(hint) if kind not in (base, NoneType)]
    for kind in plain:  # a value that is not an object but that the option takes as well, such as a number
        try:
            return fitted(kind, value)
        except ValueError:
            continue
    also = in_words(reduce(or_, plain)) if plain else ""
    present = present if isinstance(present, Mapping) else {}
    named, arguments = value, {}
    if isinstance(value, Mapping):
        named, arguments = value.get("class_path"), value.get("init_args")
        if arguments is None:
            arguments = {name: part for name, part in value.items() if name not in ("class_path", "init_args")}
    if not isinstance(arguments, Mapping):
        remedy = "Write name: value for each argument"
        raise UserError(expected=f"for {place} a mapping as init_args", received=said(arguments), remedy=remedy)
    if value is None or (named is None and "class_path" not in present):
        raise UserError(
            expected=f"for {place} a class" + (" before its arguments" if arguments else f" or {also}" if also else ""),
            received=f"the arguments {', '.join(map(str, arguments))}" if arguments else "null",
            remedy=f"Name one of {', '.join(named_classes(base)) or f'your own subclasses of {base.__name__}'}",
        )
    before = found_class(present["class_path"], base, place) if "class_path" in present else None
    cls = before if named is None else found_class(named, base, place, also)
    init_args = dict(present.get("init_args") or {}) if cls is before else {}
    for name, part in arguments.items():
        assign(init_args, parameters(cls), place, str(name).removeprefix("init_args."), part, owner=cls.__name__)
    return {"class_path": dotted_path(cls), "init_args": init_args}


def found_class(named: object, base: type, place: Place, also: str = "") -> type:
    """Return the class that a user named; `also` says in words what else the option takes, for the error."""
    if isinstance(named, str):
        if remedy := closing(named):
            raise UserError(expected=f"for {place} a class", received=repr(named), remedy=remedy)
        if named.startswith(PASSED):
            raise UserError(
                expected=f"a class for {place}",
                received=f"a note that the object was {named}",
                remedy="Only that process has it. Write class_path, the class's dotted path, and init_args instead",
            )
        # A run's config.yaml names classes by their paths. Without this fallback, no run could be opened after a class
        # moved.
        if named.startswith("tfgan_course.") and pydoc.locate(named) is None:
            named = named.rpartition(".")[2]
        if named not in named_classes(base) and (variant := variant_meant(place.key, named, str(place))):
            known = ", ".join(named_classes(base))
            raise UserError(expected=f"for {place} one of {known}", received=repr(named), remedy=variant)
    return base if named in (base, base.__name__) else class_of(base, named, argument=str(place), also=also)
