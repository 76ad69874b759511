import difflib
from collections.abc import Sequence

from tfgan_course.errors import UserError


def closest(name: str, known: Sequence[str]) -> str:
    """Returns ` Did you mean 'dog'?` for the known name most like `name`, or an empty string."""
    lower = {other.lower(): other for other in known}
    matches = difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(lower[match]) for match in matches)}?" if matches else ""


def kept_classes(wanted: list[str] | str | None, known: Sequence[str] | None) -> tuple[str, ...] | None:
    """Returns the names of the classes to keep, in the order in which they are numbered.

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
