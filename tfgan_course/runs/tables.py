"""The tables of a run, such as history.csv: CSV files of numbers that grow by a row for each epoch."""

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from tfgan_course.errors import UserError
from tfgan_course.files import csv_records, csv_text, write_text

Row = dict[str, float]


def append_row(table: Path, row: Mapping[str, float]) -> None:
    """Add a row to a table, with a header if the table is new, and flush it to the disk."""
    if not table.is_file() or not table.stat().st_size:
        write_text(table, csv_text([[*row]]))
    with table.open("a", encoding="utf-8", newline="") as file:
        file.write(csv_text([[*row.values()]]))
        file.flush()
        os.fsync(file.fileno())


def read_rows(table: Path, growing: bool = False) -> list[Row]:
    """Return the rows of a table; none if the file does not exist.

    Args:
        table: the path.
        growing: leave out an unfinished last line, because another process may be writing it.

    Raises:
        UserError: if the file is not a table of numbers by epoch.
    """
    return _parsed(table, _records(table, growing))


def cut_back(tables: Sequence[Path], epochs: int, advice: str) -> None:
    """Remove all rows after the first `epochs`, and unfinished lines, from tables; the first table is history.csv.

    Raises:
        UserError: if history.csv does not have a row for each of these epochs. The tables then stay as they are.
    """
    remaining = {table: _records(table)[: 1 + epochs] for table in tables}
    found = [row["epoch"] for row in _parsed(tables[0], remaining[tables[0]])]
    if found != [*range(1, 1 + epochs)]:
        expected = f"in {tables[0]} a row for each of the {epochs} epochs before the checkpoint"
        raise UserError(expected=expected, received=f"the epochs {found}", remedy=advice)
    # History.csv is cut last, so that it never has fewer rows than timing.csv; see `check_whole`.
    for table, records in reversed(remaining.items()):
        if records:
            write_text(table, csv_text(records))


def rows_beside(table: Path, other: Path, growing: bool = False) -> list[Row]:
    """Return the rows of a table, as `read_rows` does, but not if it has lost rows.

    Args:
        table: the path of history.csv.
        other: the path of timing.csv, to which a row is added after history.csv. It is not used if it is damaged.
        growing: see `read_rows`.

    Raises:
        UserError: if the table has fewer rows than the other, or is damaged.
    """
    try:
        epochs = len(read_rows(other, growing=True))
    except UserError:
        epochs = 0
    rows = read_rows(table, growing)
    if len(rows) < epochs:
        raise _damaged(table, f"{len(rows)} rows, although {other.name} has {epochs}")
    return rows


def _records(table: Path, growing: bool = False) -> list[list[str]]:
    """Return header and rows of a table as text; none if the file does not exist."""
    try:
        # Spreadsheets write a byte order mark.
        text = table.read_bytes().decode("utf-8-sig") if table.is_file() else ""
        if growing and "\n" in text:  # The header is written whole, so a text of one line is none.
            text = text[: text.rfind("\n") + 1]
        return csv_records(text)
    except (UnicodeDecodeError, csv.Error) as error:
        raise _damaged(table, f"other bytes ({error})") from error


def _parsed(table: Path, records: Sequence[Sequence[str]]) -> list[Row]:
    names, *lines = records or [["epoch"]]
    if "epoch" not in names:
        raise _damaged(table, f"a first line without `epoch`: {','.join(names)[:80]!r}")
    rows = []
    for number, line in enumerate(lines, 2 + "".join(names).count("\n")):
        try:
            rows.append({name: float(value) for name, value in zip(names, line, strict=True)})
        except ValueError as error:  # a value is not a number, or there are too few or too many values
            raise _damaged(table, f"{','.join(line)!r} in line {number}") from error
    return rows


def _damaged(table: Path, received: str) -> UserError:
    return UserError(
        expected=f"in {table} a table of numbers with a row for each epoch",
        received=received,
        remedy=f"The figures of {table.name} are lost; the checkpoints still work: load_run({str(table.parent)!r}) "
        "opens, samples and evaluates the run. To resume or report the run, put the file back from a copy",
    )
