"""Counts, writes and draws which classes a classifier confuses."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfgan_course.figures.panels import as_written
from tfgan_course.files import csv_text, write_text, written_whole


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return counts (classes, classes) by label (row) and predicted class (column); labels below 0 are not counted."""
    known = labels >= 0
    cells = labels[known].astype(np.int64) * classes + predicted[known]
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def write_confusion(path: Path, matrix: np.ndarray, names: Sequence[str]) -> None:
    """Write a CSV table with a row for each label and a column for each predicted class."""
    rows = [[name, *row] for name, row in zip(names, matrix.tolist(), strict=True)]
    write_text(path, csv_text([["label", *names], *rows]))


def draw_confusion(path: Path, matrix: np.ndarray, names: Sequence[str], title: str) -> None:
    """Draw the shares of each row in percent; the ending of the path gives the format."""
    from matplotlib.figure import Figure  # The import is slow.

    shares = 100 * matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    side = min(30.0, 2.5 + 0.55 * len(names))
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
    axes.set(title=as_written(title), xlabel="predicted", ylabel="label (rows add up to 100%)")
    written = list(map(as_written, names))
    axes.set_xticks(range(len(names)), written, rotation=90)
    axes.set_yticks(range(len(names)), written)
    if len(names) <= 40:
        for (row, column), share in np.ndenumerate(shares):
            if share >= 0.5:
                color = "white" if share > 50 else "black"
                axes.text(column, row, f"{share:.0f}", ha="center", va="center", color=color, fontsize="small")
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=100)
