"""The page of a comparison: one HTML file without scripts, which needs no other file and no network."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import yaml

from tfgan_course import __version__
from tfgan_course.comparison.plan import CURVE_SAMPLES
from tfgan_course.comparison.results import BETTER, COLUMNS, SHORT, Results, Row, cell
from tfgan_course.report import pictures
from tfgan_course.report.facts import differing, flat
from tfgan_course.report.rendering import COLORS, rendered

WIDTH, HEIGHT = 900, 420
LEFT, RIGHT, TOP, BOTTOM = 60, 190, 14, 46
LABEL_GAP = 15
"""The smallest distance of two labels at the ends of lines, in units of the chart."""
LOGARITHMIC = 4.0
"""The vertical axis is logarithmic if the largest distance is so many times the smallest."""


def page(results: Results) -> str:
    """Return the page of a comparison as the text of one HTML file."""
    colors = {row.variant: COLORS[at % len(COLORS)] for at, row in enumerate(results.rows)}
    return rendered(
        "comparison.html",
        version=__version__,
        results=results,
        colors=colors,
        columns=[(SHORT.get(name, name), meaning, BETTER.get(name, "")) for name, meaning in COLUMNS.items()],
        cells={row.variant: [cell(row, name) for name in COLUMNS] for row in results.rows},
        best=best_cells(results.rows),
        strips=strips(results),
        chart=chart(results),
        curve_samples=min(results.comparison.plan.samples, CURVE_SAMPLES),
        settings=settings(results),
        machines=machines(results),
    )


def best_cells(rows: Sequence[Row]) -> list[str | None]:
    """Return for each column the variant with the best mean; None if there is no better direction, or one variant."""
    found: list[str | None] = []
    for name in COLUMNS:
        known = [row for row in rows if math.isfinite(row.means.get(name, math.nan))]
        sign = {"lower": 1, "higher": -1}.get(BETTER.get(name, ""), 0)
        several = sign and len({row.means[name] for row in known}) > 1
        found.append(min(known, key=lambda row: sign * row.means[name]).variant if several else None)
    return found


def strips(results: Results) -> list[tuple[str, int, str]]:
    """Return variant, seed and samples, as a data URI, of the first judged run of each variant."""
    found = []
    for row in results.rows:
        judged = [seed for seed, record in row.runs.items() if "figures" in record]
        if not judged:
            continue
        name = f"{row.variant}-{judged[0]}"
        picture = pictures.opened(results.comparison.runs / f"{name}.png")
        record = row.runs[judged[0]]
        images = None if picture is None else pictures.cells(picture, record["image_shape"], record["shown"])
        if images is not None:
            found.append((row.variant, judged[0], pictures.strip(images)))
    return found


@dataclass
class Line:
    """A line of the chart: the variant, its color, its points as text for SVG, and the height of its label."""

    variant: str
    color: str
    points: list[tuple[float, float]]
    label: float

    @property
    def path(self) -> str:
        """The points in the form of SVG's polyline."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)


def chart(results: Results) -> dict | None:
    """Return distance against the budget as lines and ticks for SVG; None without any curve."""
    unit = results.comparison.plan.budget
    curves = {row.variant: curve for row in results.rows if (curve := mean_curve(row, unit))}
    if not curves:
        return None
    xs = [x for curve in curves.values() for x, _ in curve]
    ys = [y for curve in curves.values() for _, y in curve]
    right = max(xs) or 1.0
    log = min(ys) > 0 and max(ys) / min(ys) >= LOGARITHMIC
    scale = math.log10 if log else float
    low, high = scale(min(ys)), scale(max(ys))
    margin = (high - low) / 20 or 0.1
    low, high = low - margin, high + margin

    def place(x: float, y: float) -> tuple[float, float]:
        share = (scale(y) - low) / (high - low)
        return LEFT + (WIDTH - LEFT - RIGHT) * x / right, HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    placed = {variant: [place(x, y) for x, y in curve] for variant, curve in curves.items()}
    labels = spread([points[-1][1] for points in placed.values()])
    order = [row.variant for row in results.rows]
    lines = [
        Line(variant, COLORS[order.index(variant) % len(COLORS)], points, label)
        for (variant, points), label in zip(placed.items(), labels, strict=True)
    ]
    ticks_x = [(place(x, max(ys))[0], f"{x:,.4g}") for x in round_ticks(0.0, right, 6)]
    values = log_ticks(low, high) if log else round_ticks(low, high, 6)
    ticks_y = [(place(0, y)[1], f"{y:.4g}") for y in values]
    units = {"minutes": "minutes of training", "cpu_minutes": "minutes of the processor", "images": "real images"}
    frame = {"left": LEFT, "right": WIDTH - RIGHT, "top": TOP, "bottom": HEIGHT - BOTTOM}
    size = {"width": WIDTH, "height": HEIGHT}
    return {"lines": lines, "ticks_x": ticks_x, "ticks_y": ticks_y, "x": units[unit], **frame, **size}


def mean_curve(row: Row, unit: str) -> list[tuple[float, float]]:
    """Return the mean over the seeds of (minutes or images, distance), at each part of the budget of all seeds."""
    key, factor = {"minutes": ("seconds", 60), "cpu_minutes": ("cpu_seconds", 60), "images": ("images", 1)}[unit]
    curves = [{at["part"]: at for at in record["curve"]} for record in row.runs.values() if record.get("curve")]
    points = []
    for part in sorted(set.intersection(*map(set, curves)) if curves else ()):
        xs, ys = ([curve[part][name] for curve in curves] for name in (key, "frechet"))
        if all(value is not None and math.isfinite(value) for value in (*xs, *ys)):
            points.append((sum(xs) / len(xs) / factor, sum(ys) / len(ys)))
    return points


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


def settings(results: Results) -> list[tuple[str, list[str]]]:
    """Return the options that differ between the variants: each with its values, in the order of the rows."""
    trees = []
    for row in results.rows:
        name = f"{row.variant}-{next(iter(row.runs))}"
        values = flat(yaml.safe_load(results.comparison.settings(name).yaml()))
        trees.append({key: value for key, value in values.items() if key != "seed"})
    return [(name, [tree.get(name, "-") for tree in trees]) for name in differing(trees)]


def machines(results: Results) -> list[str]:
    """Return the machines, versions and dates of the trainings, each once."""
    found: dict[str, list[str]] = {}
    for row in results.rows:
        for record in row.runs.values():
            training = record.get("training") or {}
            machine = training.get("machine") or {}
            packages = machine.get("packages") or {}
            versions = [f"{name} {packages[name]}" for name in ("tensorflow", "keras") if packages.get(name)]
            parts = [machine.get("platform"), f"{machine.get('cores')} cores", *versions]
            parts += [f"revision {machine['git_revision']}"] if machine.get("git_revision") else []
            if machine:
                found.setdefault(", ".join(map(str, parts)), []).append(str(training.get("date", ""))[:10])
    return [f"{machine}; trained {' to '.join(sorted({min(dates), max(dates)}))}" for machine, dates in found.items()]
