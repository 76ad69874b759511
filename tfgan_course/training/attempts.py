"""Trainings that are begun, stopped or killed, and tried again: the trials of a search, the runs of a comparison."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import UserError
from tfgan_course.runs.checkpoints import last_saved_first
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.training.limits import with_time_left
from tfgan_course.training.session import TrainingSession
from tfgan_course.training.workers import Workers


def train_on(
    config: TrainConfig,
    text: str,
    path: Path,
    workers: Workers,
    asked_to_stop: Callable[[], bool],
    enough: Callable[[RunDirectory], bool] = lambda run: False,
) -> RunDirectory:
    """Train a run to its end: from the last checkpoint of an earlier attempt, if there is one, in the time left.

    Args:
        config: the configuration, made in the strategy's scope.
        text: the configuration as YAML.
        path: the run directory.
        workers: the processes that train together.
        asked_to_stop: see `TrainingSession`.
        enough: a function that returns whether an earlier attempt has trained enough.

    Raises:
        Interrupted: if the user has asked to stop, after the state is saved.
    """
    run = earlier(path)
    if run is None:
        return TrainingSession(config, text, workers, asked_to_stop).begin(path)
    config = with_time_left(config, run)
    if enough(run) or 0 in (config.max_minutes, config.max_cpu_minutes):
        return run
    return TrainingSession(config, text, workers, asked_to_stop).resume(run)


def earlier(path: Path) -> RunDirectory | None:
    """Return the run of an earlier attempt. If it has no checkpoint to resume from, delete it and return None."""
    if not (path / "config.yaml").is_file():
        shutil.rmtree(path, ignore_errors=True)
        return None
    run = RunDirectory(path)
    while True:  # a worker that was considered dead may still be alive and train the run
        try:
            run.lock().release()
            break
        except UserError:
            time.sleep(1)
    if last_saved_first(run.checkpoints):
        return run
    shutil.rmtree(path)
    return None
