"""The results of a search: tables, curves, parallel coordinates, TensorBoard's HParams, samples, best.yaml."""

import math
import shlex
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from PIL import Image

from tfgan_course.config.parser import from_file
from tfgan_course.evaluation.metrics import what_is_good
from tfgan_course.figures.panels import as_written, point_marker, whole_ticks
from tfgan_course.files import csv_text, real_path, write_text, written_whole
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.oracles import RetryingOracle
from tfgan_course.tuning.plan import Plan
from tfgan_course.tuning.space import Space
from tfgan_course.tuning.trials import ACCURACY, COMPLETED, FAILED, LOSS, Outcome, Trials, number_of, trial_settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass
class Result:
    """A trial that has ended.

    Args:
        number: the trial's number.
        values: the trial's values in the form of the tables, by the parameters' names.
        outcome: how the trial ended.
        budget: the epochs that Hyperband allowed the trial; 0 if all trials may train equally long.
    """

    number: str
    values: dict[str, Any]
    outcome: Outcome
    budget: int = 0

    @property
    def measured(self) -> dict[str, float | None]:
        """The score, and the two figures of the course report's tables."""
        outcome = self.outcome
        return {
            "score": outcome.score,
            f"average_{ACCURACY}": outcome.average_accuracy,
            f"best_{LOSS}": outcome.best_loss,
        }

    @property
    def label(self) -> str:
        """The trial's values in one line."""
        return ", ".join(f"{name} {value}" for name, value in self.values.items() if value != "")


def command(words: str) -> str:
    """Return what a user types to call a command, in a checkout or where the package is installed."""
    return f"python -m tfgan_course {words}"


def results(oracle: RetryingOracle, trials: Trials) -> list[Result]:
    """Return the trials that have ended, in the order of their beginning."""
    ended = []
    for trial in list(oracle.trials.values()):
        number = number_of(trial.trial_id)
        outcome = trials.outcome(number)
        if outcome is None and trial.status == "FAILED":
            outcome = Outcome(FAILED, number, trial.message or "")
        if outcome is not None and trial.status != "RUNNING":
            values = trial.hyperparameters.values
            ended.append(Result(number, trials.space.shown(values), outcome, values.get("tuner/epochs", 0)))
    return ended


def best_first(results: Sequence[Result], objective: Objective) -> list[Result]:
    """Return the completed trials, the best one first.

    Scores after different budgets cannot be compared, so the trials that Hyperband let train longest come first. If a
    later trial continued a run, only the later trial is listed.
    """
    last = {result.outcome.run: result for result in results if result.outcome.status == COMPLETED}
    sign = 1 if objective.mode == "min" else -1
    return sorted(last.values(), key=lambda result: (-result.budget, sign * result.outcome.score))


def write_table(path: Path, results: Sequence[Result], space: Space) -> None:
    """Write results.csv: one row for each trial, with the last value of every figure that any trial has measured."""
    names = [parameter.name for parameter in space.parameters]
    summary = ["score", f"average_{ACCURACY}", f"best_{LOSS}"]
    figures = list(dict.fromkeys(name for result in results for name in result.outcome.figures))
    facts = ["epochs", "steps", "seconds", "run"]
    records: list[list[object]] = [
        ["trial", "status", *names, *summary, *facts, "message", *(f"last {name}" for name in figures)]
    ]
    for result in results:
        outcome = result.outcome
        # csv writes None as an empty field
        records.append(
            [
                result.number,
                outcome.status,
                *(result.values[name] for name in names),
                *(result.measured[name] for name in summary),
                *(getattr(outcome, fact) for fact in facts),
                " ".join(outcome.message.split()),
                *(outcome.figures.get(name) for name in figures),
            ]
        )
    write_text(path, csv_text(records))


def report_table(results: Sequence[Result], space: Space, objective: Objective) -> tuple[list[str], list[list[str]]]:
    """Return heading and rows of the course report's tables, with the objective and the last value of every metric."""
    names = [parameter.name for parameter in space.parameters]
    heading = [*(name.replace("_", " ").capitalize() for name in names), "Avg. Val (D) Accuracy", "Best Val G-Loss"]
    own = (objective.figure, objective.judge, objective.epochs) not in ((LOSS, "best", None), (ACCURACY, "mean", None))
    good = what_is_good()
    recorded = dict.fromkeys(name for result in results for name in result.outcome.figures)
    metrics = [name for name in recorded if good.get(name.partition("@")[0])]
    heading += [str(objective)] * own + [f"last {name}" for name in metrics]
    rows = []
    for result in results:
        outcome = result.outcome
        figures = [outcome.average_accuracy, outcome.best_loss, *([outcome.score] if own else [])]
        figures += [outcome.figures.get(name) for name in metrics]
        shown = ["" if figure is None else f"{figure:.3f}" for figure in figures]
        if outcome.status != COMPLETED:
            shown[0] = f"{shown[0]} ({outcome.status})".strip()
        rows.append([*(str(result.values[name]) for name in names), *shown])
    return heading, rows


def markdown(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


# These characters have a special meaning in TeX.
LATEX = {ord(character): f"\\{character}" for character in "&%#_{}$"}
LATEX |= {ord(character): f"${character}$" for character in "<>|"}
LATEX |= {ord("\\"): r"\textbackslash{}", ord("^"): r"\textasciicircum{}", ord("~"): r"\textasciitilde{}"}


def latex(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a LaTeX tabular, which needs no package."""

    def line(cells: Sequence[str]) -> str:
        return f"{' & '.join(cell.translate(LATEX) for cell in cells)} \\\\\n"

    body = "".join(map(line, rows))
    columns = "l" * len(heading)
    rule = "\\hline\n"
    return f"\\begin{{tabular}}{{{columns}}}\n{rule}{line(heading)}{rule}{body}{rule}\\end{{tabular}}\n"


def new_figure(width: float, height: float) -> "Figure":
    """Return an empty figure of a size in inches."""
    from matplotlib.figure import Figure  # Matplotlib is slow to import

    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: "Figure", path: Path) -> None:
    """Save a figure, completely or not at all."""
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=100)


def draw_curves(path: Path, results: Sequence[Result], trials: Trials) -> None:
    """Draw the objective's figure over the epochs, one line for each run."""
    figure = new_figure(8, 5)
    axes = figure.subplots()
    by_run = {result.outcome.run: result for result in results if result.outcome.epochs}
    for name, result in by_run.items():
        rows = RunDirectory(trials.runs / name).rows()
        style = "-" if result.outcome.status == COMPLETED else ":"
        shown = [row.get(trials.objective.figure, math.nan) for row in rows]
        label = f"{result.number}: {result.label}"
        marker = point_marker(len(rows))
        axes.plot([row["epoch"] for row in rows], shown, style, marker=marker, markersize=3, label=as_written(label))
    axes.set(xlabel="epoch", ylabel=trials.objective.figure, title=f"{len(by_run)} trials")
    whole_ticks(axes.xaxis)
    axes.grid(alpha=0.3)
    if 0 < len(by_run) <= 20:
        figure.legend(fontsize="x-small", loc="outside lower left", ncols=2)
    save_figure(figure, path)


def draw_parallel_coordinates(path: Path, ended: Sequence[Result], space: Space, objective: Objective) -> None:
    """Draw a vertical axis for each parameter and the score, and a line for each trial, darker if its score is better.

    The line of the best trial is thick and red.
    """
    from matplotlib import colormaps

    scored = [result for result in ended if result.outcome.score is not None]
    scores = [result.outcome.score for result in scored]
    low, span = min(scores), (max(scores) - min(scores)) or 1.0
    figure = new_figure(2 + 2 * len(space.parameters), 4.5)
    axes = figure.subplots()
    best = best_first(scored, objective)[0]
    for result in [*(result for result in scored if result is not best), best]:
        height = (result.outcome.score - low) / span
        shown = [(column, each) for column, each in enumerate(space.parameters) if result.values[each.name] != ""]
        points = [(column, each.place(result.values[each.name])) for column, each in shown]
        # Not to the end of the scale, whose yellow is hard to see on white.
        worse = height if objective.mode == "min" else 1 - height
        line: dict[str, Any] = {"color": colormaps["cividis"](0.8 * worse), "alpha": 0.8}
        if result is best:
            line = {"color": "tab:red", "linewidth": 3, "label": f"best: {best.number}, {best.outcome.score:.4g}"}
        axes.plot(*zip(*points, (len(space.parameters), height), strict=True), **line)
    ticks = [{each.place(value): value for value in each.extremes()} for each in space.parameters]
    ticks.append({0.0: low, 1.0: max(scores)})
    for column, marks in enumerate(ticks):
        axes.axvline(column, color="gray", linewidth=0.8)
        for height, value in marks.items():
            text = value if isinstance(value, str) else f"{value:.4g}"
            axes.annotate(
                as_written(text),
                (column, height),
                fontsize="small",
                xytext=(4, 3),
                textcoords="offset points",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85},
                zorder=5,
            )
    names = [parameter.name for parameter in space.parameters]
    axes.set_xticks(range(len(ticks)), [*names, str(objective)], fontsize="small")
    axes.set_yticks([])
    axes.set_xlim(-0.2, len(ticks) - 0.4)
    better = {"min": "lower", "max": "higher"}[objective.mode]
    axes.set_title(f"{len(scored)} trials, a line for each; {objective}: {better} is better, darker lines are better")
    figure.legend(fontsize="small", loc="outside lower right")
    save_figure(figure, path)


def write_hparams(folder: Path, ended: Sequence[Result], space: Space) -> None:
    """Write the files of TensorBoard's HParams tab: `tensorboard --logdir` the search."""
    from tensorboard.plugins.hparams import api

    for file in folder.rglob("events*"):
        file.unlink()
    measured = {result.number: {**result.measured, **result.outcome.figures} for result in ended}
    with tf.summary.create_file_writer(str(folder)).as_default():
        api.hparams_config(
            hparams=[api.HParam(parameter.name) for parameter in space.parameters],
            metrics=[api.Metric(name) for name in dict.fromkeys(name for each in measured.values() for name in each)],
        )
    for result in ended:
        with tf.summary.create_file_writer(str(folder / result.number)).as_default():
            api.hparams({name: value for name, value in result.values.items() if value != ""}, result.number)
            for name, figure in measured[result.number].items():
                if figure is not None:
                    tf.summary.scalar(name, figure, step=result.outcome.steps)


def draw_best(path: Path, best: Sequence[Result], trials: Trials) -> None:
    """Draw the last sample grids of the best trials side by side, the best one on the left."""
    shown: list[tuple[Result, Image.Image]] = []
    for result in best:
        for file in sorted((trials.runs / result.outcome.run / "samples").glob("step_*.png"))[-1:]:
            try:
                with Image.open(file) as picture:
                    shown.append((result, picture.convert("RGB")))
            except Exception as error:  # Pillow's errors have no common base
                warnings.warn(f"{file} is left out: {error}", stacklevel=2)
    if not shown:
        return
    figure = new_figure(4 * len(shown), 4.6)
    for axes, (result, image) in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        axes.imshow(image, interpolation="nearest")
        title = f"{result.number}: {result.outcome.score:.4g}\n{result.label}"
        axes.set_title(title, fontsize="small", wrap=True)
        axes.axis("off")
    save_figure(figure, path)


def write_best(path: Path, best: Result, count: int, trials: Trials) -> None:
    """Write best.yaml: the configuration of the best trial, without the trials' limits of length."""
    config = RunDirectory(trials.runs / best.outcome.run).config
    varied = {key for parameter in trials.space.parameters for key in parameter.keys}
    full = {key: value for key, value in Plan.read(trials.folder).full.items() if key not in varied}
    head = (
        f"# The best of {count} trials: {best.number}, {trials.objective} {best.outcome.score!r} after "
        f"{best.outcome.epochs} epochs.\n"
        f"# Train it in full: {command(f'train --config {shlex.quote(str(real_path(path)))}')}\n"
        f"# Repeat the trial itself: {command(f'train --config {shlex.quote(str(real_path(config)))}')}\n"
    )
    write_text(path, head + trial_settings(from_file(config), full).yaml())


def write_tables(trials: Trials, ended: Sequence[Result]) -> None:
    """Write the three tables. While the search runs, no other results are written."""
    write_table(trials.folder / "results.csv", ended, trials.space)
    heading, rows = report_table(ended, trials.space, trials.objective)
    write_text(trials.folder / "results.md", markdown(heading, rows))
    write_text(trials.folder / "results.tex", latex(heading, rows))


def write_all(trials: Trials, ended: Sequence[Result], top: int) -> list[Result]:
    """Write all results; return the completed trials, the best trial first."""
    write_tables(trials, ended)
    write_hparams(trials.folder / "tensorboard", ended, trials.space)
    draw_curves(trials.folder / "curves.png", ended, trials)
    best = best_first(ended, trials.objective)
    if best:
        draw_parallel_coordinates(trials.folder / "parallel.png", ended, trials.space, trials.objective)
        draw_best(trials.folder / "best.png", best[:top], trials)
        write_best(trials.folder / "best.yaml", best[0], len(ended), trials)
    return best
