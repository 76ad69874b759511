"""Find a class by its short name or its dotted path, and make an instance of it."""

import difflib
import importlib
import inspect
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from tfgan_course.errors import UserError

Base = TypeVar("Base")


def instance_of(base: type[Base], value: Any, *, argument: str, also: str = "", **init_args: object) -> Base:
    """Return an instance of a subclass of `base`.

    Args:
        base: the base class; the result is an instance of it or of a subclass.
        value: what a user wrote: an instance, a class, its short name, its dotted path (from the working directory or
            anywhere on `sys.path`), or a mapping with `class_path` and, optionally, `init_args`, as in YAML.
        argument: the name of the option or argument that the value was given for; errors name it.
        also: another kind of value that the user could have written; errors mention it.
        **init_args: arguments of the constructor; the `init_args` of a mapping override them.

    Raises:
        UserError: if no subclass has that name, or its constructor does not take the arguments.
    """
    if isinstance(value, base):
        return value
    if isinstance(value, Mapping) and set(value) <= {"class_path", "init_args"} and "class_path" in value:
        value, init_args = value["class_path"], {**init_args, **(value.get("init_args") or {})}
    cls = class_of(base, value, argument=argument, also=also)
    try:
        inspect.signature(cls).bind(**init_args)
    except TypeError as error:
        raise UserError(
            expected=f"for {argument} the arguments {cls.__name__}{inspect.signature(cls)}",
            received=f"{init_args} ({error})",
            remedy="Give them under init_args, by name",
        ) from error
    return cls(**init_args)


def class_of(base: type[Base], value: object, *, argument: str, also: str = "") -> type[Base]:
    """Return the subclass of `base` that a user named; see `instance_of`."""
    classes = named_classes(base)
    found = value
    if isinstance(value, str):
        found = classes[value] if value in classes else imported(value)
    if isinstance(found, type) and issubclass(found, base) and found is not base and _nameable(found):
        return found
    close = difflib.get_close_matches(str(value).casefold(), [name.casefold() for name in classes], n=1)
    meant = next((name for name in classes if [name.casefold()] == close), None)
    guess, known = f"Did you mean {meant}? " if meant else "", f": {', '.join(classes)}" if classes else ""
    raise UserError(
        expected=f"for {argument} {_with_article(base)}{known}{also and f'; or {also}'}",
        received=_described(value, found, base),
        remedy=f"{guess}Write one of these names, or the dotted path of your own class: mymodule.My{base.__name__}",
    )


def _described(value: object, found: object, base: type) -> str:
    if found is None:
        reason = "no module and class can be found there" if "." in str(value) else "no class has this name"
        return f"{value!r} ({reason})"
    if isinstance(found, type) and issubclass(found, base):
        lacks = ", ".join(sorted(getattr(found, "__abstractmethods__", ())))
        return f"{value!r} (a class without {lacks})" if lacks else f"{value!r} (a base class)"
    return repr(value) if found is value else f"{value!r} (not {_with_article(base)})"


def _with_article(cls: type) -> str:
    return f"{'an' if cls.__name__[0] in 'AEIOU' else 'a'} {cls.__name__}"


def imported(path: str) -> object | None:
    """Return the object with this dotted path; None if there is no such module, or no such name in the module."""
    module, _, name = path.rpartition(".")
    if not module or not all(part.isidentifier() for part in path.split(".")):
        return None
    with _working_directory_importable():
        try:
            return getattr(importlib.import_module(module), name, None)
        except ModuleNotFoundError as error:
            # The module that the user named is missing. If a module that it imports is missing, that error is raised as
            # it is.
            if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
                return None
            raise


@contextmanager
def _working_directory_importable() -> Iterator[None]:
    """Make modules in the working directory importable; modules of other folders with the same name come first."""
    folder = os.getcwd()
    added = folder not in sys.path and "" not in sys.path
    if added:
        sys.path.append(folder)
    try:
        yield
    finally:
        if added and folder in sys.path:
            sys.path.remove(folder)


def short_name(cls: type) -> str:
    """Return the name that a user writes for a class: its own `short_name`, or else the class's name."""
    return vars(cls).get("short_name", cls.__name__)


def named_classes(base: type[Base]) -> dict[str, type[Base]]:
    """Return the subclasses of `base` that a user can name, by their short names, sorted.

    If two classes have the same name, the class from the package of `base` is returned; without such a class, the class
    that was defined last (a notebook's cell may run again).
    """
    package = base.__module__.partition(".")[0]
    ours_last = sorted(all_subclasses(base), key=lambda cls: cls.__module__.partition(".")[0] == package)
    classes = {short_name(cls): cls for cls in ours_last if _nameable(cls)}
    return dict(sorted(classes.items()))


def _nameable(cls: type) -> bool:
    """Return whether a user can name the class: it is neither abstract nor private."""
    return not (inspect.isabstract(cls) or cls.__name__.startswith("_"))


def all_subclasses(base: type) -> list[type]:
    """Return all subclasses of `base`, direct and indirect, a class before its subclasses."""
    children: list[type] = base.__subclasses__()
    return list(dict.fromkeys(cls for child in children for cls in (child, *all_subclasses(child))))
