"""Describe objects that were passed from Python, so that a run's config.yaml says what it was trained with."""

import importlib
import inspect
from collections.abc import Mapping

from jsonargparse import Namespace

from tfgan_course.config.merging import PASSED, dotted_path


def described(value: object) -> object:
    """Return a value as YAML can write it: an object as a mapping of its `class_path` and its `init_args`.

    The arguments are read from the object's attributes of the same names, as dataclasses have them and most classes
    keep them. Where an argument cannot be known that way, a text with the object's repr stands for it; it is refused
    when the file is read again.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, type):
        return dotted_path(value)
    if isinstance(value, list | tuple):
        return [described(entry) for entry in value]
    if isinstance(value, Namespace):
        return Namespace({key: described(part) for key, part in vars(value).items()})
    if isinstance(value, Mapping):
        return {key: described(entry) for key, entry in value.items()}
    arguments = init_args(value)
    if arguments is None or any(isinstance(part, str) and part.startswith(PASSED) for part in arguments.values()):
        return f"{PASSED}{value!r}"
    return {"class_path": dotted_path(type(value)), "init_args": arguments}


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
