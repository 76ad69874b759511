"""The end of a training: its last files, and its last words."""

from tfgan_course.config.schema import TrainConfig
from tfgan_course.figures.grids import save_animation
from tfgan_course.runs.curves import draw_curves
from tfgan_course.runs.directory import RunDirectory


def nothing_to_train(run: RunDirectory, config: TrainConfig, epochs: int, stopped: bool) -> str:
    """Return the message for the resume of a run that is finished or was ended by early stopping."""
    if stopped:
        return (
            f"Early stopping has ended {run.path} after {epochs} epochs. To train more, raise early_stopping.patience "
            f"(now {config.early_stopping.patience}) in {run.config} and resume the run"
        )
    return f"{run.path} has trained all {epochs} epochs. To train more, resume it with epochs above {epochs}"


def finish(run: RunDirectory) -> None:
    """Write the summary, the curves and the animation of the samples, from the files of the run."""
    run.write_summary()
    rows = run.rows()
    if rows:
        draw_curves(rows, run.path / "curves.png", run.path.name)
    save_animation(run.path / "samples.gif", sorted(run.samples.glob("step_*.png")))
