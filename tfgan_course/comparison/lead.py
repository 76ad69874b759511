"""Lead a comparison: each run in a process of its own, one after the other, then the table and the page."""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tfgan_course.comparison.page import page
from tfgan_course.comparison.plan import Comparison
from tfgan_course.comparison.results import Results, row_text
from tfgan_course.comparison.worker import TAKEN
from tfgan_course.errors import Interrupted, UserError
from tfgan_course.files import printable, write_text
from tfgan_course.live import SECONDS_BETWEEN, NotebookBar, screen
from tfgan_course.runs.clock import times_of
from tfgan_course.runs.directory import RunDirectory

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BEFORE_A_GUESS = 20.0
"""How long a run is trained before its first checkpoints say how long it will take."""


def lead(comparison: Comparison, asked_to_stop: Callable[[], bool]) -> Results:
    """Train and judge all runs of a comparison that are not finished, and return the results.

    Args:
        comparison: the comparison.
        asked_to_stop: a function that returns whether the user has asked to stop.

    Raises:
        Interrupted: if the user has asked to stop, after the state is saved.
        UserError: if the judge cannot be trained.
    """
    progress = Progress(comparison)
    if not comparison.judge_is_ready():
        if process("judge", comparison, asked_to_stop, progress) != 0:
            error = last_line(comparison.path / "judge.log")
            raise UserError(
                expected="a judge, a classifier trained on the images",
                received=error.removeprefix("error: "),
                remedy="Name another: --features",
            )
        print(f"The judge's test accuracy: {100 * (comparison.accuracy() or 0):.2f} %", flush=True)
    taken = []
    for name in comparison.names:
        if comparison.finished(name):
            continue
        began = time.monotonic()
        status = process(name, comparison, asked_to_stop, progress)
        if status == TAKEN:
            taken.append(name)
            continue
        record = comparison.record(name)
        if status != 0 and "failed" not in record:  # the process was killed, because memory was full for example
            comparison.write(name, record | {"failed": f"its process ended with status {status}: see runs/{name}.log"})
        progress.ended(time.monotonic() - began)
        print(row_text(name, comparison.record(name)), flush=True)
        write(Results.of(comparison))
    progress.end()
    if taken:
        print(f"Another process is training {', '.join(taken)}: --resume takes its results in later")
    results = Results.of(comparison)
    write(results)
    return results


def write(results: Results) -> None:
    """Write compare.json, compare.csv and compare.html into the folder of the comparison."""
    results.write()
    write_text(results.comparison.path / "compare.html", page(results))


def process(name: str, comparison: Comparison, asked_to_stop: Callable[[], bool], progress: "Progress") -> int:
    """Run a worker until it ends, and return its exit status.

    Raises:
        Interrupted: if the user has asked to stop, after the worker has saved its state and ended.
    """
    if asked_to_stop():
        raise Interrupted(saved=comparison.path)
    log = comparison.path / "judge.log" if name == "judge" else comparison.runs / f"{name}.log"
    words = [sys.executable, "-m", "tfgan_course.comparison.worker", str(comparison.path), name, str(os.getpid())]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
    # The package need not be installed: the worker finds this one. Its own session keeps Ctrl-C away from the worker,
    # which is asked to stop below.
    places = [str(Path(__file__).parents[2]), *filter(None, [environment.get("PYTHONPATH")])]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(places))
    with log.open("a", encoding="utf-8") as output:
        worker = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, start_new_session=True
        )
    progress.begin(name)
    asked = False
    try:
        while worker.poll() is None:
            progress.show()
            time.sleep(SECONDS_BETWEEN_LOOKS)
            if not asked and asked_to_stop():
                asked = True
                worker.send_signal(signal.SIGTERM)
    finally:
        progress.close()
        if worker.poll() is None:  # a second Ctrl-C
            worker.kill()
            worker.wait()
    if asked:
        raise Interrupted(saved=comparison.path)
    return worker.returncode


def last_line(log: Path) -> str:
    """Return the last line of a worker's output."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.is_file() else []
    return printable(next((line for line in reversed(lines) if line.strip()), "no output"))


class Progress:
    """Prints which run is trained, for how long, and how long all runs will take from now on.

    On a terminal the line is redrawn in place, and so is a notebook's bar, one for all runs. In a file there is a line
    at the beginning of each run and each minute.
    """

    def __init__(self, comparison: Comparison):
        self.comparison = comparison
        self.durations: list[float] = []
        self.open = False
        self.bar = NotebookBar() if screen() == "notebook" else None

    def begin(self, name: str) -> None:
        """Note that a run begins."""
        self.name, self.began, self.shown = name, time.monotonic(), -SECONDS_BETWEEN["file"]

    def ended(self, seconds: float) -> None:
        """Note that a run took so long, with its judgment."""
        self.durations.append(seconds)

    def show(self) -> None:
        """Print the line, if it is time to."""
        now, on_terminal = time.monotonic(), screen() == "terminal"
        if now - self.shown < SECONDS_BETWEEN[screen()]:
            return
        self.shown = now
        if self.bar:
            self.bar.show(self._finished() / len(self.comparison.names), self.text(now - self.began))
            return
        print(
            "\r" * on_terminal + self.text(now - self.began).ljust(78 * on_terminal),
            end="" if on_terminal else "\n",
            flush=True,
        )
        self.open = on_terminal

    def close(self) -> None:
        """End the line that was redrawn in place."""
        if self.open:
            print(flush=True)
        self.open = False

    def end(self) -> None:
        """Let a notebook's bar say how many runs are finished."""
        if self.bar:
            done, runs = self._finished(), len(self.comparison.names)
            self.bar.show(done / runs, f"{done} of {runs} runs are finished")

    def _finished(self) -> int:
        return sum(self.comparison.finished(name) for name in self.comparison.names)

    def text(self, elapsed: float) -> str:
        """Return the line."""
        names = self.comparison.names
        left = [name for name in names if not self.comparison.finished(name)]
        if self.name == "judge":
            return f"training the judge, {clock(elapsed)}; then {len(left)} run{'s' * (len(left) != 1)}"
        seconds = self.seconds_left(elapsed, len(left))
        rest = "" if seconds is None else f", {clock(seconds)} left in all"
        variant, seed = self.comparison.variant_and_seed(self.name)
        return f"run {names.index(self.name) + 1} of {len(names)}: {variant}, seed {seed}, {clock(elapsed)}{rest}"

    def seconds_left(self, elapsed: float, runs: int) -> float | None:
        """Return the expected seconds until `runs` runs, of which the first runs already, are done; None if unknown."""
        plan = self.comparison.plan
        if self.durations:
            whole = statistics.fmean(self.durations)
        elif plan.budget == "minutes":
            whole = 60 * plan.amount + 60
        elif elapsed < SECONDS_BEFORE_A_GUESS or (whole := self.seconds_of_run()) is None:
            return None
        return max(0.0, whole - elapsed) + whole * max(0, runs - 1)  # the present run may have just been judged

    def seconds_of_run(self) -> float | None:
        """Return the expected seconds of the present run, by the clock of its latest checkpoint; None if unknown."""
        plan, path = self.comparison.plan, self.comparison.runs / self.name
        times = times_of(RunDirectory(path)) if (path / "config.yaml").is_file() else {}
        if not times:
            return None
        trained = times[step := max(times)]
        if plan.budget == "cpu_minutes":
            done = trained.cpu_seconds / (60 * plan.amount)
        else:
            done = step * self.comparison.settings(self.name).make().images_shown_per_step / plan.amount
        return trained.seconds / done if done else None


def clock(seconds: float) -> str:
    """Return a time as hours, minutes and seconds."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
