"""Complete a tree of values with the defaults, and make its groups and objects; see `merging.py` for the trees."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tfgan_course.config.merging import Place, base_of, default_of, element_of, found_class
from tfgan_course.config.objects import dotted_path
from tfgan_course.errors import UserError
from tfgan_course.plugins.signatures import REQUIRED, Parameter, group_of, parameters
from tfgan_course.plugins.types import in_words


def completed(tree: Mapping[str, Any], options: Mapping[str, Parameter], place: Place) -> dict[str, Any]:
    """Return a tree with defaults for all options, and for all arguments of objects, that are not set.

    Raises:
        UserError: if an argument without a default is not set.
    """
    complete = {}
    for name, option in options.items():
        value = tree[name] if name in tree else default_of(option)
        if value is REQUIRED:
            raise UserError(
                expected=f"a value for {place.part(name)}: {option.meaning.rstrip('.') or in_words(option.hint)}",
                received="none",
                remedy="Set it",
            )
        complete[name] = _completed(value, option.hint, place.part(name))
    return complete


def _completed(value: Any, hint: object, place: Place) -> object:
    if isinstance(hint, str) or value is None:
        return value
    if group := group_of(hint):
        return completed(value, parameters(group), place)
    if (element := element_of(hint)) is not None:
        return [_completed(entry, element, place) for entry in value]
    base = base_of(hint)
    if base is None or not isinstance(value, Mapping) or "class_path" not in value:
        return value
    cls = found_class(value["class_path"], base, place)
    init_args = completed(value.get("init_args") or {}, parameters(cls), place)
    return {"class_path": dotted_path(cls), **({"init_args": init_args} if init_args else {})}


def made(value: Any, hint: object, place: Place) -> object:
    """Return a completed value in which groups are dataclass objects and descriptions of objects are objects.

    Raises:
        UserError: for arguments that a class does not take.
    """
    if (group := group_of(hint)) and isinstance(value, Mapping):
        cls, arguments = group, value
    elif (element := element_of(hint)) is not None and value is not None:
        return [made(entry, element, place) for entry in value]
    elif (base := base_of(hint)) and isinstance(value, Mapping):
        cls, arguments = found_class(value["class_path"], base, place), value.get("init_args") or {}
    else:
        return value
    options = parameters(cls)
    arguments = {name: made(part, options[name].hint, place.part(name)) for name, part in arguments.items()}
    try:
        with naming(place, arguments):
            return cls(**arguments)
    except UserError:
        raise
    except (TypeError, ValueError) as error:
        raise UserError(
            expected=f"for {place} arguments that {cls.__name__} takes",
            received=f"{arguments}; {cls.__name__} answered: {error}",
            remedy="Change them",
        ) from error


@contextmanager
def naming(place: Place, names: Iterable[str]) -> Iterator[None]:
    """Add to an error of an object the place of the argument at fault, as the user wrote it.

    Args:
        place: the place of the object.
        names: the names of its arguments. An object's error names the argument, but not which object's it is.
    """
    try:
        yield
    except UserError as error:
        words = re.findall(r"\w+", error.expected)
        at_fault = [name for name in names if name in words]
        found = str(place.part(at_fault[0]) if len(at_fault) == 1 else place)
        if not error.expected or not found or found in f"{error.expected} {error.received}":
            raise
        received = f"{error.received} ({found})"
        raise UserError(expected=error.expected, received=received, remedy=error.remedy) from error
