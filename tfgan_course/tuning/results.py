"""What comes out of a search: tables, curves, parallel coordinates, TensorBoard's HParams, samples, best.yaml."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf
from PIL import Image

from tfgan_course.files import write_text, written_whole
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.oracles import RetryingOracle
from tfgan_course.tuning.space import Parameter, Space
from tfgan_course.tuning.trials import ACCURACY, COMPLETED, FAILED, LOSS, Outcome, Trials


@dataclass
class Result:
    """A trial that has ended.

    Args:
        number: of the trial.
        values: as a table shows them, by the parameters' names.
        outcome: how it ended.
        budget: epochs that Hyperband gave it; 0 where all trials may train alike.
    """

    number: str
    values: dict[str, Any]
    outcome: Outcome
    budget: int = 0


def results(oracle: RetryingOracle, trials: Trials) -> list[Result]:
    """Return the trials that have ended, in the order of their beginning."""
    ended = []
    for trial in list(oracle.trials.values()):
        number = f"{int(trial.trial_id):04d}"
        outcome = trials.outcome(number)
        if outcome is None and trial.status == "FAILED":
            outcome = Outcome(FAILED, number, trial.message or "")
        if outcome is not None and trial.status != "RUNNING":
            values = trial.hyperparameters.values
            ended.append(Result(number, trials.space.shown(values), outcome, values.get("tuner/epochs", 0)))
    return ended


def best_first(results: Sequence[Result], objective: Objective) -> list[Result]:
    """Return the completed trials, the best one first.

    Scores after different budgets cannot be compared, so those that Hyperband let train longer come first: the
    finalists. A run that went on in a later trial counts as that one.
    """
    last = {result.outcome.run: result for result in results if result.outcome.status == COMPLETED}
    sign = 1 if objective.mode == "min" else -1
    return sorted(last.values(), key=lambda result: (-result.budget, sign * result.outcome.score))


def write_table(path: Path, results: Sequence[Result], space: Space) -> None:
    """Write results.csv: a row a trial."""
    names = [parameter.name for parameter in space.parameters]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    figures = ("average_val_critic_accuracy", "best_val_generator_loss", "score")
    writer.writerow(["trial", "status", *names, *figures, "epochs", "steps", "seconds", "run", "message"])
    for result in results:
        outcome = result.outcome
        measured = (outcome.average_accuracy, outcome.best_loss, outcome.score)
        writer.writerow(
            [
                result.number,
                outcome.status,
                *(result.values[name] for name in names),
                *("" if figure is None else repr(figure) for figure in measured),
                outcome.epochs,
                outcome.steps,
                outcome.seconds,
                outcome.run,
                " ".join(outcome.message.split()),
            ]
        )
    write_text(path, text.getvalue())


def report_table(results: Sequence[Result], space: Space, objective: Objective) -> tuple[list[str], list[list[str]]]:
    """Return heading and rows in the shape of the course report's tables."""
    names = [parameter.name for parameter in space.parameters]
    heading = [*(name.replace("_", " ").capitalize() for name in names), "Avg. Val (D) Accuracy", "Best Val G-Loss"]
    own = (objective.figure, objective.judge, objective.epochs) not in ((LOSS, "best", None), (ACCURACY, "mean", None))
    if own:
        heading.append(str(objective))
    rows = []
    for result in results:
        outcome = result.outcome
        figures = [outcome.average_accuracy, outcome.best_loss, *([outcome.score] if own else [])]
        shown = ["" if figure is None else f"{figure:.3f}" for figure in figures]
        if outcome.status != COMPLETED:
            shown[0] = f"{shown[0]} ({outcome.status})".strip()
        rows.append([*(str(result.values[name]) for name in names), *shown])
    return heading, rows


def markdown(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


# What TeX does not print as it stands.
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


def draw_curves(path: Path, results: Sequence[Result], trials: Trials) -> None:
    """Draw the objective's figure over the epochs, a line a run."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    by_run = {result.outcome.run: result for result in results if result.outcome.epochs}
    for name, result in by_run.items():
        rows = RunDirectory(trials.runs / name).rows()
        values = ", ".join(str(value) for value in result.values.values() if value != "")
        style = "-" if result.outcome.status == COMPLETED else ":"
        marker = "o" if len(rows) == 1 else None
        shown = [row.get(trials.objective.figure, float("nan")) for row in rows]
        axes.plot([row["epoch"] for row in rows], shown, style, marker=marker, label=f"{result.number}: {values}")
    axes.set(xlabel="epoch", ylabel=trials.objective.figure)
    axes.grid(alpha=0.3)
    if 0 < len(by_run) <= 20:
        axes.legend(fontsize="x-small")
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=100)


def draw_parallel_coordinates(path: Path, ended: Sequence[Result], space: Space, objective: Objective) -> None:
    """Draw a vertical axis a parameter and one for the score, a line a trial, colored by its score."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    scored = [result for result in ended if result.outcome.score is not None]
    scores = [result.outcome.score for result in scored]
    low, high = min(scores), max(scores)
    figure = Figure(figsize=(2 + 2 * len(space.parameters), 4), layout="constrained")
    axes = figure.subplots()
    ticks: list[dict[float, str]] = []
    places: list[list[float | None]] = []
    for parameter in space.parameters:
        values = [result.values[parameter.name] for result in scored]
        if parameter.choices is not None:
            labels = list(parameter.choices)
            place = {name: index / max(1, len(labels) - 1) for index, name in enumerate(labels)}
            ticks.append({height: name for name, height in place.items()})
            places.append([place.get(value) for value in values])
        else:
            from_low = _fraction(parameter)
            ticks.append({0.0: f"{parameter.low:g}", 1.0: f"{parameter.high:g}"})
            places.append([None if value == "" else from_low(value) for value in values])
    span = (high - low) or 1.0
    ticks.append({0.0: f"{low:.4g}", 1.0: f"{high:.4g}"})
    places.append([(score - low) / span for score in scores])
    for index, score in enumerate(scores):
        height = (score - low) / span
        color = colormaps["viridis"](1 - height if objective.mode == "min" else height)
        points = [(column, places[column][index]) for column in range(len(places)) if places[column][index] is not None]
        axes.plot(*zip(*points, strict=True), color=color, alpha=0.8)
    for column, marks in enumerate(ticks):
        axes.axvline(column, color="gray", linewidth=0.8)
        for height, name in marks.items():
            axes.annotate(name, (column, height), fontsize="small", xytext=(3, 3), textcoords="offset points")
    names = [parameter.name for parameter in space.parameters]
    axes.set_xticks(range(len(ticks)), [*names, str(objective)], fontsize="small")
    axes.set_yticks([])
    axes.set_xlim(-0.2, len(ticks) - 0.4)
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=100)


def _fraction(parameter: Parameter) -> Callable[[float], float]:
    """Return a function from a value to where in its range it lies, from 0 to 1."""
    change = math.log if parameter.log else float
    low, high = change(parameter.low), change(parameter.high)
    return lambda value: (change(value) - low) / (high - low)


def write_hparams(folder: Path, ended: Sequence[Result], space: Space) -> None:
    """Write what TensorBoard's HParams tab shows: `tensorboard --logdir` the search."""
    from tensorboard.plugins.hparams import api

    figures = ("score", "average_val_critic_accuracy", "best_val_generator_loss")
    for file in folder.rglob("events*"):
        file.unlink()
    with tf.summary.create_file_writer(str(folder)).as_default():
        api.hparams_config(
            hparams=[api.HParam(parameter.name) for parameter in space.parameters],
            metrics=[api.Metric(figure) for figure in figures],
        )
    for result in ended:
        outcome = result.outcome
        with tf.summary.create_file_writer(str(folder / result.number)).as_default():
            api.hparams({name: value for name, value in result.values.items() if value != ""}, result.number)
            for name, figure in zip(figures, (outcome.score, outcome.average_accuracy, outcome.best_loss), strict=True):
                if figure is not None:
                    tf.summary.scalar(name, figure, step=outcome.steps)


def draw_best(path: Path, best: Sequence[Result], trials: Trials) -> None:
    """Draw the last sample grids of the best trials side by side, the best one on the left."""
    from matplotlib.figure import Figure

    listed = [(result, sorted((trials.runs / result.outcome.run / "samples").glob("step_*.png"))) for result in best]
    shown = [(result, files[-1]) for result, files in listed if files]
    if not shown:
        return
    figure = Figure(figsize=(4 * len(shown), 4.6), layout="constrained")
    for axes, (result, file) in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        with Image.open(file) as picture:
            axes.imshow(picture.convert("RGB"), interpolation="nearest")
        values = ", ".join(f"{name} {value}" for name, value in result.values.items() if value != "")
        axes.set_title(f"{result.number}: {result.outcome.score:.4g}\n{values}", fontsize="small", wrap=True)
        axes.axis("off")
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=100)


def write_best(path: Path, best: Result, count: int, trials: Trials) -> None:
    """Write best.yaml: the configuration of the best trial, budget included."""
    config = RunDirectory(trials.runs / best.outcome.run).config.read_text(encoding="utf-8")
    head = f"# The best of {count} trials: {best.number}, {trials.objective} {best.outcome.score!r}\n"
    write_text(path, head + f"# after {best.outcome.epochs} epochs. Again: python train.py --config {path}\n" + config)


def write_tables(trials: Trials, ended: Sequence[Result]) -> None:
    """Write the three tables: all that is written while the search goes on."""
    write_table(trials.folder / "results.csv", ended, trials.space)
    heading, rows = report_table(ended, trials.space, trials.objective)
    write_text(trials.folder / "results.md", markdown(heading, rows))
    write_text(trials.folder / "results.tex", latex(heading, rows))


def write_all(trials: Trials, ended: Sequence[Result], top: int) -> list[Result]:
    """Write everything; return the completed trials, the best one first."""
    write_tables(trials, ended)
    write_hparams(trials.folder / "tensorboard", ended, trials.space)
    draw_curves(trials.folder / "curves.png", ended, trials)
    best = best_first(ended, trials.objective)
    if best:
        draw_parallel_coordinates(trials.folder / "parallel.png", ended, trials.space, trials.objective)
        draw_best(trials.folder / "best.png", best[:top], trials)
        write_best(trials.folder / "best.yaml", best[0], len(ended), trials)
    return best
