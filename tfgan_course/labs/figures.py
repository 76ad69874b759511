"""The figures of a run, by which a lab compares it with the report."""

import math

import numpy as np

from tfgan_course.comparison.plan import Comparison
from tfgan_course.comparison.results import figures_of
from tfgan_course.errors import UserError
from tfgan_course.runs.directory import RunDirectory

PARTS = 5
"""`first` and `last` are means over the first and the last of this many equal parts of the rows of history.csv."""


def figures(comparison: Comparison, name: str) -> dict[str, float]:
    """Return the finite figures of a run; empty if it is not trained yet.

    They are the columns of the comparison's table; `seconds_per_1000_images`, the seconds of training for 1,000 real
    images; `epochs`, how often each training image was shown on average; and for each column of history.csv
    `COLUMN.first`, `.last`, `.mean`, `.least`, `.most`, and `.size`, the mean of its absolute values.

    Args:
        comparison: the comparison.
        name: the run, VARIANT-SEED.
    """
    record = comparison.record(name)
    found = figures_of(record)
    if "figures" not in record:
        return {}
    run = RunDirectory(comparison.runs / name)
    per_step = record["images"] / max(1, record["training"]["steps"])
    found["seconds_per_1000_images"] = 1000 * record["training"]["seconds_per_step"] / per_step
    found["epochs"] = record["images"] / run.images["train_images"]
    for column, values in history(run).items():
        found |= {f"{column}.{how}": value for how, value in summaries(values).items()}
    return {figure: float(value) for figure, value in found.items() if math.isfinite(value)}


def summaries(values: np.ndarray) -> dict[str, float]:
    """Return means and extremes of a column; of a single row there is no `first` and no `last`.

    Args:
        values: (rows,), at least one.
    """
    found = {"mean": np.mean(values), "least": np.min(values), "most": np.max(values), "size": np.mean(np.abs(values))}
    if len(values) > 1:
        part = math.ceil(len(values) / PARTS)
        found |= {"first": np.mean(values[:part]), "last": np.mean(values[-part:])}
    return {how: float(value) for how, value in found.items()}


def history(run: RunDirectory) -> dict[str, np.ndarray]:
    """Return the finite values of each column of history.csv; columns without any are left out."""
    rows = run.rows()
    columns = dict.fromkeys(name for row in rows for name in row)
    values = {name: np.array([row[name] for row in rows if row.get(name) is not None], float) for name in columns}
    return {name: kept for name, found in values.items() if len(kept := found[np.isfinite(found)])}


def curve(comparison: Comparison, name: str, column: str) -> list[tuple[float, float]]:
    """Return the points (real images shown, value) of a column of history.csv; empty without a run or the column."""
    record = comparison.record(name)
    try:
        rows = RunDirectory(comparison.runs / name).rows()
    except UserError:
        return []
    steps = record.get("training", {}).get("steps")
    if not steps or "images" not in record:
        return []
    points = [(row["step"] * record["images"] / steps, row.get(column)) for row in rows]
    return [(at, value) for at, value in points if value is not None and math.isfinite(value)]
