"""Check the paths that users give, and write files completely or not at all, so that no half file stays."""

import csv
import errno
import io
import json
import math
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tfgan_course.errors import require

LONGEST_NAME, LONGEST_PATH = 240, 3800
"""The most bytes of a name and of a whole path that users give.

Linux takes 255 and 4095. The rest is for temporary names such as `.name.1234567`, and for files inside of a folder.
"""


CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, characters that turn the direction of writing, and bytes that are not UTF-8."""


def usable(path: str | Path, name: str) -> Path:
    """Return a path as the user means it, with the user's home in place of `~`. Call it before anything is read.

    Args:
        path: the path of a file or folder that may not exist yet.
        name: the option or argument, for errors.

    Raises:
        UserError: if it is not a path, is empty, is not UTF-8, or is too long.
    """
    is_path = isinstance(path, str | os.PathLike)
    require(is_path, f"for {name} a path, a str or a Path", repr(path), 'Write "runs/lsgan" for example')
    text = os.path.expanduser(os.fspath(path))
    require(text and "\0" not in text, f"for {name} a path", shown(text), "Write runs/lsgan for example")
    for found in (text, os.path.realpath(text)):
        is_utf8 = not re.search("[\ud800-\udfff]", found)
        require(is_utf8, f"for {name} a path in UTF-8", shown(found), "Rename the file or folder")
    parts = os.path.abspath(text).encode().split(b"/")
    expected, remedy = f"for {name} a name of at most {LONGEST_NAME} bytes", "Choose a shorter name"
    require(max(map(len, parts)) <= LONGEST_NAME, expected, shown(text), remedy)
    expected = f"for {name} a path of at most {LONGEST_PATH} bytes in all"
    require(len(b"/".join(parts)) <= LONGEST_PATH, expected, shown(text), remedy)
    return Path(text)


def tensorflow_folder(path: str | Path, name: str) -> Path:
    """Return the path of a folder that TensorFlow can write and read; see `usable`.

    Raises:
        UserError: as `usable`, or if TensorFlow would read the path as a pattern.
    """
    found = usable(path, name)
    require(
        not set("[]?*\\") & set(str(found)[len(found.anchor) :]),
        f"for {name} a path with none of the characters [ ] ? * \\",
        shown(found),
        "Rename the folder, or choose another one: TensorFlow reads these characters in a path as a pattern, and does "
        "not find the files",
    )
    return found


def real_path(path: str | Path) -> Path:
    """Return the path without symbolic links. Path.resolve of Python before 3.13 raises at a link to itself."""
    return Path(os.path.realpath(path))


def new_folder(path: str | Path, name: str) -> Path:
    """Return the path of a folder that is to be made for a run, a search or a model; see `tensorflow_folder`.

    Raises:
        UserError: as `tensorflow_folder`, or if the path does not end with a name.
    """
    found = tensorflow_folder(path, name)
    named = found.name not in ("", "..")
    require(named, f"for {name} the name of a folder", shown(path), "Write runs/NAME for example")
    return found


def model_folder(path: str | Path, name: str) -> Path:
    """Return the path of a folder for TF Serving, see `new_folder`; models.config names it without symbolic links."""
    found = new_folder(path, name)
    new_folder(real_path(found), name)
    return found


def shown(path: str | Path) -> str:
    r"""Return a path in quotes, on one line; bytes that are not UTF-8 become `\xff`."""
    return re.sub(r"\\udc([89a-f][0-9a-f])", r"\\x\1", repr(str(path)))


def what_is(path: Path) -> str:
    """Return what is at a path, for an error: `which does not exist`, `a file`, `a folder`, or what else."""
    if path.is_dir():
        return "a folder"
    if path.is_file():
        return "a file"
    if path.is_symlink():
        return "a symbolic link to nothing"
    return "neither a file nor a folder" if path.exists() else "which does not exist"


def printable(name: str) -> str:
    r"""Return a name as text that can be printed: bytes that are not UTF-8 become `\xff`, control characters `\n`.

    Control characters could color the screen, break the line or turn the direction of writing.
    """
    return CONTROLS.sub(lambda found: shown(found.group())[1:-1], name)


def advice_on(error: Exception) -> str:
    """Return what to do about an error in writing, of Python or of TensorFlow, whose errors have only a message."""
    for remedy, numbers in (
        ("Free space", (errno.ENOSPC, errno.EDQUOT)),
        ("Make the place writable", (errno.EROFS, errno.EACCES, errno.EPERM)),
        ("Allow larger files (ulimit -f)", (errno.EFBIG,)),
    ):
        if any(os.strerror(number) in str(error) for number in numbers):
            return remedy
    return "Correct this"


@contextmanager
def stderr_held() -> Iterator[None]:
    """Hold back what is written to this process's file descriptor 2; write it only if the block raises an error.

    C++ code, such as TensorFlow's, writes there and knows nothing of `sys.stderr`.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(stderr, said.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; rename it to `path` if all went well, else delete it."""
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, completely or not at all; bytes in a name that are not UTF-8 become `\\udcff`."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def csv_text(records: Iterable[Sequence[object]]) -> str:
    """Return records as the text of a CSV table, which `csv_records` reads: names may hold commas, quotes, newlines."""
    text = io.StringIO()
    for record in records:
        # Before Python 3.13, csv does not quote a carriage return by itself.
        returns = any("\r" in str(cell) for cell in record)
        writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL)
        writer.writerow(record)
    return text.getvalue()


def csv_records(text: str) -> list[list[str]]:
    """Return the records of a CSV table, whose text may not have been changed by Python's universal newlines."""
    return [*csv.reader(io.StringIO(text, newline=""))]


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not UTF-8, or not JSON, or has thousands of brackets inside each other.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError("brackets inside each other, too deep to be read") from error


def write_json(path: Path, value: object) -> None:
    """Write indented JSON as UTF-8. A number that is not finite becomes null, and the entry `reasons` next to it has
    its value. JSON has no NaN and no Infinity, so most programs refuse a file that contains them. NumPy's numbers and
    arrays are written as numbers and lists.
    """
    write_text(path, json.dumps(_finite(value), indent=2, allow_nan=False) + "\n")


def _finite(value: object) -> object:
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        reasons = {name: f"the value was {lost}" for name, item in value.items() if (lost := _not_finite(item))}
        return {name: _finite(item) for name, item in value.items()} | (
            {"reasons": value.get("reasons", {}) | reasons} if reasons else {}
        )
    return None if _not_finite(value) else value


def _not_finite(value: object) -> str:
    """Return the numbers in a value, or in lists in it, that JSON cannot write, or an empty text."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list | tuple):
        return ", ".join(dict.fromkeys(filter(None, map(_not_finite, value))))
    return str(value) if isinstance(value, float) and not math.isfinite(value) else ""
