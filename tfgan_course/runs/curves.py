"""Draws the loss and accuracy curves of a run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfgan_course.figures.panels import as_written, point_marker, whole_ticks
from tfgan_course.files import written_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS = {
    "loss": ("critic_loss", "generator_loss"),
    "critic accuracy": ("critic_accuracy_real", "critic_accuracy_fake"),
}


def draw_curves(rows: Sequence[Mapping[str, float]], path: Path, title: str) -> None:
    """Draw the losses and the critic's accuracies in training and validation over the steps.

    Args:
        rows: the rows of history.csv, at least one.
        path: the path of the picture; its ending gives the format.
        title: the title above the curves.
    """
    from matplotlib.figure import Figure  # The import is slow, and `sample` does not need it.

    figure = Figure(figsize=(10, 4), layout="constrained")
    figure.suptitle(as_written(title))
    for axes, label in zip(figure.subplots(1, 2), PANELS, strict=True):
        plot_curves(axes, rows, label)
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=100)


def plot_curves(axes: "Axes", rows: Sequence[Mapping[str, float]], label: str) -> None:
    """Plot the curves of one of the `PANELS` over the steps."""
    steps = [row["step"] for row in rows]
    points: dict[str, Any] = {"marker": point_marker(len(rows)), "markersize": 3}
    for color, name in zip(("tab:blue", "tab:orange"), PANELS[label], strict=True):
        axes.plot(steps, [row[name] for row in rows], color=color, label=name, **points)
        if f"val_{name}" in rows[0]:
            validation = [row[f"val_{name}"] for row in rows]
            axes.plot(
                steps, validation, color=color, linestyle="--", label=f"val_{name}", markerfacecolor="white", **points
            )
    axes.set(xlabel="step", ylabel=label)
    whole_ticks(axes.xaxis)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)  # it would cover curves
