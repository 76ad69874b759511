"""The base class of what can be wrong with a training."""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from tfgan_course.health.advice import Follows, Settings

Row = dict[str, float]
Remedies = Mapping[str, Follows | None]


class Finding:
    """Base class of all findings.

    A new one is a subclass in `findings.py`, and a section of docs/guides/health.md with its name.

    The finding's value is the worst of its `columns` of history.csv, unless the class overrides `value`. With
    `relative` each column is divided by its median in the epochs before. The finding holds if the value is above
    `threshold` or, with `below`, below it. It is reported when it has held in `patience` epochs in a row, from the step
    `first_step` on. While it is reported, the findings in `hides` are not reported, because they are its consequences.
    The user reads two texts: `sees`, the figure and its meaning, and `remedies`, the usual help. Each remedy comes with
    a function that returns whether the run's configuration has it already, or with None.
    """

    name: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    relative: ClassVar[bool] = False
    threshold: ClassVar[float]
    sees: ClassVar[str]
    remedies: ClassVar[Remedies]
    below: ClassVar[bool] = False
    severity: ClassVar[str] = "warning"
    patience: ClassVar[int] = 3
    first_step: ClassVar[int] = 50
    hides: ClassVar[tuple[str, ...]] = ()

    def value(self, rows: Sequence[Row]) -> float:
        """Return the value after the last of the rows of history.csv, or NaN if nothing was measured."""
        measured = against_before if self.relative else lambda rows, name: rows[-1].get(name, math.nan)
        worst = np.fmin if self.below else np.fmax
        return float(worst.reduce([measured(rows, name) for name in self.columns]))

    def advice(self, settings: Settings) -> list[str]:
        """Return the remedies that a run with these settings does not have already."""
        return [text for text, follows in self.remedies.items() if follows is None or not follows(settings)]

    def holds(self, rows: Sequence[Row]) -> bool:
        """Return whether the finding holds in the last row."""
        if rows[-1]["step"] < self.first_step:
            return False
        value = self.value(rows)
        return value < self.threshold if self.below else value > self.threshold


def against_before(rows: Sequence[Row], name: str) -> float:
    """Return a figure of the last row over its median in the 20 rows before; NaN if there are fewer than 3."""
    before = [row.get(name, math.nan) for row in rows[-21:-1]]
    middle = float(np.median(before)) if len(before) >= 3 else math.nan
    return rows[-1].get(name, math.nan) / (middle or math.nan)
