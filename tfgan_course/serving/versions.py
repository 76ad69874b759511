"""A model's folder as TF Serving watches it: a folder for each version, named by its number."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

UNFINISHED = ".unfinished"
"""Where a version is written; TF Serving looks at numbers only."""


def add_version(model: Path, write: Callable[[Path], None]) -> Path:
    """Adds the next version to a model's folder, whole or not at all.

    Args:
        model: the model's folder; made if need be.
        write: writes the version into the folder it is given.

    Returns:
        The version's folder.
    """
    model.mkdir(parents=True, exist_ok=True)
    unfinished = model / UNFINISHED
    with FileLock(model / ".lock"):  # freed by the system when the process dies
        shutil.rmtree(unfinished, ignore_errors=True)  # of an export that was killed
        try:
            write(unfinished)
            version = model / str(1 + max(versions(model), default=0))
            unfinished.rename(version)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return version


def versions(model: Path) -> list[int]:
    """The numbers of the versions in a model's folder."""
    return sorted(int(entry.name) for entry in model.iterdir() if re.fullmatch("[0-9]+", entry.name))
