"""Conditions on figures of runs, such as `averaging.critic_loss.last > 3 * vanilla.critic_loss.last`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tfgan_course.errors import UserError

Figures = Mapping[str, Mapping[str, float]]
"""The figures of runs: their names by the names of the runs."""
SIDE = re.compile(r"(?:(?P<factor>\d+(?:\.\d+)?) \* )?(?:(?P<run>[A-Za-z]\w*)\.(?P<figure>[a-z]\w*(?:\.[a-z]+)?))")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Side:
    """One side of a condition: a number, or a factor times a figure of a run."""

    factor: float
    run: str | None = None
    figure: str | None = None

    @classmethod
    def of(cls, text: str) -> "Side | None":
        """Return the side that a text describes; None if it describes none."""
        if NUMBER.fullmatch(text):
            return cls(float(text))
        found = SIDE.fullmatch(text)
        return None if found is None else cls(float(found["factor"] or 1), found["run"], found["figure"])

    def value(self, figures: Figures) -> float | None:
        """Return the side's value; None if the run has no such figure."""
        if self.run is None:
            return self.factor
        found = figures.get(self.run, {}).get(self.figure)
        return None if found is None else self.factor * found


@dataclass(frozen=True)
class Condition:
    """A comparison of two sides."""

    text: str
    left: Side
    smaller: bool
    right: Side

    @classmethod
    def of(cls, text: str) -> "Condition":
        """Return the condition that a text describes.

        Args:
            text: `SIDE < SIDE` or `SIDE > SIDE`; a side is a number, `RUN.FIGURE`, or `FACTOR * RUN.FIGURE`.

        Raises:
            UserError: for a text in another form.
        """
        left, sign, right = re.fullmatch(r"(.*?)(?: ([<>]) (.*))?", text, re.S).groups()
        sides = Side.of(left), Side.of(right or "")
        if None in sides:
            raise UserError(
                expected="a condition such as: lsgan.recall < 0.9 * vanilla.recall",
                received=repr(text),
                remedy="Write RUN.FIGURE or numbers on both sides of < or >",
            )
        return cls(text, sides[0], sign == "<", sides[1])

    @property
    def runs(self) -> list[str]:
        """The runs that it names."""
        return [side.run for side in (self.left, self.right) if side.run is not None]

    def holds(self, figures: Figures) -> bool | None:
        """Return whether the condition holds; None if a figure is missing, or both sides are equal, 0 for example."""
        left, right = self.left.value(figures), self.right.value(figures)
        if left is None or right is None or left == right:
            return None
        return left < right if self.smaller else left > right
