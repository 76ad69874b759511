"""The time that a run has trained, in all its sessions. checkpoints/clock.json has it for each checkpoint."""

import time
from pathlib import Path
from typing import NamedTuple

from tfgan_course.files import read_json, write_json
from tfgan_course.runs.directory import RunDirectory


class TrainedTime(NamedTuple):
    """Seconds of training: on the wall, and of the process on all its cores together."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0


class Clock:
    """Measures how long a run has trained; it starts when it is made.

    Args:
        run: the run directory.
        step: the step from which this session trains; the clock continues from the time of its checkpoint.
    """

    def __init__(self, run: RunDirectory, step: int = 0):
        self.file = _file(run)
        self.before = time_of(run, step)
        self.began = TrainedTime(time.monotonic(), time.process_time())

    @property
    def session(self) -> TrainedTime:
        """The time of this session."""
        return TrainedTime(time.monotonic() - self.began.seconds, time.process_time() - self.began.cpu_seconds)

    @property
    def total(self) -> TrainedTime:
        """The time of all sessions, up to now. What followed the last checkpoint of a killed session is not counted."""
        return TrainedTime(*map(sum, zip(self.before, self.session, strict=True)))

    def save(self, step: int) -> None:
        """Write down the time of a checkpoint, after the checkpoint is saved."""
        kept = {path.stem.partition("-")[2] for path in self.file.parent.glob("step-*.index")}
        times = {name: found for name, found in _read(self.file).items() if name in kept and int(name) < step}
        rounded = {name: round(value, 3) for name, value in self.total._asdict().items()}
        write_json(self.file, times | {str(step): rounded})


def time_of(run: RunDirectory, step: int) -> TrainedTime:
    """Return how long a run had trained at a checkpoint, or at the last checkpoint before that step; 0 if unknown."""
    times = {known: found for known, found in times_of(run).items() if known <= step}
    return times[max(times)] if times else TrainedTime()


def times_of(run: RunDirectory) -> dict[int, TrainedTime]:
    """Return how long a run had trained, by the steps of its checkpoints."""
    return {int(step): TrainedTime(**times) for step, times in _read(_file(run)).items()}


def _file(run: RunDirectory) -> Path:
    return run.checkpoints / "clock.json"


def _read(file: Path) -> dict[str, dict[str, float]]:
    """Return the times in the file, by step. A file that is damaged counts as none: only times are lost."""
    try:
        return {
            str(int(step)): {name: float(times[name]) for name in TrainedTime._fields}
            for step, times in read_json(file).items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
