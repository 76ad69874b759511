"""A folder that figures and tables are written into."""

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

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

    def __str__(self) -> str:
        shorter = [[f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in self.rows]
        return aligned([self.header, *shorter])


Results: TypeAlias = "dict[str, Figure | Table | dict]"
"""What a report returns, by the names of files: tables (.csv), arrays by name (.npz), figures without an ending."""


class FigureFolder:
    """A folder for results, made when the first is written; `formats`, `png,svg` for example, are those of each figure.

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

    def save(self, results: "Results") -> None:
        """Save results: figures in every format, the others as their names say. Tables are printed too."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for name, result in results.items():
                if isinstance(result, Table):
                    print(result)
                    text = io.StringIO()
                    csv.writer(text, lineterminator="\n").writerows([result.header, *result.rows])
                    write_text(self.path / name, text.getvalue())
                elif not isinstance(result, dict):
                    print(f"Written: {', '.join(map(str, save(result, self.path, name, self.formats)))}")
                elif name.endswith(".npz"):
                    with written_whole(self.path / name) as temporary:
                        np.savez(temporary, **result)
                else:
                    write_text(self.path / name, json.dumps(result, indent=2) + "\n")
        except OSError as error:
            raise UserError(f"cannot write to --out {self.path}: {error.strerror or error}") from error


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of words as lines whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
