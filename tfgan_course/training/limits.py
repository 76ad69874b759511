"""The limits of a training: minutes, minutes of CPU, and images, in place of a number of epochs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tfgan_course.config.schema import LIMITS, TrainConfig
from tfgan_course.errors import require
from tfgan_course.runs.checkpoints import steps_saved
from tfgan_course.runs.clock import Clock, TrainedTime, time_of
from tfgan_course.runs.directory import RunDirectory


@dataclass
class Limits:
    """Says whether a training has reached one of the limits in its configuration, and how long it has left.

    Args:
        config: the configuration.
        clock: the clock of the run. Minutes are those of its session.
    """

    config: TrainConfig
    clock: Clock

    def reached(self, step: int) -> str | None:
        """Return the name of a limit that is reached after a step, or None."""
        left = self._left(self.clock.session)
        if self.config.last_step is not None and step >= self.config.last_step:
            return "max_images"
        return next((name for name, seconds in left.items() if seconds <= 0), None)

    def seconds_left(self) -> float | None:
        """Return the seconds of wall time until a limit of minutes is reached; None without such a limit."""
        session = self.clock.session
        left = self._left(session)
        if "max_cpu_minutes" in left:
            left["max_cpu_minutes"] *= session.seconds / max(session.cpu_seconds, 1e-9)
        return max(0.0, min(left.values())) if left else None

    def _left(self, session: TrainedTime) -> dict[str, float]:
        """Return the seconds left of each limit of minutes, on its own clock."""
        spent = {"max_minutes": session.seconds, "max_cpu_minutes": session.cpu_seconds}
        most = {name: getattr(self.config, name) for name in spent}
        return {name: 60 * minutes - spent[name] for name, minutes in most.items() if minutes is not None}


def message(run: RunDirectory, config: TrainConfig, limit: str, step: int) -> str:
    """Return the message for a training that a limit has ended: how to go on."""
    least = f" --max_images N, with N above {config.max_images}" if limit == "max_images" else ""
    least_here = "max_images=N" if limit == "max_images" else ""
    return (
        f"Stopped at step {step}: {limit} {getattr(config, limit):g} is reached, and the state is saved. Go on with: "
        f"python -m tfgan_course train --resume {run.path}{least}, or load_run({str(run.path)!r}).resume({least_here})"
    )


def without_others(given: Mapping[str, object]) -> dict[str, None]:
    """Return the limits that the user has not given, with None, if the user has given another length of the training.

    So `epochs` typed beside a file with `max_minutes` trains these epochs.

    Args:
        given: the options that the user has typed, or passed from Python, with their values.

    Raises:
        UserError: for a limit beside epochs.
    """
    lengths = [name for name in ("epochs", *LIMITS) if given.get(name) is not None]
    require(
        "epochs" not in lengths or len(lengths) == 1,
        f"epochs or a limit ({', '.join(LIMITS)}), which ends the training in place of epochs",
        " and ".join(lengths),
        "Leave one out",
    )
    return {name: None for name in LIMITS if name not in lengths} if lengths else {}


def with_time_left(config: TrainConfig, run: RunDirectory) -> TrainConfig:
    """Return the configuration with the minutes that a run has left, for a run that was stopped before its limit.

    Each session of a run has the minutes of its configuration; searches and comparisons give all sessions together
    these minutes. A run without a minute left has limits of 0.
    """
    latest = max(steps_saved(run.checkpoints), default=0)
    spent = time_of(run, latest)
    times = {"max_minutes": spent.seconds, "max_cpu_minutes": spent.cpu_seconds}
    left = {
        name: max(0.0, getattr(config, name) - times[name] / 60)
        for name in LIMITS
        if name in times and getattr(config, name) is not None
    }
    return replace(config, **left)
