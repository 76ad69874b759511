"""Run a search that lies in its folder: alone, as the chief of workers elsewhere, or as one of these workers."""

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from tfgan_course.errors import Interrupted, UserError
from tfgan_course.training.interrupts import stop_on_signals
from tfgan_course.training.workers import Workers
from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.oracles import RetryingOracle
from tfgan_course.tuning.plan import Plan
from tfgan_course.tuning.results import results, write_all, write_tables
from tfgan_course.tuning.search import HEARTBEAT, client, search, serve
from tfgan_course.tuning.trials import FAILED, Pruning, Trials


def lead(
    folder: Path, workers: Workers | None = None, *, chief: str | None = None, patience: float = 60.0, top: int = 4
) -> None:
    """Search to the end, from the beginning or from where the search stood, and write its results.

    Args:
        folder: the search's, see `begin`.
        workers: the processes that train each trial together; this one alone unless given.
        chief: HOST:PORT, to lead workers that run the trials; None runs them here.
        patience: seconds without a heartbeat after which a worker is considered dead.
        top: how many of the best trials to show samples of.

    Raises:
        UserError: for what the user can mend, and if no trial was completed.
        Interrupted: after a signal, when the state is saved.
    """
    plan, workers = Plan.read(folder), workers or Workers()
    try:
        lock = FileLock(folder / ".lock").acquire(timeout=0)
    except Timeout as error:
        raise UserError(f"another process leads the search {folder}. Help it with --worker, or wait") from error
    with lock:
        trials = trials_of(folder, plan, workers)
        oracle = plan.oracle_of(folder, patience if chief else None)
        print(f"Search: {folder}, {plan.search}, {trials.objective}", flush=True)
        if chief:
            serve(oracle, chief, table_writer(oracle, trials))
        else:
            with stop_on_signals() as trials.asked_to_stop, workers.leading():
                try:
                    search(oracle, "tuner0", trials, lambda number, outcome: report_last(oracle, trials))
                except Interrupted:
                    oracle.give_back()
                    raise
        conclude(oracle, trials, top)


def work(folder: Path, chief: str, name: str, workers: Workers | None = None) -> None:
    """Run trials for a chief until there are no more.

    Args:
        folder: the search's, which chief and workers share.
        chief: HOST:PORT of the chief.
        name: of this worker; no other has it.
        workers: the processes that train each trial together; this one alone unless given.
    """
    plan = Plan.read(folder)
    trials = trials_of(folder, plan, workers or Workers())
    oracle = client(plan.oracle(), chief, name)

    def ended(number: str, outcome) -> None:
        print(f"{name}: trial {number} {outcome.status} {outcome.message}", flush=True)

    with stop_on_signals() as trials.asked_to_stop:
        search(oracle, name, trials, ended, heartbeat=HEARTBEAT)


def trials_of(folder: Path, plan: Plan, workers: Workers) -> Trials:
    """Return what runs the trials of a search."""
    pruning = Pruning(**plan.pruning) if plan.pruning else None
    return Trials(folder, plan.space, Objective(**plan.objective), pruning, workers)


def table_writer(oracle: RetryingOracle, trials: Trials) -> Callable[[], None]:
    """Return a function for the chief to call between requests, which writes the tables anew when a trial has ended."""
    known = -1

    def look() -> None:
        nonlocal known
        if len(oracle.end_order) != known:
            known = len(oracle.end_order)
            report_last(oracle, trials)

    return look


def report_last(oracle: RetryingOracle, trials: Trials) -> None:
    """Write the tables and print how the last trial ended."""
    ended = results(oracle, trials)
    write_tables(trials, ended)
    if oracle.end_order:
        number = f"{int(oracle.end_order[-1]):04d}"
        last = next((result for result in ended if result.number == number), None)
        if last:
            score = f"{last.outcome.score:.6g}" if last.outcome.score is not None else last.outcome.message
            print(f"Trial {number} {last.outcome.status}: {last.values} -> {score}", flush=True)


def conclude(oracle: RetryingOracle, trials: Trials, top: int) -> None:
    """Write everything and name the best trial.

    Raises:
        UserError: if no trial was completed.
    """
    ended = results(oracle, trials)
    best = write_all(trials, ended, top)
    print((trials.folder / "results.md").read_text(encoding="utf-8"), end="")
    if not best:
        reason = next((result.outcome.message for result in ended if result.outcome.status == FAILED), "")
        raise UserError(f"none of {len(ended)} trials was completed; see {trials.folder / 'results.csv'}. {reason}")
    again = f"python train.py --config {trials.folder / 'best.yaml'}"
    print(f"Best: trial {best[0].number}, {best[0].outcome.score:.6g}. {again}")
