"""A process of a comparison: it trains and judges one run, or trains the judge, and ends.

`python -m tfgan_course.comparison.worker FOLDER NAME PARENT`, where NAME is a run or `judge`, and PARENT the number of
the process that waits. If that process is gone, the worker saves its state and ends. Exit status: 0, also for a run
that failed, because its record says so; 2 for a judge that failed; 75 if another process trains this run; 130 if the
worker was stopped.
"""

import datetime
import math
import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import tensorflow as tf
from filelock import FileLock, Timeout

from tfgan_course.comparison.plan import CURVE_SAMPLES, POINTS, Comparison, Plan
from tfgan_course.errors import Diverged, Interrupted, UserError, first_line
from tfgan_course.evaluation.evaluation import evaluate
from tfgan_course.evaluation.extractors import extractor_of
from tfgan_course.figures.grids import grid, save_image
from tfgan_course.runs.checkpoints import restore, steps_saved
from tfgan_course.runs.clock import times_of
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.environment import environment
from tfgan_course.runs.open import Run, load_run
from tfgan_course.training.attempts import train_on
from tfgan_course.training.distribution import make_strategy
from tfgan_course.training.interrupts import stop_on_signals
from tfgan_course.training.workers import Workers

METRICS = ("frechet", "kernel", "prdc")
FIGURES = ("frechet", "kernel", "precision", "recall", "density", "coverage")
SHOWN = 10
"""The number of images that the page shows of a run."""
TAKEN = 75
SECONDS_FOR_ORPHANS = 30.0
"""How long to wait for a worker whose parent was killed: it ends after its step."""


def main(folder: str, name: str, parent: int) -> int:
    """Do the work, and return the exit status."""
    comparison = Comparison(folder)

    def orphaned() -> bool:
        return os.getppid() != parent

    lock = FileLock(comparison.path / f".{name}.lock")
    try:
        lock.acquire(timeout=-1 if name == "judge" else SECONDS_FOR_ORPHANS)
    except Timeout:
        return TAKEN
    try:
        with lock:
            if name == "judge":
                train_judge(comparison, orphaned)
            else:
                do(comparison, name, orphaned)
    except (Interrupted, KeyboardInterrupt):
        return 130
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def train_judge(comparison: Comparison, orphaned: Callable[[], bool]) -> None:
    """Train the classifier that judges, from its last finished epoch if it was stopped."""
    from tfgan_course.classifier.config import configure
    from tfgan_course.classifier.run import ClassifierRun
    from tfgan_course.classifier.train import resume, train

    path = comparison.path / "judge"
    with stop_on_signals() as asked:
        stop = lambda: asked() or orphaned()  # noqa: E731
        if (path / "config.yaml").is_file():
            resume(ClassifierRun(path), stop)
        else:
            shutil.rmtree(path, ignore_errors=True)
            train(*configure(["--config", str(comparison.path / "judge.yaml")]), path, stop)


def do(comparison: Comparison, name: str, orphaned: Callable[[], bool]) -> None:
    """Train and judge a run, as far as this is not done, and write its record; a failure becomes its reason."""
    record = comparison.record(name)
    try:
        if "training" not in record:
            run = trained(comparison, name, orphaned)
            record = {"training": facts(run)}
            comparison.write(name, record)
        if record.get("judged_by") != comparison.plan.judged_by:
            record |= judged(comparison, name, record)
            record.pop("failed", None)
            comparison.write(name, record)
    except (Interrupted, KeyboardInterrupt):
        raise
    except Diverged as error:
        comparison.write(name, {"failed": str(error), "diverged": True})
    except UserError as error:
        comparison.write(name, record | {"failed": first_line(error)})
    except Exception as error:  # TensorFlow raises nearly anything; the other runs go on
        comparison.write(name, record | {"failed": f"{type(error).__name__}: {first_line(error)}"})


def trained(comparison: Comparison, name: str, orphaned: Callable[[], bool]) -> RunDirectory:
    """Train a run until its budget is spent, from the last checkpoint if it was stopped."""
    settings = comparison.settings(name)
    workers = Workers(make_strategy(settings["strategy"], settings["replicas"]))
    with stop_on_signals() as asked:
        with workers.strategy.scope():
            config = settings.make()
        stop = lambda: asked() or orphaned()  # noqa: E731
        return train_on(config, settings.yaml(), comparison.runs / name, workers, stop)


def facts(run: RunDirectory) -> dict:
    """Return how a run was trained: steps, times and memory."""
    times = times_of(run)
    step = max(times)
    # The first step, which compiles, and all until the first checkpoint after it are left out.
    begin = min((known for known in times if known > 0), default=step)
    steps = step - begin if step > begin else step
    seconds = times[step].seconds - (times[begin].seconds if step > begin else 0.0)
    return {
        "steps": step,
        "seconds": times[step].seconds,
        "cpu_seconds": times[step].cpu_seconds,
        "seconds_per_step": seconds / max(1, steps),
        "memory_gb": peak_memory() / 1e9,
        "machine": {name: value for name, value in environment().items() if name != "command"},
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }


def peak_memory() -> float:
    """Return the largest number of bytes that this process has used; of the first GPU, if there is one.

    NaN for a GPU that counts none, as on a Mac.
    """
    if tf.config.list_physical_devices("GPU"):
        try:
            return float(tf.config.experimental.get_memory_info("GPU:0")["peak"])
        except (tf.errors.OpError, ValueError, LookupError):
            return math.nan
    status = Path("/proc/self/status")
    if status.is_file():  # Linux, whose getrusage counts the memory of the process that started this one as well
        lines = status.read_text(encoding="utf-8").splitlines()
        return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return float(psutil.Process().memory_info().rss)
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * (1 if sys.platform == "darwin" else 1024)


def judged(comparison: Comparison, name: str, record: dict) -> dict:
    """Return the figures of a trained run, and write its samples."""
    plan = comparison.plan
    run = load_run(comparison.runs / name)
    judge = extractor_of(str(comparison.judge))
    images = run.images()
    judge_by = partial(evaluate, real=images, features=judge, split=plan.split)
    averaged = run.gan.ema_generator is not None
    found = judge_by(run, metrics=METRICS, samples=plan.samples)
    figures = {figure: found[figure] for figure in FIGURES}
    raw = Run(run.directory, run.config, run.gan, average=False)
    figures["frechet_raw"] = (
        judge_by(raw, metrics=["frechet"], samples=plan.samples)["frechet"] if averaged else figures["frechet"]
    )
    samples = run.sample(SHOWN)
    save_image(comparison.runs / f"{name}.png", grid(samples, columns=len(samples)))
    per_step = run.config.images_shown_per_step
    curve, curve_by = record.get("curve") or [], {"features": plan.features, "split": plan.split}
    if record.get("curve_by") != curve_by or not curve:  # after the first judgment, only the latest checkpoint is left
        curve = points(plan, run.directory, per_step)
        for point in curve:
            restore(run.gan, run.directory, str(point["step"]))
            few = min(plan.samples, CURVE_SAMPLES)
            point["frechet"] = judge_by(run, metrics=["frechet"], samples=few)["frechet"]
    keep_latest(run.directory)
    return {
        "judged_by": plan.judged_by,
        "judge": judge.identity,
        "images": record["training"]["steps"] * per_step,
        "averaged": averaged,
        "image_shape": [*run.image_shape],
        "shown": len(samples),
        "figures": figures,
        "curve": curve,
        "curve_by": curve_by,
    }


def points(plan: Plan, run: RunDirectory, images_per_step: int) -> list[dict]:
    """Return the checkpoints at which equal parts of the budget were used, the last one included.

    Each is a dictionary of the part's number, from 1 on, step, images, seconds and cpu_seconds. A run that was resumed
    has more checkpoints than parts. A checkpoint that ends several parts has the number of the last one.
    """
    times = times_of(run)
    found: dict[int, dict] = {}
    known = [
        {"step": step, "images": step * images_per_step, **times[step]._asdict()}
        for step in steps_saved(run.checkpoints)
        if step > 0 and step in times
    ]
    unit, factor = {"minutes": ("seconds", 60), "cpu_minutes": ("cpu_seconds", 60), "images": ("images", 1)}[
        plan.budget
    ]
    for part in range(1, POINTS + 1):
        used = factor * plan.amount * part / POINTS
        reached = next((point for point in known if point[unit] >= used), known[-1] if known else None)
        if reached is not None:
            found[reached["step"]] = {"part": part, **reached}
    return [*found.values()]


def keep_latest(run: RunDirectory) -> None:
    """Delete all checkpoints but the latest: the curve is measured, and they are large."""
    latest = tf.train.latest_checkpoint(str(run.checkpoints))
    if latest is None:
        return
    tf.compat.v1.train.update_checkpoint_state(str(run.checkpoints), latest, [latest])
    for file in run.checkpoints.glob("step-*"):
        if file.name.partition(".")[0] != Path(latest).name:
            file.unlink()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
