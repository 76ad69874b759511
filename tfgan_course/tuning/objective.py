"""The figure of a run by which its trial is judged."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_type_hints

from tfgan_course.config.schema import MONITORS
from tfgan_course.errors import require
from tfgan_course.evaluation.metrics import what_is_good

CORRECT = "Correct the objective"


@dataclass(frozen=True)
class Objective:
    """The figure that a search makes small or large.

    Args:
        figure: a column of history.csv.
        mode: whether smaller (min) or larger (max) is better.
        judge: which epoch counts: the `last`, the `best`, or the `mean` over the last epochs.
        epochs: the number of last epochs for the mean; None for all epochs.

    Raises:
        UserError: for a value that is not allowed.
    """

    figure: str = "sliced_wasserstein"
    mode: Literal["min", "max"] = "min"
    judge: Literal["last", "best", "mean"] = "best"
    epochs: int | None = None

    def __post_init__(self):
        for name in ("mode", "judge"):
            allowed, value = get_args(get_type_hints(Objective)[name]), getattr(self, name)
            require(value in allowed, f"as an objective's {name} {' or '.join(allowed)}", repr(value), CORRECT)
        whole = self.epochs is None or (isinstance(self.epochs, int) and self.epochs >= 1)
        require(whole, "as an objective's epochs a whole number of at least 1", repr(self.epochs), CORRECT)

    @classmethod
    def of(cls, given: Mapping[str, Any], recorded: Sequence[str]) -> "Objective":
        """Return the objective with the fields in `given`; the other fields get defaults that the trials record.

        The default figure is the first recorded distance of the figures that can choose best/ (`MONITORS`). The default
        mode is the better direction of the metric, or `min` if the figure is not a metric.

        Args:
            given: fields by name.
            recorded: the columns that the trials' history.csv will have.

        Raises:
            UserError: for an unknown field, for a figure that is not recorded, or if neither a figure is given nor a
                distance is recorded.
        """
        unknown = [name for name in given if name not in get_type_hints(cls)]
        require(not unknown, "as an objective's fields figure, mode, judge and epochs", unknown, CORRECT)
        good = what_is_good()
        distances = [name for name in MONITORS if good.get(name) == "lower"]
        # A column's name is the metric's name, or metric@features.
        found = [figure for name in distances for figure in recorded if figure.partition("@")[0] == name]
        figure = given.get("figure") or next(iter(found), None)
        require(
            figure in recorded,
            f"an objective that every trial records: {', '.join(recorded)}",
            figure or "none, and no distance is recorded",
            "Choose one of these, or add a metric that measures it to metrics.names",
        )
        mode = "max" if good.get(figure.partition("@")[0], "").startswith("higher") else "min"
        return cls(**{"mode": mode, **given, "figure": figure})

    def score(self, rows: list[dict[str, float]]) -> float:
        """Return the score of a run from the rows of its history; NaN if no row has a finite value of the figure."""
        values = finite(rows, self.figure)
        if not values:
            return math.nan
        if self.judge == "last":
            return values[-1]
        if self.judge == "best":
            return min(values) if self.mode == "min" else max(values)
        values = values[-self.epochs :] if self.epochs else values
        return sum(values) / len(values)

    def better(self, first: float, second: float) -> bool:
        """Return whether the first score is better than the second."""
        return first < second if self.mode == "min" else first > second

    def __str__(self) -> str:
        over = "" if self.judge != "mean" else f" of the last {self.epochs} epochs" if self.epochs else " of all epochs"
        return f"{self.judge}{over} {self.figure} ({self.mode})"


def finite(rows: list[dict[str, float]], figure: str) -> list[float]:
    """Return the finite values of a column; metrics may be measured every few epochs only."""
    return [row[figure] for row in rows if math.isfinite(row.get(figure, math.nan))]
