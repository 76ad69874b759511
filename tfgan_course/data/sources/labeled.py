"""The source of images in a folder whose labels are in a file."""

import os
import warnings
import zlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np

from tfgan_course.data.source import DataSource
from tfgan_course.data.sources.folder import EXTENSIONS, TEST_NAMES, TRAIN_NAMES, Files, natural
from tfgan_course.data.sources.label_file import Entry, LabelFile, entries, path_of
from tfgan_course.errors import UserError, require
from tfgan_course.files import printable, shown, usable, what_is


class LabeledFiles(Files):
    """The paths of files below a folder, with a label for each.

    Args:
        folder: the folder.
        names: the names of the files, relative to the folder.
        labels: int32 (n,).
        class_names: the name of each label.
    """

    def __init__(self, folder: Path, names: Sequence[str], labels: np.ndarray, class_names: Sequence[str]):
        super().__init__([(folder, np.array([*map(os.fsencode, names)], np.bytes_))])
        self.labels, self.class_names = labels, class_names

    def checksum(self, numbers: Iterable[int], before: int) -> int:
        """Return the CRC-32 of names, sizes and labels, continued from `before`."""
        for number in numbers:
            size, label = self[number].stat().st_size, self.class_names[self.labels[number]]
            line = f"{os.fsdecode(self.names[number])} {size} {label}\n"
            before = zlib.crc32(os.fsencode(line), before)
        return before


class LabeledFolder(DataSource):
    """A source of images below a folder, in any sub-folders, whose labels are in a CSV or JSON file.

    Images that the file does not name are left out, with a warning. If all names begin with train/ or with test/, for
    example, these folders divide the images, as they do for `Folder`.

    Args:
        path: the folder; `~` is the user's home.
        labels: the file, and the names of its columns.

    Raises:
        UserError: if the folder or the file is missing, or the file names an image that does not exist.
    """

    def __init__(self, path: str | Path, labels: LabelFile):
        self.path, self.labels = usable(path, "data.folder"), labels

    @cached_property
    def _entries(self) -> list[Entry]:
        exists, received = self.path.is_dir(), f"{shown(self.path)}, {what_is(self.path)}"
        require(exists, "a folder of images", received, "Give an existing folder")
        file = path_of(self.labels, self.path)
        present = _files_below(self.path)
        stems = {os.path.splitext(name)[0]: name for name in present}
        found: dict[str, Entry] = {}
        for entry in entries(file, self.labels):
            written = str(PurePosixPath(entry.name.replace("\\", "/")))
            name = written if written in present else stems.get(written, written)
            if name not in present:
                raise UserError(
                    expected=f"the images that {shown(file)} names, relative to {shown(self.path)}",
                    received=f"{entry.place}: {shown(entry.name)}, which {_lacks(self.path, written)}",
                    remedy="Correct the name, remove this entry, or set data.folder to the folder that the names are "
                    "relative to",
                )
            if name in found:
                received = f"{shown(entry.name)} in {found[name].place} and in {entry.place}"
                raise UserError(
                    expected=f"each image once in {shown(file)}", received=received, remedy="Remove one of them"
                )
            found[name] = entry._replace(name=name)
        if left := sorted(present - found.keys()):
            named = ", ".join(map(printable, left[:5])) + (", ..." if len(left) > 5 else "")
            warnings.warn(f"{len(left)} images in {self} are not in {file.name} and left out: {named}", stacklevel=2)
        return [*found.values()]

    @cached_property
    def class_names(self) -> tuple[str, ...]:  # type: ignore[override]  # a property in place of an attribute
        """The labels in natural order."""
        return tuple(map(printable, sorted({entry.label for entry in self._entries}, key=natural)))

    @cached_property
    def _splits(self) -> list[list[Entry]]:
        """The entries of the training images and, if the folder has test images, those of the test images."""
        parts: dict[str, list[Entry]] = {}
        for entry in self._entries:
            first, _, rest = entry.name.partition("/")
            parts.setdefault(first.lower() if rest else "", []).append(entry)
        train = [name for name in TRAIN_NAMES if name in parts]
        if not train or not parts.keys() <= {*TRAIN_NAMES, *TEST_NAMES}:
            return [self._entries]
        test = [parts[name] for name in TEST_NAMES if name in parts][:1]
        known = {entry.label for entry in parts[train[0]]}
        for entry in test[0] if test else ():
            if entry.label not in known:
                raise UserError(
                    expected=f"for the test images the classes of the training images: {', '.join(sorted(known))}",
                    received=f"{entry.label}, in {entry.place}",
                    remedy="Add training images of this class, or remove its test images",
                )
        return [parts[train[0]], *test]

    def train(self) -> tuple[LabeledFiles, np.ndarray]:
        return self._files(self._splits[0])

    def test(self) -> tuple[LabeledFiles, np.ndarray] | None:
        return self._files(self._splits[1]) if len(self._splits) == 2 else None

    def _files(self, found: Sequence[Entry]) -> tuple[LabeledFiles, np.ndarray]:
        numbers = {name: number for number, name in enumerate(self.class_names)}
        labels = np.array([numbers[printable(entry.label)] for entry in found], np.int32)
        return LabeledFiles(self.path, [entry.name for entry in found], labels, self.class_names), labels

    def __str__(self) -> str:
        return printable(str(self.path))


def _files_below(folder: Path) -> set[str]:
    """Return the names of all images below a folder, relative to it, with `/` between folders; none hidden."""
    found = set()
    for at, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        below = os.path.relpath(at, folder)
        for name in files:
            if os.path.splitext(name)[1].lower() in EXTENSIONS and not name.startswith("."):
                found.add(name if below == "." else f"{below}/{name}".replace(os.sep, "/"))
    return found


def _lacks(folder: Path, name: str) -> str:
    """Return why a name is no image of a folder."""
    if name.startswith(("/", "../")) or Path(name).is_absolute():
        return "is not relative to this folder"
    if (folder / name).is_file():
        return f"does not end in {' '.join(sorted(EXTENSIONS))}"
    return "does not exist"
