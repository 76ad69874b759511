"""A chart of lines as coordinates and ticks for SVG; templates/chart.html draws it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH, HEIGHT = 900, 420
LEFT, RIGHT, TOP, BOTTOM = 60, 190, 14, 46
LABEL_GAP = 15
"""The smallest distance of two labels at the ends of lines, in units of the chart."""
LOGARITHMIC = 4.0
"""The vertical axis is logarithmic if the largest value is so many times the smallest, and none is 0 or below."""


@dataclass
class Line:
    """A line of a chart: its name, its color, its points, and the height of its label."""

    name: str
    color: str
    points: list[tuple[float, float]]
    label: float

    @property
    def path(self) -> str:
        """The points in the form of SVG's polyline."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)


def line_chart(curves: Mapping[str, Sequence[tuple[float, float]]], x: str, colors: Mapping[str, str]) -> dict | None:
    """Return lines and ticks for SVG; None without any point.

    Args:
        curves: the points (x, y) of each line by its name, x from 0 on, all finite. Lines without points are left out.
        x: what the horizontal axis shows.
        colors: the color of each line.
    """
    curves = {name: curve for name, curve in curves.items() if curve}
    if not curves:
        return None
    xs = [at for curve in curves.values() for at, _ in curve]
    ys = [y for curve in curves.values() for _, y in curve]
    right = max(xs) or 1.0
    log = min(ys) > 0 and max(ys) / min(ys) >= LOGARITHMIC
    scale = math.log10 if log else float
    low, high = scale(min(ys)), scale(max(ys))
    margin = (high - low) / 20 or 0.1
    low, high = low - margin, high + margin

    def place(at: float, y: float) -> tuple[float, float]:
        share = (scale(y) - low) / (high - low)
        return LEFT + (WIDTH - LEFT - RIGHT) * at / right, HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    placed = {name: [place(at, y) for at, y in curve] for name, curve in curves.items()}
    labels = spread([points[-1][1] for points in placed.values()])
    lines = [
        Line(name, colors[name], points, label) for (name, points), label in zip(placed.items(), labels, strict=True)
    ]
    ticks_x = [(place(at, max(ys))[0], f"{at:,.4g}") for at in round_ticks(0.0, right, 6)]
    values = log_ticks(low, high) if log else round_ticks(low, high, 6)
    ticks_y = [(place(0, y)[1], f"{y:.4g}") for y in values]
    frame = {"left": LEFT, "right": WIDTH - RIGHT, "top": TOP, "bottom": HEIGHT - BOTTOM}
    size = {"width": WIDTH, "height": HEIGHT}
    return {"lines": lines, "ticks_x": ticks_x, "ticks_y": ticks_y, "x": x, **frame, **size}


def spread(heights: Sequence[float]) -> list[float]:
    """Return heights of labels, moved so far that no two are closer than `LABEL_GAP`, in the order of the lines."""
    order = sorted(range(len(heights)), key=lambda at: heights[at])
    moved = list(heights)
    for before, at in pairwise(order):
        moved[at] = max(moved[at], moved[before] + LABEL_GAP)
    beyond = moved[order[-1]] - (HEIGHT - BOTTOM) if order else 0
    if beyond > 0:
        moved[order[-1]] -= beyond
        for after, at in pairwise(order[::-1]):
            moved[at] = min(moved[at], moved[after] - LABEL_GAP)
    return moved


def round_ticks(low: float, high: float, count: int) -> list[float]:
    """Return about `count` round numbers from `low` to `high`."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    return [step * at for at in range(math.ceil(low / step), math.floor(high / step) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 times powers of ten between 10^low and 10^high."""
    numbers = [times * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for times in (1, 2, 5)]
    return [number for number in numbers if low <= math.log10(number) <= high]
