"""KerasTuner's oracles, which choose the values of trials, changed to survive the death of any process.

KerasTuner 1.4.8 writes its state in place, so a kill may leave half a file. After reloading, it has lost the position
of a grid search and runs the last finished trial again. Its chief waits for ever for a worker that died.
"""

import json
import math
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import keras_tuner

from tfgan_course.files import write_text
from tfgan_course.tuning.records import read_record
from tfgan_course.tuning.space import Space

RUNNING, IDLE, STOPPED, FAILED = "RUNNING", "IDLE", "STOPPED", "FAILED"
MOST_LOSSES = 3
"""A trial has failed when this number of workers died while they trained it."""


class RetryingOracle(keras_tuner.Oracle):
    """Base of the oracles. It gives the trial of a dead worker to another worker and saves its state atomically.

    Args:
        patience: seconds without a heartbeat after which a worker is considered dead; None if there are no workers.
    """

    ongoing_trials: dict[str, keras_tuner.engine.trial.Trial]

    def __init__(self, *args, patience: float | None = None, **kwargs):
        super().__init__(*args, max_consecutive_failed_trials=math.inf, **kwargs)
        self.verbose = 0
        self.patience = patience
        self.heartbeats: dict[str, float] = {}  # the time of the last heartbeat, by the worker's name
        self.losses: dict[str, int] = defaultdict(int)  # how many workers died, by the trial's id

    @keras_tuner.synchronized
    def create_trial(self, tuner_id):
        """Return a new trial. If there is none, but running trials may come back, its status is IDLE."""
        self.heartbeats[tuner_id] = time.monotonic()
        self.take_back_lost()
        trial = super().create_trial(tuner_id)
        if trial.status == STOPPED and (self.ongoing_trials or self._retry_queue):
            trial.status = IDLE
            self.tuner_ids.add(tuner_id)
        return trial

    def get_trial(self, trial_id):
        """Return a trial. A worker calls this for its own trial while it trains: this is its heartbeat."""
        for tuner_id, trial in list(self.ongoing_trials.items()):
            if trial.trial_id == trial_id:
                self.heartbeats[tuner_id] = time.monotonic()
        return super().get_trial(trial_id)

    @keras_tuner.synchronized
    def take_back_lost(self) -> list[str]:
        """Put the trials of workers without a heartbeat back into the queue; return these workers' names."""
        if self.patience is None:
            return []
        now = time.monotonic()
        silent = [
            name
            for name in {*self.tuner_ids, *self.ongoing_trials}
            if now - self.heartbeats.setdefault(name, now) > self.patience
        ]
        for name in silent:
            self.tuner_ids.discard(name)
            self.heartbeats.pop(name)
            trial = self.ongoing_trials.pop(name, None)
            if trial is not None:
                self._lose(trial)
        if silent:
            self.save()
        return silent

    @keras_tuner.synchronized
    def give_back(self) -> None:
        """Put the running trials back into the queue. The user has stopped them; no worker has died."""
        self._retry_queue += [trial.trial_id for trial in self.ongoing_trials.values()]
        self.ongoing_trials = {}
        self.save()

    def _lose(self, trial) -> None:
        self.losses[trial.trial_id] += 1
        if self.losses[trial.trial_id] < MOST_LOSSES:
            self._retry_queue.append(trial.trial_id)
            return
        trial.status = FAILED
        trial.message = f"its process died {MOST_LOSSES} times while it trained"
        self.end_order.append(trial.trial_id)
        self._save_trial(trial)

    @keras_tuner.synchronized
    def end_trial(self, trial):
        """End a trial. If the trial has already ended, do nothing: a worker considered dead may still be alive."""
        known = self.trials[trial.trial_id]
        if known.status != RUNNING:
            return
        message = trial.message
        if trial.trial_id in self._retry_queue:
            self._retry_queue.remove(trial.trial_id)
        super().end_trial(trial)
        known.message = message
        self._save_trial(known)

    def finished(self) -> bool:
        """Return whether every trial that began has ended, and every worker knows that there are no more trials."""
        return not (self.ongoing_trials or self._retry_queue or self.tuner_ids)

    def get_state(self):
        return {**super().get_state(), "losses": dict(self.losses)}

    def save(self):
        write_text(Path(self._get_oracle_fname()), json.dumps(self.get_state()))

    def _save_trial(self, trial):
        write_text(Path(self._get_trial_dir(trial.trial_id)) / "trial.json", json.dumps(trial.get_state()))

    def reload(self):
        """Read the saved state. Trials that were running wait for their workers; without workers they run next."""
        content = "which trials were begun and which values are next"
        self._read(Path(self._get_oracle_fname()), self._restore, content)

    def _restore(self, state: dict) -> None:
        self.trials = {
            number: self._read(
                Path(self._get_trial_dir(number)) / "trial.json",
                keras_tuner.engine.trial.Trial.from_state,
                f"the values of trial {number}",
            )
            for number in state["start_order"]
        }
        self.set_state(state)
        self.losses = defaultdict(int, state["losses"])
        self.ongoing_trials = {name: trial for name, trial in self.ongoing_trials.items() if trial.status == RUNNING}
        if self.patience is None:
            for trial in self.ongoing_trials.values():
                self._lose(trial)
            self.ongoing_trials = {}
        known = {trial.trial_id for trial in self.ongoing_trials.values()} | {*self._retry_queue, *self.end_order}
        for number, trial in self.trials.items():
            if number not in known:  # the process was killed between two files
                (self._retry_queue if trial.status == RUNNING else self.end_order).append(number)

    def _read(self, path: Path, made: Callable, content: str):
        remedy = (
            "The search needs it to continue. The runs in trials/ and the tables are intact: use them, put the file "
            "back from a copy, or begin another search"
        )
        return read_record(path, made, content, remedy)


class Grid(RetryingOracle):
    """Every combination of a space's values, in order.

    Args:
        space: the parameters, whose values must be countable.
        **kwargs: the arguments of `keras_tuner.Oracle`.
    """

    def __init__(self, space: Space, **kwargs):
        super().__init__(**kwargs)
        self.space = space

    def populate_space(self, trial_id):
        for values in self.space.grid():
            if not self._duplicate(values):
                return {"status": RUNNING, "values": values}
        return {"status": STOPPED, "values": None}


class Random(RetryingOracle, keras_tuner.oracles.RandomSearchOracle):
    """KerasTuner's random search."""


class Bayesian(RetryingOracle, keras_tuner.oracles.BayesianOptimizationOracle):
    """KerasTuner's Bayesian search (a Gaussian process), which here tries no values twice, even in a finite space."""

    def populate_space(self, trial_id):
        found = super().populate_space(trial_id)
        if found["status"] == RUNNING and self._duplicate(found["values"]):
            return self._random_populate_space()
        return found


class Hyperband(RetryingOracle, keras_tuner.oracles.HyperbandOracle):
    """KerasTuner's Hyperband (Li et al. 2018, arXiv:1603.06560): many short trials, of which the best are continued.

    Two cases differ from KerasTuner's own. If most trials of a round fail, the other trials are still promoted. If a
    finite space has fewer values than the first round needs, the search continues with these values.
    """

    def populate_space(self, trial_id):
        while True:
            for bracket in self._brackets:
                values = self._begun(trial_id, bracket) or self._promoted(trial_id, bracket)
                if values:
                    return {"status": RUNNING, "values": values}
            if self._current_bracket == 0:
                return {"status": STOPPED, "values": None}
            self._increment_bracket_num()
            self._start_new_bracket()

    def _begun(self, trial_id, bracket: dict) -> dict | None:
        """Return new values for the bracket's first round; None if it is full or the space has no more values."""
        if self._closed(bracket, 0):
            return None
        found = self._random_trial(trial_id, bracket)
        bracket["exhausted"] = found.get("values") is None
        return found.get("values")

    def _promoted(self, trial_id, bracket: dict) -> dict | None:
        """Return the values of the best trial that can be promoted to the next round; None if no trial can be yet."""
        number, rounds = bracket["bracket_num"], bracket["rounds"]
        for last, (before, now) in enumerate(pairwise(rounds)):
            ended, waiting = self._ended(before), self._waiting(before, now)
            dropped = self._get_size(number, last) - self._get_size(number, last + 1)
            # Failed trials count as dropped. The best trial is promoted as soon as enough other trials are sure to be
            # dropped.
            sure = len(waiting) + len([trial for trial in ended if trial.status == FAILED]) > dropped
            over = self._closed(bracket, last) and len(ended) == len(before)
            if waiting and len(now) < self._get_size(number, last + 1) and (sure or over):
                sign = 1 if self.objective.direction == "min" else -1
                best = min(waiting, key=lambda trial: sign * trial.score)
                now.append({"past_id": best.trial_id, "id": trial_id})
                return {
                    **best.hyperparameters.values,
                    "tuner/trial_id": best.trial_id,
                    "tuner/epochs": self._get_epochs(number, last + 1),
                    "tuner/initial_epoch": self._get_epochs(number, last),
                    "tuner/bracket": number,
                    "tuner/round": last + 1,
                }
        return None

    def _closed(self, bracket: dict, number: int) -> bool:
        """Return whether a round of the bracket will get no more trials."""
        rounds = bracket["rounds"]
        if len(rounds[number]) >= self._get_size(bracket["bracket_num"], number):
            return True
        if number == 0:
            return bracket.get("exhausted", False)
        before = rounds[number - 1]
        all_ended = self._closed(bracket, number - 1) and len(self._ended(before)) == len(before)
        return all_ended and not self._waiting(before, rounds[number])

    def _ended(self, entries: list[dict]) -> list:
        trials = [self.trials[entry["id"]] for entry in entries if entry["id"] in self.trials]
        return [trial for trial in trials if trial.status != RUNNING]

    def _waiting(self, before: list[dict], now: list[dict]) -> list:
        """Return the completed trials of the round `before` that are not in the next round, `now`."""
        gone = {entry["past_id"] for entry in now}
        return [t for t in self._ended(before) if t.status == "COMPLETED" and t.trial_id not in gone]
