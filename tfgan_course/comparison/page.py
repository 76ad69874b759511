"""The page of a comparison: one HTML file without scripts, which needs no other file and no network."""

import math
from collections.abc import Sequence

import yaml

from tfgan_course import __version__
from tfgan_course.comparison.plan import CURVE_SAMPLES
from tfgan_course.comparison.results import BETTER, COLUMNS, SHORT, Results, Row, cell
from tfgan_course.report import pictures
from tfgan_course.report.chart import line_chart
from tfgan_course.report.facts import differing, flat
from tfgan_course.report.rendering import COLORS, rendered


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
        chart=chart(results, colors),
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


def chart(results: Results, colors: dict[str, str]) -> dict | None:
    """Return the chart of distance against the budget; None without any curve."""
    unit = results.comparison.plan.budget
    curves = {row.variant: mean_curve(row, unit) for row in results.rows}
    units = {"minutes": "minutes of training", "cpu_minutes": "minutes of the processor", "images": "real images"}
    return line_chart(curves, units[unit], colors)


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
