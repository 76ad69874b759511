"""Run trials. Each trial is a run directory, which is trained and resumed like any run."""

import json
import math
import statistics
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tensorflow import keras

from tfgan_course.config.names import Option
from tfgan_course.config.parser import Settings, from_file
from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import Interrupted, UserError, require
from tfgan_course.files import shown, what_is, write_json
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.paths import found_again, paths_in
from tfgan_course.training.attempts import train_on
from tfgan_course.training.workers import WorkerLost, Workers
from tfgan_course.tuning.objective import Objective, finite
from tfgan_course.tuning.records import read_record
from tfgan_course.tuning.space import Space

COMPLETED, PRUNED, FAILED = "completed", "pruned", "failed"
ACCURACY, LOSS = "val_critic_accuracy", "val_generator_loss"
"""The two figures in the course report's tables. Every table of results has them, whatever the objective is."""


def number_of(trial_id: str) -> str:
    """Return a trial's number in the form of its files' names; KerasTuner's ids have fewer or more zeros."""
    return f"{int(trial_id):04d}"


@dataclass
class Outcome:
    """How a trial ended. It is saved as trials/NUMBER.json.

    Args:
        status: completed, pruned or failed.
        run: the name of the trial's run directory in trials/. A promoted trial continues in the directory of the trial
            before it.
        message: the reason if the trial is not completed.
        score: the objective's score; None if the trial failed.
        epochs: epochs that the run has trained.
        steps: steps that the run has trained.
        seconds: duration of the run's training.
        average_accuracy: mean over the epochs of the critic's validation accuracy; None without validation.
        best_loss: smallest validation loss of the generator; None without validation.
        figures: the last finite value of every column of history.csv except epoch and step.
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
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pruning:
    """The median rule (Golovin et al. 2017, "Google Vizier", section 3.2.1).

    A trial is stopped at the end of an epoch in which its score so far is worse than the median of the other trials'
    scores at that epoch.

    Args:
        after_epochs: no trial is stopped before it has trained this number of epochs.
        after_trials: no trial is stopped before this number of other trials have trained equally long.
    """

    after_epochs: int = 3
    after_trials: int = 3


def trial_settings(base: Settings[TrainConfig], changed: dict[str, object]) -> Settings[TrainConfig]:
    """Return the settings of a trial.

    Args:
        base: the settings that all trials share.
        changed: the values that the trial sets, by dotted keys.

    Raises:
        UserError: for a key that does not exist, or a value that is not allowed.
    """
    # JSON would put quotes around a text, and the quotes would become part of the value.
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in changed.items()}
    return base.changed(Option(key, text) for key, text in texts.items())


@dataclass
class Trials:
    """Runs the trials of one search.

    Args:
        folder: the search's folder; the trials' runs are in its trials/.
        space: the parameters.
        objective: how trials are judged.
        pruning: which trials are stopped early; None for none.
        workers: the processes that train each trial together.
        asked_to_stop: a function that returns whether the user has asked to stop; it is called after every step.
        paths: where the paths in base.yaml are now; see `Plan`.
    """

    folder: Path
    space: Space
    objective: Objective
    pruning: Pruning | None = None
    workers: Workers = field(default_factory=Workers)
    asked_to_stop: Callable[[], bool] = lambda: False
    paths: dict[str, str] = field(default_factory=dict)
    runs: Path = field(init=False)

    def __post_init__(self):
        self.runs = self.folder / "trials"
        self.runs.mkdir(parents=True, exist_ok=True)

    def outcome(self, number: str) -> Outcome | None:
        """Return the outcome of a trial; None if its file does not exist.

        Raises:
            UserError: if the file is damaged.
        """
        path = self.runs / f"{number}.json"
        if not path.is_file():
            return None
        remedy = (
            f"Its run {self.runs / number} and the other trials are intact. Put the file back from a copy, or delete "
            f"it: the search then continues, and its results lack trial {number}"
        )
        return read_record(path, lambda content: Outcome(**content), f"how trial {number} ended", remedy)

    def run(self, number: str, values: dict) -> Outcome:
        """Train a trial to its end, from the last checkpoint of an earlier attempt if there is one, and save its
        outcome.

        Args:
            number: the trial's number.
            values: the trial's values, by the parameters' names. Hyperband adds the number of epochs, and the trial
                that this trial continues.

        Raises:
            Interrupted: if the user has asked to stop, after the state is saved.
            UserError: if a file cannot be written, or the images are gone, which would happen in every other trial too.
        """
        name = number
        if before := values.get("tuner/trial_id"):
            outcome = self.outcome(number_of(before))
            name = number_of(before) if outcome is None else outcome.run
        outcome = Outcome(FAILED, name)
        try:
            outcome = self._trained(name, values)
        except (Interrupted, KeyboardInterrupt, WorkerLost):
            raise
        except Exception as error:  # A trial may fail in any way, its memory for example; the others go on.
            if isinstance(error.__cause__ or error, OSError):
                raise
            outcome.message = str(error).strip() or repr(error)
            with suppress(UserError):  # there may be no run, or a damaged history
                self._measure(outcome, RunDirectory(self.runs / name))
            outcome.score = None
        write_json(self.runs / f"{number}.json", asdict(outcome))
        return outcome

    def _trained(self, name: str, values: dict) -> Outcome:
        with self.workers.strategy.scope():
            base: Settings[TrainConfig] = from_file(self.folder / "base.yaml")
            base = base.with_options(found_again(base.given, self.paths))
            folder = dict(paths_in(base.given)).get("data.folder", "")
            if not Path(folder).is_dir():  # then every other trial would fail, too
                expected, remedy = "the folder of images of this search", "Resume it with --data.folder FOLDER"
                received = f"{shown(folder)}, {what_is(Path(folder))}"
                raise UserError(expected=expected, received=received, remedy=remedy) from FileNotFoundError(folder)
            settings = trial_settings(base, self.space.settings(values))
            config, text = settings.make(), settings.yaml()
        path = self.runs / name
        most = math.inf if config.last_epoch is None else config.last_epoch
        epochs = min(values.get("tuner/epochs") or most, most)
        rule = StoppingRule(path / "history.csv", epochs, self.objective, self.pruning, lambda: self._others(name))
        # Trials share a process, so the state of one trial must not influence the next.
        keras.backend.clear_session()
        stop = lambda: self.asked_to_stop() or rule()  # noqa: E731
        try:
            run = train_on(config, text, path, self.workers, stop, enough=lambda run: len(run.rows()) >= epochs)
        except Interrupted:
            if not (rule.reached or rule.hopeless):
                raise
            run = RunDirectory(path)
        outcome = Outcome(PRUNED if rule.hopeless else COMPLETED, name, rule.hopeless)
        self._measure(outcome, run)
        require(
            outcome.score is not None,
            f"a finite value of {self.objective.figure}, the objective, in some epoch",
            f"none in {outcome.epochs} epochs",
            "Choose a figure that every trial measures within its epochs (see metrics.every_epochs)",
        )
        return outcome

    def _measure(self, outcome: Outcome, run: RunDirectory) -> None:
        rows = run.rows()
        if not rows:
            return
        outcome.epochs, outcome.steps = len(rows), int(rows[-1]["step"])
        outcome.seconds = round(sum(row["seconds"] for row in run.rows_so_far(run.timing)), 3)
        measured = {name: finite(rows, name) for name in rows[0] if name not in ("epoch", "step")}
        outcome.figures = {name: values[-1] for name, values in measured.items() if values}
        if ACCURACY in outcome.figures and LOSS in outcome.figures:
            outcome.average_accuracy = statistics.fmean(measured[ACCURACY])
            outcome.best_loss = min(measured[LOSS])
        score = self.objective.score(rows)
        outcome.score = None if math.isnan(score) else score

    def _others(self, name: str) -> list[list[dict[str, float]]]:
        """Return the histories of all other trials, as far as they have trained."""
        folders = [file.parent for file in self.runs.glob("*/history.csv") if file.parent.name != name]
        return [RunDirectory(folder).rows() for folder in folders if (folder / "config.yaml").is_file()]


class StoppingRule:
    """A function that returns whether a trial should stop, because it has trained all its epochs or is hopeless.

    Args:
        history: the run's history.csv.
        epochs: how many epochs the trial may train; infinity if a limit of minutes or images ends it.
        objective: how trials are judged.
        pruning: when a trial is hopeless; None for never.
        others: a function that returns the histories of the other trials.
    """

    def __init__(
        self,
        history: Path,
        epochs: float,
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
        """Return whether to stop. This is called after every step, so it reads the file only if the file has grown."""
        size = self.history.stat().st_size if self.history.is_file() else 0
        if size != self.size:
            self.size = size
            rows = RunDirectory(self.history.parent).rows()
            self.reached = len(rows) >= self.epochs
            if self.pruning is not None and not self.reached:
                self.hopeless = self.verdict(rows)
        return self.reached or bool(self.hopeless)

    def verdict(self, rows: list[dict[str, float]]) -> str:
        """Return the reason why a trial with this history is hopeless; an empty text if it is not hopeless."""
        epoch, score = len(rows), self.objective.score(rows)
        if epoch < self.pruning.after_epochs or math.isnan(score):
            return ""
        scores = [self.objective.score(other[:epoch]) for other in self.others() if len(other) >= epoch]
        scores = [other for other in scores if not math.isnan(other)]
        if len(scores) < self.pruning.after_trials or not self.objective.better(statistics.median(scores), score):
            return ""
        median = statistics.median(scores)
        return f"epoch {epoch}: {score:.6g} is worse than {median:.6g}, the median of {len(scores)} others"
