"""A folder for figures and tables."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from tfgan_course.errors import UserError, require
from tfgan_course.figures.panels import checked_formats, save
from tfgan_course.files import csv_text, usable, write_json, write_text, written_whole

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
"""The results of a report by file name: tables (.csv), arrays (.npz), facts (.json), figures without an ending."""


class FigureFolder:
    """A folder for results, made when the first result is written.

    Args:
        path: the folder; a `UserError` if it cannot be written.
        formats: formats of each figure, such as `png,svg`; a `UserError` for an unknown one.
    """

    def __init__(self, path: str | Path, formats: str = "png,svg"):
        self.path, self.formats = usable(path, "out"), checked_formats(formats)
        there = next(path for path in (self.path, *self.path.absolute().parents) if path.exists())
        expected = f"a folder {self.path} that can be written"
        require(there.is_dir(), expected, f"the file {there}", "Choose another folder")
        allowed = os.access(there, os.W_OK | os.X_OK)
        require(allowed, expected, f"no permission to write in {there}", "Choose another folder")

    def save(self, results: "Results") -> None:
        """Save results: figures in every format, other results in the format of their name. Print tables as well."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for name, result in results.items():
                if isinstance(result, Table):
                    print(result)
                    write_text(self.path / name, csv_text([result.header, *result.rows]))
                elif not isinstance(result, dict):
                    print(f"Written: {', '.join(map(str, save(result, self.path, name, self.formats)))}")
                elif name.endswith(".npz"):
                    with written_whole(self.path / name) as temporary:
                        np.savez(temporary, **result)
                else:
                    write_json(self.path / name, result)
        except OSError as error:
            received = str(error.strerror or error)
            expected = f"a folder {self.path} that can be written"
            raise UserError(expected=expected, received=received, remedy="Choose another folder") from error


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of words as lines whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
