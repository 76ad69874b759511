"""Labels of images in a CSV or JSON file."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, NoReturn

from tfgan_course.errors import UserError, first_line, require
from tfgan_course.files import printable, shown, usable, what_is

ENDINGS = (".csv", ".tsv", ".json", ".jsonl")
FILE_COLUMNS = ("file", "file_name", "filename", "path", "image", "image_path", "image_id", "id", "name")
LABEL_COLUMNS = ("label", "class", "class_name", "category", "target", "y")
"""The columns, in any capitals, that are used unless the user names others; the first that exists."""


@dataclass
class LabelFile:
    """The labels of the images in a folder, in a CSV or JSON file: see docs/guides/data.md.

    Args:
        file: A CSV file with a line of column names, or a JSON file, also the dataset.json of StyleGAN. A relative path
            may begin in the working directory or in the folder of the images.
        column: The name of the column of labels. Default: `label`, `class` or `category`, for example; otherwise the
            only other column.
        file_column: The name of the column of file names, which are relative to the folder of the images. Default:
            `file`, `filename`, `path` or `image`, for example; otherwise the first column.
    """

    shorthand: ClassVar[str] = "file"

    file: str
    column: str | None = None
    file_column: str | None = None


class Entry(NamedTuple):
    """A file's name relative to the folder, its label, and the place of both in the label file, such as `line 3`."""

    name: str
    label: str
    place: str


def path_of(labels: LabelFile, folder: Path) -> Path:
    """Return the path of a label file, which may be relative to the folder of the images.

    Raises:
        UserError: if there is no such file.
    """
    path = usable(labels.file, "data.labels")
    found = path if path.is_file() or path.is_absolute() or not (folder / path).is_file() else folder / path
    received = f"{shown(labels.file)}, {what_is(found)}"
    require(found.is_file(), "for data.labels a CSV or JSON file", received, "Correct the path")
    known = found.suffix.lower() in ENDINGS
    expected = f"for data.labels a file that ends in {', '.join(ENDINGS)}"
    require(known, expected, shown(labels.file), "Save the labels in one of these forms")
    return found


def entries(path: Path, labels: LabelFile) -> list[Entry]:
    """Return the entries of a label file.

    Raises:
        UserError: for a file that cannot be read, an unknown column, or an entry without a name or a label; the error
            has the line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(path, "text in UTF-8", first_line(error), "Save it as UTF-8")
    read = {".json": _of_json, ".jsonl": _of_json_lines}.get(path.suffix.lower(), _of_csv)
    found = []
    for entry in read(text, path, labels):
        if not entry.name or not entry.label:
            lacks = "label" if entry.name else "file name"
            of = f" of {entry.name}" if entry.name else ""
            _refuse(path, f"a {lacks} in {entry.place}{of}", "an empty one", "Write it, or remove this entry")
        found.append(entry)
    if not found:
        _refuse(path, "an entry for each image", "none", "Write the name and the label of each image")
    return found


def _refuse(path: Path, expected: str, received: str, remedy: str) -> NoReturn:
    raise UserError(expected=f"in {shown(path)} {expected}", received=printable(received), remedy=remedy)


def _of_csv(text: str, path: Path, labels: LabelFile) -> Iterator[Entry]:
    head = text.partition("\n")[0]
    delimiter = max(("\t",) if path.suffix.lower() == ".tsv" else (",", ";", "\t"), key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next((row for row in rows if any(row)), [])
        columns = [name.strip() for name in header]
        if columns and re.fullmatch(r".*\.(jpe?g|png|bmp|gif|webp|tiff?|p[pgn]m)", columns[0], re.IGNORECASE):
            received = f"a file name, {columns[0]}"
            _refuse(path, "the names of the columns in line 1", received, "Put a line such as file,label before it")
        name, label = _columns(columns, path, labels)
        for row in rows:
            if any(cell.strip() for cell in row):
                cells = [*row, *[""] * (len(columns) - len(row))]
                yield Entry(cells[name].strip(), cells[label].strip(), f"line {rows.line_num}")
    except csv.Error as error:
        _refuse(path, "lines of CSV", f"line {rows.line_num}: {error}", "Close its quotes")


def _columns(known: Sequence[str], path: Path, labels: LabelFile) -> tuple[int, int]:
    """Return the numbers of the columns of file names and of labels."""
    folded = [name.casefold() for name in known]

    def number(asked: str | None, usual: Sequence[str], option: str) -> int | None:
        if asked is None:
            return next((folded.index(name) for name in usual if name in folded), None)
        if asked in known or asked.casefold() in folded:
            return known.index(asked) if asked in known else folded.index(asked.casefold())
        from tfgan_course.data.classes import closest  # it imports NumPy, which the options in this file do not need

        guess = closest(asked, known)
        _refuse(path, f"the column {asked} in line 1", f"the columns {', '.join(known)}", f"Correct {option}.{guess}")

    name = number(labels.file_column, FILE_COLUMNS, "data.labels.file_column")
    label = number(labels.column, LABEL_COLUMNS, "data.labels.column")
    name = name if name is not None else next((each for each in range(len(known)) if each != label), 0)
    others = [each for each in range(len(known)) if each != name]
    label = label if label is not None or len(others) != 1 else others[0]
    if label is None or label == name:
        received = f"the columns {', '.join(known) or 'none'}"
        _refuse(path, "a column of labels beside the file names", received, "Name it: data.labels.column")
    return name, label


def _of_json(text: str, path: Path, labels: LabelFile) -> Iterator[Entry]:
    content = _json(text, path)
    if isinstance(content, Mapping) and "labels" in content and not isinstance(content["labels"], str):
        content = content["labels"]  # StyleGAN's dataset.json
    if isinstance(content, Mapping):
        content = [*content.items()]
    if not isinstance(content, list):
        expected = "a list of entries, a mapping from file names to labels, or these as `labels`"
        _refuse(path, expected, "null" if content is None else type(content).__name__, "Write one of these")
    for number, entry in enumerate(content, 1):
        yield _entry(entry, path, labels, f"entry {number}", text)


def _of_json_lines(text: str, path: Path, labels: LabelFile) -> Iterator[Entry]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _entry(_json(line, path, number - 1), path, labels, f"line {number}", "")


def _json(text: str, path: Path, before: int = 0) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        _refuse(path, "JSON", f"line {before + error.lineno}, column {error.colno}: {error.msg}", "Correct this place")
    except RecursionError:
        _refuse(path, "JSON", "brackets that are nested too deeply", "Correct the file")


def _entry(entry: Any, path: Path, labels: LabelFile, place: str, text: str) -> Entry:
    """Return an entry of a JSON file: a pair of name and label, or a mapping with columns."""
    if isinstance(entry, Mapping):
        columns = [str(name) for name in entry]
        values = [*entry.values()]
        try:
            name, label = (values[number] for number in _columns(columns, path, labels))
        except UserError as error:
            raise UserError(
                expected=error.expected.replace("line 1", place), received=error.received, remedy=error.remedy
            ) from error
    elif isinstance(entry, list | tuple) and len(entry) == 2:
        name, label = entry
    else:
        _refuse(path, f"in {place} a file name and a label", json.dumps(entry)[:60], "Write [name, label]")
    name = "" if name is None else str(name)
    if name and text and (at := text.find(json.dumps(name, ensure_ascii=False))) >= 0:
        place = f"line {1 + text.count(chr(10), 0, at)}, {place}"
    if isinstance(label, list | Mapping):
        received = json.dumps(label)[:60]
        _refuse(path, f"in {place} one label of {name}", received, "Give each image one class")
    return Entry(name.strip(), "" if label is None else str(label).strip(), place)
