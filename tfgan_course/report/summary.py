"""The report's table: a column for each run, a row for each setting, figure or cost."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tfgan_course.evaluation.metrics import what_is_good
from tfgan_course.report.facts import RunFacts, differing
from tfgan_course.runs.directory import best_row

GOOD = what_is_good()
LOSSES = ("critic_loss", "val_critic_loss", "generator_loss", "val_generator_loss", "loss", "test_loss")
ACCURACIES = {"val_critic_accuracy": "", "accuracy": "", "test_accuracy": "higher"}
NOTHING = "-"
MOST_SETTINGS = 12
"""The largest number of rows of settings above the curves; more rows are hidden at first."""


@dataclass
class Cell:
    """A cell of the table: `text`, a `note` in small letters below it, and the `value` that is compared for `best`."""

    text: str = NOTHING
    note: str = ""
    value: float | None = None
    best: bool = False


@dataclass
class Row:
    """A row of the table: its name, a cell for each run, and which values are good (`lower`, `higher`, or a phrase)."""

    name: str
    cells: list[Cell]
    good: str = ""


@dataclass
class Section:
    """Rows under a title. A long section is `folded`: it is a separate table that is hidden at first."""

    title: str
    rows: list[Row]
    folded: bool = False


def summary(runs: Sequence[RunFacts]) -> list[Section]:
    """Return the table's sections, without empty ones."""
    sections = [after_training(runs), *evaluations(runs), cost(runs), settings(runs)]
    return [section for section in sections if section.rows]


def settings(runs: Sequence[RunFacts]) -> Section:
    """Return the options that differ between runs of a kind; a GAN and a classifier have few options in common."""
    kinds = dict.fromkeys(run.kind for run in runs)
    names = [name for kind in kinds for name in differing([run.settings for run in runs if run.kind == kind])]
    rows = [Row(name, [Cell(run.settings.get(name, NOTHING)) for run in runs]) for name in dict.fromkeys(names)]
    return Section("Settings that differ", rows, folded=len(rows) > MOST_SETTINGS)


def cost(runs: Sequence[RunFacts]) -> Section:
    """Return the state, duration, speed and size of the trainings."""

    def row(name: str, cell: Callable[[RunFacts], str | None]) -> Row:
        return Row(name, [Cell(cell(run) or NOTHING) for run in runs])

    rows = [
        row("state", lambda run: run.state),
        row("epochs", lambda run: f"{len(run.rows):,}"),
        row("steps", lambda run: f"{run.steps:,}"),
        row("wall time", lambda run: None if run.wall_time is None else duration(run.wall_time)),
        row("steps a second", lambda run: None if run.steps_per_second is None else shown(run.steps_per_second)),
    ]
    for network in dict.fromkeys(network for run in runs for network in run.networks):
        rows.append(row(f"parameters of the {network}", partial(parameters, network=network)))
    rows.append(row("health events", lambda run: str(len(run.events)) if run.events else None))
    return Section("Training", [row for row in rows if any(cell.text != NOTHING for cell in row.cells)])


def parameters(run: RunFacts, network: str) -> str | None:
    """Return the number of trainable parameters of one of a run's networks."""
    found = run.networks.get(network)
    return f"{found['parameters']:,}" if isinstance(found, dict) and "parameters" in found else None


def after_training(runs: Sequence[RunFacts]) -> Section:
    """Return the metrics and losses of the last epoch, with the values of the best epoch as notes."""
    names = list(dict.fromkeys(name for run in runs for name in run.figures))
    metrics = {name: GOOD[name.partition("@")[0]] for name in names if GOOD.get(name.partition("@")[0])}
    chosen = metrics | {name: good for name, good in ACCURACIES.items() if name in names}
    chosen |= {name: "" for name in LOSSES if name in names}
    rows = []
    for name, good in chosen.items():
        row = Row(name, [last(run, name, good) for run in runs], good)
        # Figures from different real images, from another number of images, or of a longer training cannot be compared.
        comparable = {(run.judged_by, run.images_seen(run.steps)) for run in runs if name in run.figures}
        rows.append(mark_best(row) if len(comparable) == 1 else row)
    return Section("Figures after the last epoch", rows)


def last(run: RunFacts, name: str, good: str) -> Cell:
    """Return the last value of a figure, and the best value as a note if the figure has a better direction."""
    known = [row for row in run.rows if name in row and math.isfinite(row[name])]
    if not known:
        return Cell()
    direction = {"lower": "min", "higher": "max", "val_critic_accuracy": "max", "val_generator_loss": "min"}
    mode = direction.get(good) or direction.get(name)
    note = ""
    if mode and (best := best_row(known, name, mode)) is not known[-1]:
        word = {"min": "lowest", "max": "highest"}[mode]
        note = f"{word} {shown(best[name])} in epoch {int(best['epoch'])}"
    value = known[-1][name]
    if known[-1] is not run.rows[-1]:
        note = f"of epoch {int(known[-1]['epoch'])}{'; ' if note else ''}{note}"
    return Cell(shown(value), note, value)


def evaluations(runs: Sequence[RunFacts]) -> list[Section]:
    """Return the results of `evaluate`: a section for each group of comparable results, with each run's latest step."""
    latest: dict[str, dict[int, dict]] = {}
    for column, run in enumerate(runs):
        for record in run.evaluations:
            try:
                found = by_conditions(record)
                step = record["generated"]["step"]
            except (LookupError, TypeError, ValueError):
                continue  # the record is of a folder of images, or damaged
            for title, figures in found.items():
                known = latest.setdefault(title, {}).get(column)
                if figures and (known is None or step >= known["step"]):
                    latest[title][column] = {"step": step, "figures": figures}
    sections = []
    for title, records in latest.items():
        columns = [records.get(column, {"step": None, "figures": {}}) for column in range(len(runs))]
        steps = [column["step"] for column in columns]
        rows = [Row("step", [Cell() if step is None else Cell(f"{step:,}") for step in steps])]
        lengths = zip(runs, steps, strict=True)
        equally_long = len({run.images_seen(step) for run, step in lengths if step is not None}) == 1
        for name in dict.fromkeys(name for record in records.values() for name in record["figures"]):
            values = [column["figures"].get(name) for column in columns]
            cells = [Cell() if value is None else Cell(shown(value), value=value) for value in values]
            row = Row(name, cells, GOOD.get(name, ""))
            rows.append(mark_best(row) if equally_long else row)
        sections.append(Section(title, rows if records else []))
    return sections


def by_conditions(record: dict) -> dict[str, dict[str, float]]:
    """Return an evaluation's figures by a title; figures with the same title can be compared."""
    generated, real = record["generated"], record["real"]
    images = f"{real['images']:,} {real['split']} images ({real['checksum'][:8]})"
    against = f"{generated['images']:,} images against {images}"
    found = {f"Evaluation without features, {against}": record["without_features"]}
    if record["features"]:
        features = "{name} ({kind}, {checksum})".format(**record["features"])
        found[f"Evaluation by the features {features}, {against}"] = record["with_features"]
    return found


def mark_best(row: Row) -> Row:
    """Mark the best cell of a row of more than one figure."""
    values = [cell.value for cell in row.cells if cell.value is not None and math.isfinite(cell.value)]
    direction = row.good.partition(",")[0]
    if len(values) > 1 and direction in ("lower", "higher"):
        best = min(values) if direction == "lower" else max(values)
        for cell in row.cells:
            cell.best = cell.value == best
    return row


def shown(value: float) -> str:
    """Return a figure with four digits."""
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def duration(seconds: float) -> str:
    """Return a duration in words."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"
