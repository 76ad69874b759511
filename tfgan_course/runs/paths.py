"""The paths that belong to a run: its directory, and those in its configuration, found again from anywhere."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tfgan_course.errors import require

IMAGES = ("data.folder", "data.data_dir", "data.condition.folder", "data.file")
"""The options of a configuration that say where its images are."""
LABELS = "data.labels.file"
"""The option that says where their labels are."""
FEATURES = ("generator_terms.features", "metrics.features")
"""The options that say where networks are whose features are used."""
ARGUMENTS = ("data.condition.folder", "generator_terms.features")
"""The options that are arguments of an object, whose class the configuration of the run names."""
OPTIONS = (*IMAGES, LABELS, *FEATURES)
"""The options of a configuration that may have a path of the user's files, and may be given anew."""


@dataclass
class MovedConditions:
    """Where the conditions of a run's images are now.

    Args:
        folder: The folder of conditions that the run was trained on.
    """

    folder: str | None = None


@dataclass
class Moved:
    """Where the images of a run are now; the run's own paths unless given.

    Args:
        folder: The folder of images that the run was trained on.
        data_dir: Where TensorFlow Datasets keeps its files.
        condition: Where the conditions are, if they are in a folder.
        file: The file of arrays that the run was trained on.
    """

    folder: str | None = None
    data_dir: str | None = None
    condition: MovedConditions | None = None
    file: str | None = None

    def options(self) -> dict[str, str]:
        """Return the given paths by the names of their options."""
        paths = self.folder, self.data_dir, None if self.condition is None else self.condition.folder, self.file
        return {name: str(path) for name, path in zip(IMAGES, paths, strict=True) if path is not None}


def moved(data: Mapping[str, Any] | None) -> Moved:
    """Return where images are now, from an argument `data` of Python; raise `UserError` if it has other keys."""
    known = {part.name for part in fields(Moved)}
    right = data is None or (isinstance(data, Mapping) and not data.keys() - known)
    condition = data.get("condition") if right and data else None
    if isinstance(condition, Mapping) and condition.keys() <= {"folder"}:
        condition = MovedConditions(**condition)
    right = right and isinstance(condition, MovedConditions | None)
    expected = "for data a dictionary with folder, data_dir, file or condition: {'folder': ...}"
    require(right, expected, repr(data), "Train a new run with other images")
    return Moved(**{**(data or {}), "condition": condition})


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
    for option in OPTIONS:
        *groups, name = option.split(".")
        part: Any = values
        for group in groups:
            part = _arguments(part.get(group)) if isinstance(part, Mapping) else None
            if isinstance(part, list):  # a part of a list belongs to the last entry that has such a part
                having = [entry for entry in map(_arguments, part) if isinstance(entry, Mapping) and name in entry]
                part = having[-1] if having else None
        if isinstance(part, Mapping) and isinstance(part.get(name), str):
            yield option, part[name]


def _arguments(part: Any) -> Any:
    """Return the arguments of an object, such as data.condition, which are the parts of its option."""
    return part.get("init_args") if isinstance(part, Mapping) and "class_path" in part else part


def is_run(path: Path) -> bool:
    """Return whether a folder is a run directory, even if it has lost its config.yaml."""
    return (path / "config.yaml").is_file() or (path / "checkpoints").is_dir()
