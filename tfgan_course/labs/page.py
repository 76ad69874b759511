"""The page of a lab: one HTML file without scripts, which needs no other file and no network."""

import numpy as np
from markupsafe import Markup

from tfgan_course import __version__
from tfgan_course.comparison.page import machines, strips
from tfgan_course.comparison.results import Results
from tfgan_course.labs.description import JUDGE
from tfgan_course.labs.figures import curve
from tfgan_course.labs.folder import LabFolder
from tfgan_course.labs.inside import drawn
from tfgan_course.labs.results import VERDICTS, LabResults, number
from tfgan_course.report import pictures
from tfgan_course.report.chart import line_chart
from tfgan_course.report.facts import RunFacts
from tfgan_course.report.rendering import COLORS, rendered
from tfgan_course.runs.directory import RunDirectory

GRIDS = 6
"""At most so many sample grids of a run are shown."""
WIDEST = 1600
"""The largest side of a picture of the networks inside."""
BYTES = 20_000_000
"""The largest number of bytes of all sample grids of a page together."""


def page(results: LabResults) -> str:
    """Return the page of a lab as the text of one HTML file."""
    folder = results.folder
    colors = {run: COLORS[at % len(COLORS)] for at, run in enumerate([*folder.runs, JUDGE])}
    comparisons = [Results.of(comparison) for comparison in folder.parts.values()]
    rows = [row for each in comparisons for row in each.rows]
    return rendered(
        "lab.html",
        version=__version__,
        lab=folder.lab,
        results=results,
        colors=colors,
        number=number,
        verdicts=VERDICTS,
        budget=budget(folder),
        columns=[Markup(heading) for heading in JUDGED.values()],
        judged=judged(results),
        lengths=lengths(results),
        failures=[(row.variant, reason) for row in rows for reason in row.failures.values()],
        charts=charts(folder, colors),
        strips=[(run, uri) for each in comparisons for run, _, uri in strips(each)],
        grids=grids(folder),
        inside=[frame for path in drawn(folder) if (frame := pictures.embedded(0, path, WIDEST)) is not None],
        conditions=[each.conditions for each in comparisons],
        machines=list(dict.fromkeys(machine for each in comparisons for machine in machines(each))),
    )


JUDGED = {
    "frechet": "Frechet distance<small>lower is better</small>",
    "precision": "precision<small>share of our images among the real ones</small>",
    "recall": "recall<small>share of the real images among ours</small>",
    "seconds_per_1000_images": "seconds<small>for 1,000 real images</small>",
    "memory_gb": "memory<small>GB</small>",
}
"""The columns of the table of our runs, with their headings."""


def judged(results: LabResults) -> list[tuple[str, str, list[str]]]:
    """Return for each judged run its name, what it is, and its figures in the columns `JUDGED`, the best run first."""
    known = [run for run, figures in results.figures.items() if "frechet" in figures]
    described = results.folder.lab.runs
    return [
        (run, described[run].about, [number(results.figures[run].get(column)) for column in JUDGED])
        for run in sorted(known, key=lambda run: results.figures[run]["frechet"])
    ]


def budget(folder: LabFolder) -> str:
    """Return the budget in words."""
    unit, amount = folder.budget.unit, folder.budget.amount
    if unit == "full":
        return "the report's epochs"
    return f"{amount:,g} minutes of training, all runs together" if unit == "minutes" else f"{amount:,g} images a run"


def lengths(results: LabResults) -> list[tuple[str, str, float | None, float | None, float | None]]:
    """Return for each run: its name, what it is, the report's epochs, ours, and how many times the report's is ours."""
    found = []
    for part in results.folder.lab.parts.values():
        for run, described in part.runs.items():
            ours = results.figures[run].get("epochs")
            factor = part.epochs / ours if ours and part.epochs else None
            found.append((run, described.about, part.epochs, ours, factor))
    return found


def charts(folder: LabFolder, colors: dict[str, str]) -> list[tuple[str, dict | None]]:
    """Return each chart's title and lines."""
    found = []
    for described in folder.lab.curves:
        lines = {run: curve(*folder.runs[run], described.column) for run in described.runs or folder.runs}
        found.append((described.title, line_chart(lines, "real images shown", colors)))
    return found


def grids(folder: LabFolder) -> list[tuple[str, list[pictures.Frame]]]:
    """Return for each run with several sample grids some of them, evenly spread over the training."""
    found = []
    for run, (comparison, name) in folder.runs.items():
        path = comparison.runs / name
        frames = RunFacts(RunDirectory(path), run).frames if (path / "config.yaml").is_file() else {}
        steps = sorted(frames)
        chosen = {steps[at] for at in np.linspace(0, len(steps) - 1, GRIDS).round().astype(int)} if steps else set()
        if len(chosen) > 1:
            kept = {step: frames[step] for step in chosen}
            found.append((run, pictures.evolution(kept, BYTES // len(folder.runs))))
    return found
