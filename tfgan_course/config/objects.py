"""Describe objects that were passed from Python, so that a run's config.yaml contains all its options."""

import importlib
import inspect
import sys
from collections.abc import Mapping

from tfgan_course.plugins.types import plain

PASSED = "passed from Python: "
"""The first words of the text that stands in config.yaml for an object without known class and arguments."""


def described(value: object) -> object:
    """Return a value in a form that YAML can write; an object becomes a mapping of `class_path` and `init_args`.

    The arguments are read from the object's attributes of the same names, which dataclasses and most classes have. If
    an argument has no such attribute, the object is written as a text with its repr. When the file is read again, this
    text is an error.
    """
    value = plain(value)
    if value is None or type(value) in (str, bool, int, float):
        return value
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
    """Return the shortest path by which a class can be imported: the path of the outermost package that exports it."""
    parts = cls.__module__.split(".")
    modules = [".".join(parts[:count]) for count in range(2, len(parts))]
    exports = (name for name in modules if getattr(sys.modules.get(name), cls.__name__, None) is cls)
    return f"{next(exports, cls.__module__)}.{cls.__qualname__}"
