"""The report as HTML: Python fills the template, and report.js draws the charts from data in the page."""

import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tfgan_course import __version__
from tfgan_course.errors import require
from tfgan_course.files import real_path
from tfgan_course.report import pictures
from tfgan_course.report.facts import RunFacts
from tfgan_course.report.rendering import COLORS, rendered
from tfgan_course.report.summary import GOOD, summary
from tfgan_course.runs.directory import RunDirectory

PICTURES_BYTES = 20_000_000
PICTURES_BYTES_OF_A_RUN = 6_000_000
MOST_POINTS = 1000
STRIP_IMAGES = 10
VALIDATION = ("val_", "test_")
FIRST = ("critic_loss", "generator_loss", "loss", "accuracy", "critic_accuracy")


def report(paths: Sequence[Path]) -> str:
    """Return the report of run directories, finished or not, as the text of one HTML file.

    Raises:
        UserError: if there are too many paths, or one of them is not a run directory.
    """
    require(len(paths) <= len(COLORS), f"at most {len(COLORS)} runs in a report", len(paths), "Leave some out")
    return page([RunFacts(RunDirectory(path), name) for path, name in zip(paths, names(paths), strict=True)])


def names(paths: Sequence[Path]) -> list[str]:
    """Return the runs' names: the directory's name, or its path if several directories have that name."""
    found = [real_path(path).name for path in paths]
    return [str(path) if found.count(name) > 1 else name for path, name in zip(paths, found, strict=True)]


def page(runs: Sequence[RunFacts]) -> str:
    """Return the report of at most `len(COLORS)` runs."""
    budget = min(PICTURES_BYTES_OF_A_RUN, PICTURES_BYTES // len(runs))
    frames = [pictures.evolution(run.frames, budget) for run in runs]
    return rendered(
        "report.html",
        version=__version__,
        runs=runs,
        colors=COLORS,
        sections=summary(runs),
        frames=frames,
        strips=strips(runs),
        extras=[extra(run) for run in runs],
        data={"runs": [curves(run, shown) for run, shown in zip(runs, frames, strict=True)], "panels": panels(runs)},
    )


def panels(runs: Sequence[RunFacts]) -> list[dict]:
    """Return the charts, one for each figure with its training and validation curves, the most important first.

    `main` is False for charts that are hidden at first.
    """
    drawn: dict[str, dict] = defaultdict(dict)
    for name in dict.fromkeys(name for run in runs for name in run.figures):
        prefix = next((prefix for prefix in VALIDATION if name.startswith(prefix)), "")
        drawn[name.removeprefix(prefix)]["validation" if prefix else "training"] = name

    def good(title: str) -> str:
        return GOOD.get(title.partition("@")[0], "")

    def order(title: str) -> tuple[int, str]:
        return FIRST.index(title) if title in FIRST else len(FIRST) + (not good(title)), title

    return [
        {"title": title, "good": good(title), "main": order(title)[0] <= len(FIRST), "series": drawn[title]}
        for title in sorted(drawn, key=order)
    ]


def curves(run: RunFacts, frames: Sequence[pictures.Frame]) -> dict:
    """Return the data of a run for report.js."""
    every, last = max(math.ceil(len(run.rows) / MOST_POINTS), 1), len(run.rows) - 1
    kept = [(row, run.minutes[at]) for at, row in enumerate(run.rows) if at % every == 0 or at == last]
    return {
        "name": run.name,
        "x": {
            **{name: [int(row[name]) for row, _ in kept] for name in ("epoch", "step")},
            "minutes": [_digits(minutes) for _, minutes in kept],
        },
        "figures": {name: [_digits(row[name]) for row, _ in kept] for name in run.figures},
        "frames": [{"step": frame.step, "uri": frame.uri} for frame in frames],
        "events": [vars(event) for event in run.events],
    }


def _digits(value: float | None) -> float | None:
    """Return a number with six significant digits; None for NaN and infinity, which JSON does not have."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def strips(runs: Sequence[RunFacts]) -> list[dict]:
    """Return groups of runs that draw samples from the same latents, with the last samples of each run.

    A run with conditions has no latents.
    """
    groups: dict[tuple, list[dict]] = defaultdict(list)
    for index, run in enumerate(runs):
        if not run.frames or "condition_shape" in run.images:
            continue
        step = max(run.frames)
        picture = pictures.opened(run.frames[step])
        images = None if picture is None else pictures.cells(picture, run.images["image_shape"], STRIP_IMAGES)
        if images is not None:
            groups[run.latents].append({"run": index, "step": step, "images": images})
    for members in groups.values():
        fewest = min(len(member["images"]) for member in members)
        for member in members:
            member["uri"] = pictures.strip(member.pop("images")[:fewest])
    return [
        {"seed": seed, "latent_size": size, "members": members}
        for (seed, size, _), members in groups.items()
        if len(members) > 1
    ]


def extra(run: RunFacts) -> dict | None:
    """Return a confusion matrix, or real images of the classes, if a run has one of them, otherwise None."""
    for name, title in (("confusion.png", "confusion matrix"), ("real.png", "real images of the same classes")):
        path = run.run.path / name
        if path.is_file() and (frame := pictures.embedded(0, path)):
            return {"title": title, "frame": frame}
    return None
