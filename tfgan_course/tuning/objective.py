"""The figure of a run by which its trial is judged."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints

from tfgan_course.config.schema import MONITORS
from tfgan_course.errors import UserError
from tfgan_course.evaluation.metrics import what_is_good


@dataclass(frozen=True)
class Objective:
    """The figure that a search makes small or large.

    Args:
        figure: a column of history.csv.
        mode: whether smaller (min) or larger (max) is better.
        judge: which epoch counts: the `last`, the `best`, or the `mean` over the last ones.
        epochs: how many epochs the mean is over; None for all.

    Raises:
        UserError: for a value that is none of these.
    """

    figure: str = "sliced_wasserstein"
    mode: Literal["min", "max"] = "min"
    judge: Literal["last", "best", "mean"] = "best"
    epochs: int | None = None

    def __post_init__(self):
        allowed = get_type_hints(Objective)
        for name in ("mode", "judge"):
            if getattr(self, name) not in get_args(allowed[name]):
                raise _wrong(f"{name}: {' or '.join(get_args(allowed[name]))}", getattr(self, name))
        if self.epochs is not None and (not isinstance(self.epochs, int) or self.epochs < 1):
            raise _wrong("epochs: a whole number of at least 1", self.epochs)

    @classmethod
    def of(cls, given: Mapping[str, object], recorded: Sequence[str]) -> "Objective":
        """Return the objective with these fields; the others are chosen by what a trial records.

        Without a figure it is the first distance of those that decide which checkpoint is kept in best/. Without a mode
        it is the metric's own direction, `min` for other figures.

        Args:
            given: fields by name.
            recorded: the columns that the trials' history.csv will have.

        Raises:
            UserError: for an unknown field, a figure that is not recorded, or no figure where no distance is recorded.
        """
        if unknown := given.keys() - get_type_hints(cls):
            raise _wrong("the fields figure, mode, judge and epochs", ", ".join(sorted(map(str, unknown))))
        good = what_is_good()
        distances = [name for name in MONITORS if good.get(name) == "lower"]
        # Behind an @ stand the features that a metric's figure is by.
        found = [figure for name in distances for figure in recorded if figure.partition("@")[0] == name]
        figure = given.get("figure") or next(iter(found), None)
        if figure not in recorded:
            raise UserError(
                expected=f"an objective that every trial records: {', '.join(recorded)}",
                received=figure or "none, and no distance is recorded",
                remedy="Choose one of these, or add a metric that measures it to metrics.names",
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


def _wrong(expected: str, received: object) -> UserError:
    return UserError(
        expected=f"for an objective's {expected}", received=f"{received!r}", remedy="Correct the objective"
    )
