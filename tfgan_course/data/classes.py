"""The classes of images: by name or number, and which of them to keep."""

import difflib
from collections.abc import Sequence

import numpy as np

from tfgan_course.errors import UserError


def closest(name: str, known: Sequence[str]) -> str:
    """Return ` Did you mean 'dog'?` for the known name most like `name`, or an empty string."""
    lower = {other.lower(): other for other in known}
    matches = difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(lower[match]) for match in matches)}?" if matches else ""


def kept_classes(wanted: list[str] | str | None, known: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the names of the classes to keep, in the order in which they are numbered.

    Args:
        wanted: names, or names separated by commas. None keeps all.
        known: the names the source has. None: it has no classes.

    Raises:
        UserError: if a name is unknown or twice there, none is given, or the source has no classes.
    """
    if wanted is None:
        return None if known is None else tuple(known)
    names = [name.strip() for name in wanted.split(",")] if isinstance(wanted, str) else list(wanted)
    if known is None:
        raise UserError(f"These images have no classes, so none can be chosen, got classes {', '.join(names)}.")
    if not any(names):
        raise UserError(f"No class is named in classes. Known: {', '.join(known)}.")
    for name in names:
        if name not in known:
            raise UserError(f"Unknown class {name!r}.{closest(name, known)} Known: {', '.join(known)}.")
    if len(set(names)) < len(names):
        raise UserError(f"A class is named twice in classes: {', '.join(names)}.")
    return tuple(names)


def labels_of(asked: Sequence[str], class_names: Sequence[str] | None) -> np.ndarray:
    """Return the int32 labels of classes that a user gives by name, in capitals or not, or by number.

    Raises:
        UserError: if there is no such class.
    """
    names = list(class_names or ())
    # The exact name first: the names of two classes may differ in their capitals alone.
    folded = {name.casefold(): label for label, name in reversed([*enumerate(names)])}
    labels = []
    for name in asked:
        if name in names:
            labels.append(names.index(name))
        elif name.isdecimal() and int(name) < len(names):
            labels.append(int(name))
        elif name.casefold() in folded:
            labels.append(folded[name.casefold()])
        else:
            known = ", ".join(f"{number} {known}" for number, known in enumerate(names))
            raise UserError(f"there is no class {name!r}. Classes: {known or 'none'}")
    return np.array(labels, np.int32)
