"""A trial is a run directory: trained by what `train.py` trains with, and resumed as any run is."""

import json
import math
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tensorflow import keras

from tfgan_course.config.names import Option
from tfgan_course.config.parser import Settings, from_file
from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import Interrupted, UserError
from tfgan_course.files import write_text
from tfgan_course.runs.checkpoints import last_saved_first
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.training.session import TrainingSession
from tfgan_course.training.workers import WorkerLost, Workers
from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.space import Space

COMPLETED, PRUNED, FAILED = "completed", "pruned", "failed"
# The reports' two figures, in every table whatever the objective.
ACCURACY, LOSS = "val_critic_accuracy", "val_generator_loss"


@dataclass
class Outcome:
    """How a trial ended, as its file trials/N.json says.

    Args:
        status: completed, pruned or failed.
        message: why it is not completed.
        run: name of its run directory in trials/; a promoted trial's is that of the trial it goes on with.
        score: the objective.
        epochs: trained so far in this run.
        steps: likewise.
        seconds: of training, likewise.
        average_accuracy: mean over the epochs of the critic's validation accuracy; none without validation.
        best_loss: smallest validation loss of the generator; none without validation.
    """

    status: str
    run: str
    message: str = ""
    score: float | None = None
    epochs: int = 0
    steps: int = 0
    seconds: float = 0.0
    average_accuracy: float | None = None
    best_loss: float | None = None

    @classmethod
    def read(cls, path: Path) -> "Outcome":
        """Return the outcome in a trial's file."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Pruning:
    """The median rule (Golovin et al. 2017, "Google Vizier", section 3.2.1).

    A trial is stopped at the end of an epoch in which its score so far is worse than the median of the other trials'
    scores at that epoch.

    Args:
        after_epochs: no trial is stopped before so many.
        after_trials: nor before so many others have got as far.
    """

    after_epochs: int = 3
    after_trials: int = 3


def trial_settings(base: Settings[TrainConfig], changed: dict[str, object]) -> Settings[TrainConfig]:
    """Return the settings of a trial.

    Args:
        base: the settings that all trials share.
        changed: the values that the trial sets, by dotted keys.

    Raises:
        UserError: for a key that does not exist, or a value that it does not take.
    """
    # Text goes as it is: quotes would become part of it.
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in changed.items()}
    return base.changed(Option(key, text) for key, text in texts.items())


@dataclass
class Trials:
    """Runs the trials of one search.

    Args:
        folder: of the search; the trials' runs are in its trials/.
        space: what the values mean.
        objective: by what trials are judged.
        pruning: which are stopped early; None for none.
        workers: the processes that train each trial together.
        asked_to_stop: is called after every step; returns whether the user has asked to stop.
    """

    folder: Path
    space: Space
    objective: Objective
    pruning: Pruning | None = None
    workers: Workers = field(default_factory=Workers)
    asked_to_stop: Callable[[], bool] = lambda: False
    runs: Path = field(init=False)

    def __post_init__(self):
        self.runs = self.folder / "trials"
        self.runs.mkdir(parents=True, exist_ok=True)

    @property
    def base(self) -> Path:
        """The configuration that all trials share."""
        return self.folder / "base.yaml"

    def outcome(self, number: str) -> Outcome | None:
        """Return the outcome of a trial; None if it has not ended."""
        path = self.runs / f"{number}.json"
        return Outcome.read(path) if path.is_file() else None

    def run(self, number: str, values: dict) -> Outcome:
        """Train a trial to its end, from where an earlier attempt left it, and write its outcome down.

        Args:
            number: of the trial.
            values: by the parameters' names, and what Hyperband adds: how many epochs, after which trial.

        Raises:
            Interrupted: if asked to stop, after saving.
            UserError: if a file cannot be written: no other trial would fare better.
        """
        before = values.get("tuner/trial_id")
        name = self.outcome(before).run if before else number
        outcome = Outcome(FAILED, name)
        try:
            outcome = self._trained(name, values)
        except (Interrupted, KeyboardInterrupt, WorkerLost):
            raise
        except Exception as error:
            if isinstance(error.__cause__ or error, OSError):
                raise
            outcome.message = str(error).strip() or repr(error)
            if (self.runs / name / "history.csv").is_file():
                self._measure(outcome, RunDirectory(self.runs / name))
                outcome.score = None
        write_text(self.runs / f"{number}.json", json.dumps(asdict(outcome), indent=2) + "\n")
        return outcome

    def _trained(self, name: str, values: dict) -> Outcome:
        with self.workers.strategy.scope():
            settings = trial_settings(from_file(self.base), self.space.settings(values))
            config, text = settings.make(), settings.yaml()
        path = self.runs / name
        epochs = min(values.get("tuner/epochs") or config.epochs, config.epochs)
        rule = StoppingRule(path / "history.csv", epochs, self.objective, self.pruning, self._others(name))
        # Trials share a process: nothing of one may reach the next.
        keras.backend.clear_session()
        run = self._begun(path)
        try:
            if run is None or len(run.rows()) < epochs:
                session = TrainingSession(config, text, self.workers, lambda: self.asked_to_stop() or rule())
                run = session.begin(path) if run is None else session.resume(run)
        except Interrupted:
            if not (rule.reached or rule.hopeless):
                raise
            run = RunDirectory(path)
        outcome = Outcome(PRUNED if rule.hopeless else COMPLETED, name, rule.hopeless)
        self._measure(outcome, run)
        if outcome.score is None:
            raise UserError(
                f"{self.objective.figure}, the objective, was never measured in {outcome.epochs} epochs. Choose a "
                "figure that every trial has, measured at least once in its epochs (metrics.every_epochs)"
            )
        return outcome

    def _begun(self, path: Path) -> RunDirectory | None:
        """Return the run of an earlier attempt; if it has saved nothing to go on from, delete it and return None."""
        if not (path / "config.yaml").is_file():
            shutil.rmtree(path, ignore_errors=True)
            return None
        run = RunDirectory(path)
        while True:  # a worker that was considered dead may still be alive
            try:
                run.lock().release()
                break
            except UserError:
                time.sleep(1)
        if last_saved_first(run.checkpoints):
            return run
        shutil.rmtree(path)
        return None

    def _measure(self, outcome: Outcome, run: RunDirectory) -> None:
        rows = run.rows()
        if not rows:
            return
        outcome.epochs, outcome.steps = len(rows), int(rows[-1]["step"])
        seconds = [line.split(",")[1] for line in run.timing.read_text(encoding="utf-8").splitlines()[1:]]
        outcome.seconds = round(sum(map(float, seconds)), 3)
        if ACCURACY in rows[0]:
            outcome.average_accuracy = statistics.fmean(row[ACCURACY] for row in rows)
            outcome.best_loss = min(row[LOSS] for row in rows)
        score = self.objective.score(rows) if self.objective.figure in rows[0] else math.nan
        outcome.score = None if math.isnan(score) else score

    def _others(self, name: str) -> Callable[[], list[list[dict[str, float]]]]:
        """Return a function that returns the histories of all other trials as they are then."""

        def histories() -> list[list[dict[str, float]]]:
            folders = [file.parent for file in self.runs.glob("*/history.csv") if file.parent.name != name]
            return [RunDirectory(folder).rows() for folder in folders if (folder / "config.yaml").is_file()]

        return histories


class StoppingRule:
    """Returns, when it is called, whether a trial should stop: it has trained all its epochs, or is hopeless.

    Args:
        history: the run's history.csv.
        epochs: how many the trial may train.
        objective: the figure that trials are compared by.
        pruning: when a trial is hopeless; None for never.
        others: returns the histories of the other trials.
    """

    def __init__(
        self,
        history: Path,
        epochs: int,
        objective: Objective,
        pruning: Pruning | None,
        others: Callable[[], list[list[dict[str, float]]]],
    ):
        self.history, self.epochs, self.objective, self.pruning = history, epochs, objective, pruning
        self.others = others
        self.size = 0
        self.reached = False
        self.hopeless = ""

    def __call__(self) -> bool:
        """Return whether to stop. Called after every step, so it reads the file only when that has grown."""
        size = self.history.stat().st_size if self.history.is_file() else 0
        if size != self.size:
            self.size = size
            rows = RunDirectory(self.history.parent).rows()
            self.reached = len(rows) >= self.epochs
            if self.pruning is not None and not self.reached:
                self.hopeless = self.verdict(rows)
        return self.reached or bool(self.hopeless)

    def verdict(self, rows: list[dict[str, float]]) -> str:
        """Return why a trial with this history is hopeless; an empty text if it is not."""
        epoch = len(rows)
        if epoch < self.pruning.after_epochs:
            return ""
        score = self.objective.score(rows)
        scores = [
            self.objective.score(other[:epoch])
            for other in self.others()
            if len(other) >= epoch and self.objective.figure in other[0]
        ]
        scores = [other for other in scores if not math.isnan(other)]
        if len(scores) < self.pruning.after_trials or math.isnan(score):
            return ""
        median = statistics.median(scores)
        if not self.objective.better(median, score):
            return ""
        return f"epoch {epoch}: {score:.6g} is worse than {median:.6g}, the median of {len(scores)} others"
