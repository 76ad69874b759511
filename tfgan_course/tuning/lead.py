"""Run a search whose state is in its folder: as a single process, as the chief of workers, or as a worker."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from tfgan_course.errors import Interrupted, UserError, require
from tfgan_course.training.interrupts import stop_on_signals
from tfgan_course.training.workers import Workers
from tfgan_course.tuning.oracles import RetryingOracle
from tfgan_course.tuning.plan import Plan
from tfgan_course.tuning.results import command, results, write_all, write_tables
from tfgan_course.tuning.search import HEARTBEAT, client, search, serve
from tfgan_course.tuning.trials import FAILED, Trials, number_of


def lead(
    folder: Path,
    workers: Workers | None = None,
    *,
    trials: int | None = None,
    places: Mapping[str, str] = {},
    chief: str | None = None,
    patience: float = 60.0,
    top: int = 4,
) -> None:
    """Run a search to the end, from the beginning or from its saved state, and write its results.

    Args:
        folder: the search's folder, see `begin`.
        workers: the processes that train each trial together; unless given, only this process.
        trials: how many trials there are to be in all; as planned unless given.
        places: where the files are now that the trials read, by option; see `Plan.move`.
        chief: HOST:PORT, to lead workers that run the trials; None runs them here.
        patience: seconds without a heartbeat after which a worker is considered dead.
        top: how many of the best trials to show samples of.

    Raises:
        UserError: for mistakes that the user can correct, and if no trial was completed.
        Interrupted: after a signal; the state is saved.
    """
    plan, workers = Plan.read(folder), workers or Workers()
    try:
        lock = FileLock(folder / ".lock").acquire(timeout=0)
    except Timeout as error:
        raise UserError(
            expected=f"a search that no other process leads: {folder}",
            received="one that another process leads",
            remedy="Wait for that process to end, or start a worker for its chief",
        ) from error
    with lock:
        if trials is not None:
            plan.allow(folder, trials)
        plan.check_base(folder)
        if places:
            plan.move(folder, places)
        runner = runner_of(folder, plan, workers)
        oracle = plan.oracle_of(folder, patience if chief else None)
        print(f"Search: {folder}, {plan.search}, {runner.objective}", flush=True)
        try:
            if chief:
                serve(oracle, chief, lambda: report_last(oracle, runner))
            else:
                with stop_on_signals() as runner.asked_to_stop, workers.leading():
                    search(oracle, "tuner0", runner, lambda number, outcome: report_last(oracle, runner))
        except (Interrupted, KeyboardInterrupt) as error:
            if not chief:
                oracle.give_back()
            go_on = f"tune --resume {shlex.quote(str(folder))}" + (f" --chief {chief}" if chief else "")
            print(f"The search is saved in {folder}. Continue with: {command(go_on)}", file=sys.stderr, flush=True)
            raise Interrupted from error
        conclude(oracle, runner, top)


def work(folder: Path, chief: str, name: str, workers: Workers | None = None) -> None:
    """Run trials for a chief until there are no more.

    Args:
        folder: the search's folder, which chief and workers share.
        chief: HOST:PORT of the chief.
        name: the worker's name; no other worker has it.
        workers: the processes that train each trial together; this one alone unless given.

    Raises:
        UserError: if the chief fails or does not answer.
        Interrupted: after a signal; the trial is saved.
    """
    plan = Plan.read(folder)
    runner = runner_of(folder, plan, workers or Workers())
    oracle = client(plan.oracle(), chief, name)

    def ended(number: str, outcome) -> None:
        print(f"{name}: trial {number} {outcome.status} {outcome.message}", flush=True)

    try:
        with stop_on_signals() as runner.asked_to_stop:
            search(oracle, name, runner, ended, heartbeat=HEARTBEAT)
    except (Interrupted, KeyboardInterrupt) as error:
        go_on = command(f"tune --out {shlex.quote(str(folder))} --chief {chief} --worker {name}")
        print(f"The trial is saved in {runner.runs}. Continue with: {go_on}", file=sys.stderr, flush=True)
        raise Interrupted from error


def runner_of(folder: Path, plan: Plan, workers: Workers) -> Trials:
    """Return the `Trials` object that runs the trials of a search; see `Plan.check_base`."""
    plan.check_base(folder)
    return Trials(folder, plan.space, plan.objective, plan.pruning, workers, paths=plan.paths)


def report_last(oracle: RetryingOracle, runner: Trials) -> None:
    """Write the tables and print how the last trial ended."""
    ended = results(oracle, runner)
    write_tables(runner, ended)
    number = number_of(oracle.end_order[-1])
    for result in ended:
        if result.number == number:
            score = result.outcome.message if result.outcome.score is None else f"{result.outcome.score:.6g}"
            print(f"Trial {number} {result.outcome.status}: {result.values} -> {score}", flush=True)


def conclude(oracle: RetryingOracle, runner: Trials, top: int) -> None:
    """Write all results and print which trial is the best and how to train it in full.

    Raises:
        UserError: if no trial was completed.
    """
    ended = results(oracle, runner)
    best = write_all(runner, ended, top)
    print((runner.folder / "results.md").read_text(encoding="utf-8"), end="")
    reason = next((result.outcome.message for result in ended if result.outcome.status == FAILED), "no message")
    advice = f"See {runner.folder / 'results.csv'} for the reason of each"
    require(bool(best), "at least one completed trial", f"none of {len(ended)} ({reason})", advice)
    print(f"Best: trial {best[0].number}, {best[0].outcome.score:.6g}. To train it in full:")
    print(command(f"train --config {shlex.quote(str((runner.folder / 'best.yaml').resolve()))}"))
