"""Read the JSON files in which a search saves its state."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tfgan_course.errors import UserError
from tfgan_course.files import read_json

Made = TypeVar("Made")


def read_record(path: Path, made: Callable[[Any], Made], content: str, remedy: str) -> Made:
    """Read a JSON file, and return what the function `made` returns for its content.

    Args:
        path: the file.
        made: a function of the parsed content.
        content: what the file contains, for the error.
        remedy: what still works without the file, and what the user can do, for the error.

    Raises:
        UserError: if the file is missing, truncated, not UTF-8, or `made` cannot use its content.
    """
    try:
        return made(read_json(path))
    except UserError:
        raise
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else f"a damaged file ({error})"
        raise UserError(expected=f"{content} in {path}", received=reason, remedy=remedy) from error
