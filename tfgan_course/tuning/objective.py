"""By what figure of a run its trial is judged."""

import math
from dataclasses import dataclass
from typing import Literal

from tfgan_course.errors import UserError


@dataclass(frozen=True)
class Objective:
    """The figure that a search makes small or large.

    Args:
        figure: a column of history.csv.
        mode: whether it is better smaller (min) or larger (max).
        judge: a run's figure is that of its `last` epoch, of its `best`, or the `mean` over its last epochs.
        epochs: how many the mean goes over; None for all.
    """

    figure: str = "val_generator_loss"
    mode: Literal["min", "max"] = "min"
    judge: Literal["last", "best", "mean"] = "best"
    epochs: int | None = None

    def __post_init__(self):
        for name, allowed in (("mode", ("min", "max")), ("judge", ("last", "best", "mean"))):
            if getattr(self, name) not in allowed:
                raise UserError(f"objective: {name} must be {' or '.join(allowed)}; got {getattr(self, name)!r}")
        if self.epochs is not None and (not isinstance(self.epochs, int) or self.epochs < 1):
            raise UserError(f"objective: epochs must be a whole number of at least 1; got {self.epochs!r}")

    def score(self, rows: list[dict[str, float]]) -> float:
        """Return the score of a run from the rows of its history; NaN if no row has the figure."""
        values = [row[self.figure] for row in rows if not math.isnan(row[self.figure])]
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
