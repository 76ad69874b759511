"""Describe objects that were passed from Python, so that a run's config.yaml says what it was trained with."""

import importlib
import inspect
import sys
from collections.abc import Mapping
from pathlib import PurePath

from tfgan_course.plugins.types import plain

PASSED = "passed from Python: "
"""Begins the text that a YAML file has for an object which cannot be described by its class and arguments."""


def described(value: object) -> object:
    """Return a value as YAML can write it: an object as a mapping of its `class_path` and its `init_args`.

    The arguments are read from the object's attributes of the same names, as dataclasses have them and most classes
    keep them. Where an argument cannot be known that way, a text with the object's repr stands for it; it is refused
    when the file is read again.
    """
    value = plain(value)
    if value is None or type(value) in (str, bool, int, float):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, type):
        return dotted_path(value)
    if isinstance(value, list | tuple):
        return [described(entry) for entry in value]
    if isinstance(value, Mapping):
        return {key: described(entry) for key, entry in value.items()}
    arguments = init_args(value)
    if arguments is None or any(isinstance(part, str) and part.startswith(PASSED) for part in arguments.values()):
        return f"{PASSED}{value!r}"
    return {"class_path": dotted_path(type(value)), **({"init_args": arguments} if arguments else {})}


def init_args(value: object) -> dict[str, object] | None:
    """Return the arguments that an object was made with; None if its class cannot be found, or not all are known."""
    cls = type(value)
    if getattr(importlib.import_module(cls.__module__), cls.__qualname__, None) is not cls:
        return None
    arguments = {}
    for name, parameter in inspect.signature(cls).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or not hasattr(value, name):
            return None
        arguments[name] = described(getattr(value, name))
    return arguments


def dotted_path(cls: type) -> str:
    """Return the shortest path that a class can be imported by: of packages that export it, the outermost."""
    parts = cls.__module__.split(".")
    modules = [".".join(parts[:count]) for count in range(2, len(parts))]
    exports = (name for name in modules if getattr(sys.modules.get(name), cls.__name__, None) is cls)
    return f"{next(exports, cls.__module__)}.{cls.__qualname__}"
