"""Start a training in each of the processes that train together."""

import gc
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.parser import read
from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import Interrupted, UserError, raised_inside
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.training.interrupts import stop_on_signals
from tfgan_course.training.session import TrainingSession
from tfgan_course.training.workers import WorkerLost, Workers


def launch(
    workers: Workers,
    configure: Callable[[], tuple[TrainConfig, str]],
    *,
    out: str | Path | None = None,
    resume: RunDirectory | None = None,
) -> RunDirectory | None:
    """Train until the end, Ctrl-C or SIGTERM. The chief trains one run; the other workers train what it announces.

    Args:
        workers: the processes that train together.
        configure: a function that returns the configuration, and this configuration as YAML; only the chief calls it,
            in the strategy's scope.
        out: the directory of a new run, or the next free name if it exists.
        resume: the run to resume, instead of a new run.

    Returns:
        The run directory; None for a worker that is not the chief.

    Raises:
        UserError: for a mistake that the user can correct.
        Interrupted: after a signal, when the state is saved.
    """
    with stop_on_signals() as asked_to_stop, workers.together():
        if not workers.chief:
            follow(workers, asked_to_stop)
            return None
        with workers.strategy.scope():
            config, text = configure()
        session = TrainingSession(config, text, workers, asked_to_stop)
        with workers.leading():
            try:
                return session.begin(out) if resume is None else session.resume(resume)
            except tf.errors.OpError as error:
                raise raised_inside(error) or error from error


def follow(workers: Workers, asked_to_stop: Callable[[], bool]) -> None:
    """Take part in each training that the chief announces; this is called in the other workers."""
    while (announced := workers.announced()) is not None:
        keras.backend.clear_session()
        gc.collect()
        with tempfile.TemporaryDirectory() as folder, workers.strategy.scope():
            file = Path(folder) / "config.yaml"
            file.write_text(announced["config"], encoding="utf-8")
            config = read(file)
        session = TrainingSession(config, announced["config"], workers, asked_to_stop)
        try:
            if announced["begins"]:
                session.begin("")
            else:
                session.resume(None)
        except WorkerLost:
            raise
        except UserError as error:  # the chief gets the same error, and decides whether there is more to train
            print(f"error: {error}", file=sys.stderr)
        except Interrupted:
            pass
