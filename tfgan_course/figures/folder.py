"""A folder that figures and tables are written into."""

import csv
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tfgan_course.errors import UserError
from tfgan_course.figures.panels import checked_formats, save
from tfgan_course.files import write_text, written_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Table(NamedTuple):
    """Rows of numbers and words under a header."""

    header: Sequence[str]
    rows: Sequence[Sequence]


class FigureFolder:
    """A folder for figures, tables, arrays and text; it is made when the first of them is written.

    Args:
        path: the folder.
        formats: in which every figure is written, `png,svg` for example.

    Raises:
        UserError: if the folder cannot be written to, or there is no such format.
    """

    def __init__(self, path: str | Path, formats: str = "png,svg"):
        self.path, self.formats = Path(path), checked_formats(formats)
        there = next(path for path in (self.path, *self.path.absolute().parents) if path.exists())
        if not there.is_dir():
            raise UserError(f"--out {self.path}: {there} is a file, and figures need a folder")
        if not os.access(there, os.W_OK | os.X_OK):
            raise UserError(f"cannot write to --out {self.path}: no permission for {there}")

    def figure(self, name: str, figure: "Figure") -> None:
        """Save a figure in every format, and print the files' names."""
        with self._written():
            print(f"Written: {', '.join(map(str, save(figure, self.path, name, self.formats)))}")

    def table(self, name: str, table: Table) -> None:
        """Print a table, and save it as CSV."""
        cells = [
            [f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row]
            for row in (table.header, *table.rows)
        ]
        print(aligned(cells))
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([table.header, *table.rows])
        self.text(f"{name}.csv", text.getvalue())

    def arrays(self, name: str, **arrays: np.ndarray) -> None:
        """Save arrays as NPZ."""
        with self._written(), written_whole(self.path / f"{name}.npz") as temporary:
            np.savez(temporary, **arrays)

    def text(self, name: str, text: str) -> None:
        """Save text; the name includes its ending."""
        with self._written():
            write_text(self.path / name, text)

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Make the folder; turn an operating system's error on the way into a user's."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise UserError(f"cannot write to --out {self.path}: {error.strerror or error}") from error


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of words as lines whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
