"""The classes of images: found by name or number, and chosen for training."""

import csv
import difflib
from collections.abc import Sequence

import numpy as np

from tfgan_course.errors import UserError
from tfgan_course.files import printable


def closest(name: str, known: Sequence[str]) -> str:
    """Return ` Did you mean 'dog'?` for the known name most like `name`, or an empty string."""
    lower = {other.lower(): other for other in known}
    matches = difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(lower[match]) for match in matches)}?" if matches else ""


def listed(classes: str) -> list[str]:
    """Return the names in a text with commas between them; a name with a comma stands in double quotes."""
    (names,) = csv.reader([printable(classes)], skipinitialspace=True)
    return [name.strip() for name in names or [""]]


def kept_classes(wanted: list[str] | str | None, known: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the names of the classes to keep, in the order in which they are numbered.

    Args:
        wanted: a list of names, in any capitals, or names separated by commas. None keeps all classes.
        known: the names of the source's classes; None if the source has no classes.

    Raises:
        UserError: if a name is unknown or given twice, no name is given, or the source has no classes.
    """
    if wanted is None:
        return None if known is None else tuple(known)
    typed = [printable(name) for name in (listed(wanted) if isinstance(wanted, str) else wanted)]
    # The exact name is tried first, because the names of two classes may differ only in their capitals.
    folded = {name.casefold(): name for name in reversed(known or ())}
    names = [name if name in (known or ()) else folded.get(name.casefold(), name) for name in typed]
    unknown = [name for name in names if name not in (known or ())]
    if not any(names) or unknown or len(set(names)) < len(names):
        guess = closest(unknown[0], known) if unknown and known else ""
        raise UserError(
            expected=f"for classes different names among {', '.join(known)}" if known else "images that have classes",
            received=f"classes {', '.join(names) or 'without a name'}"
            + (f", of which {unknown[0]!r} is unknown" if unknown and known else ""),
            remedy=f"Correct the names.{guess}" if known else "Leave classes out: these images have no labels",
        )
    return tuple(names)


def labels_of(asked: Sequence[str], class_names: Sequence[str] | None) -> np.ndarray:
    """Return the int32 labels of classes that a user gives by name, in any capitals, or by number.

    A name comes before a number: of classes called 1, 2 and 10, "10" is the class of this name.

    Raises:
        UserError: if a class does not exist.
    """
    names = list(class_names or ())
    # The exact name is tried first, because the names of two classes may differ only in their capitals.
    folded = {name.casefold(): label for label, name in reversed([*enumerate(names)])}
    labels = []
    for name in map(printable, asked):
        if name in names:
            labels.append(names.index(name))
        elif name.isdecimal() and int(name) < len(names):
            labels.append(int(name))
        elif name.casefold() in folded:
            labels.append(folded[name.casefold()])
        else:
            quotes = ", one with a comma in double quotes" if any("," in known for known in names) else ""
            known = ", ".join(f"{number} {known}" for number, known in enumerate(names))
            raise UserError(
                expected=f"the name or number of a class: {known or 'there are none'}",
                received=f"{name!r}",
                remedy=f"Name one of these{quotes}.{closest(name, names)}",
            )
    return np.array(labels, np.int32)
