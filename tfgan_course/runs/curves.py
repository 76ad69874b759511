"""Loss and accuracy curves of a run."""

from pathlib import Path

from tfgan_course.figures.titles import as_written
from tfgan_course.files import written_whole


def draw_curves(rows: list[dict[str, float]], path: Path, title: str) -> None:
    """Draws the losses and the critic's accuracies over the steps, training beside validation.

    Args:
        rows: of history.csv.
        path: of the picture; its ending gives the format.
        title: above the curves.
    """
    from matplotlib.figure import Figure  # slow to import, and `sample` needs none

    figure = Figure(figsize=(10, 4), layout="constrained")
    figure.suptitle(as_written(title))
    panels = {
        "loss": ("critic_loss", "generator_loss"),
        "critic accuracy": ("critic_accuracy_real", "critic_accuracy_fake"),
    }
    steps = [row["step"] for row in rows]
    for axes, (label, names) in zip(figure.subplots(1, 2), panels.items(), strict=True):
        for color, name in zip(("tab:blue", "tab:orange"), names, strict=True):
            axes.plot(steps, [row[name] for row in rows], color=color, label=name)
            if f"val_{name}" in rows[0]:
                validation = [row[f"val_{name}"] for row in rows]
                axes.plot(steps, validation, color=color, linestyle="--", label=f"val_{name}")
        axes.set(xlabel="step", ylabel=label)
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=100)
