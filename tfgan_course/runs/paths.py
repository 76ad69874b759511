"""The paths that belong to a run: its directory, and those in its configuration, found again from anywhere."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tfgan_course.errors import require

OPTIONS = ("data.folder", "data.data_dir", "metrics.features")
"""The options of a configuration that may have a path of the user's files, and may be given anew."""
CONDITION = "data.condition.folder"
"""One more such option, which cannot be given anew without the class that it belongs to."""


@dataclass
class Moved:
    """Where the images of a run are now; the run's own paths unless given.

    Args:
        folder: The folder of images that the run was trained on.
        data_dir: Where TensorFlow Datasets keeps its files.
    """

    folder: str | None = None
    data_dir: str | None = None

    def options(self) -> dict[str, str]:
        """Return the given paths by the names of their options."""
        return {f"data.{name}": str(path) for name, path in vars(self).items() if path is not None}


def moved(data: Mapping[str, str] | None) -> Moved:
    """Return where images are now, from an argument `data` of Python; raise `UserError` if it has other keys."""
    known = [field.name for field in fields(Moved)]
    right = data is None or (isinstance(data, Mapping) and not data.keys() - set(known))
    require(right, f"for data a dictionary with {' or '.join(known)}", repr(data), "Train a new run with other images")
    return Moved(**(data or {}))


def relative_paths(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the absolute path of each relative path in a configuration whose file or folder exists."""
    return {
        path: os.path.abspath(path) for _, path in paths_in(values) if not os.path.isabs(path) and os.path.exists(path)
    }


def found_again(values: Mapping[str, Any], known: object) -> dict[str, str]:
    """Return where the paths of a configuration are now, by the names of their options.

    Args:
        values: the configuration.
        known: the absolute paths that `relative_paths` returned in the directory to which the relative paths belong.
            Those that do not exist any more are left out.
    """
    known = known if isinstance(known, dict) else {}
    return {name: known[path] for name, path in paths_in(values) if os.path.exists(str(known.get(path, "")))}


def paths_in(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the options of a configuration that may have a path, with their texts."""
    for option in (*OPTIONS, CONDITION):
        *groups, name = option.split(".")
        part: Any = values
        for group in groups:
            part = part.get(group) if isinstance(part, Mapping) else None
            # The arguments of an object, such as data.condition, are the parts of its option.
            part = part.get("init_args") if isinstance(part, Mapping) and "class_path" in part else part
        if isinstance(part, Mapping) and isinstance(part.get(name), str):
            yield option, part[name]


def is_run(path: Path) -> bool:
    """Return whether a folder is a run directory, even if it has lost its config.yaml."""
    return (path / "config.yaml").is_file() or (path / "checkpoints").is_dir()
