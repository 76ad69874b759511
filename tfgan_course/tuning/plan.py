"""What decides a search, written down in its folder: `search.json` and `base.yaml`."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras_tuner

from tfgan_course.config.parser import Settings, from_file
from tfgan_course.config.schema import TrainConfig
from tfgan_course.errors import UserError
from tfgan_course.files import write_text
from tfgan_course.training.measuring import recorded_by
from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.oracles import Bayesian, Grid, Hyperband, Random, RetryingOracle
from tfgan_course.tuning.space import Search, Space, read_space, spaces
from tfgan_course.tuning.trials import Pruning, trial_settings


@dataclass
class Plan:
    """What decides a search, beside the configuration that its trials share.

    Args:
        parameters: the space, as in its YAML file.
        objective: fields of `Objective`.
        search: how values are chosen.
        trials: how many at most; None for all of a grid, and for Hyperband, which decides itself.
        seed: of the search, not of the trials.
        pruning: fields of `Pruning`; None prunes nothing.
        factor: Hyperband's.
        epochs: of a trial; Hyperband begins with fewer.
    """

    parameters: dict
    objective: dict
    search: Search
    trials: int | None
    seed: int
    pruning: dict | None
    factor: int
    epochs: int

    @classmethod
    def read(cls, folder: Path) -> "Plan":
        """Return the plan of a search.

        Raises:
            UserError: if the folder has none.
        """
        path = folder / "search.json"
        if not path.is_file():
            raise UserError(
                expected=f"the folder of a search: {path}",
                received="no such file",
                remedy="Start the search first, or its chief; workers share its folder: --out DIR",
            )
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    @property
    def space(self) -> Space:
        """The parameters."""
        return Space.of(self.parameters, "search.json")

    def oracle(self, patience: float | None = None) -> RetryingOracle:
        """Return the oracle that chooses values, at its beginning.

        Args:
            patience: seconds without a heartbeat after which a worker is considered dead; None without workers.

        Raises:
            UserError: where the space, or this installation, does not allow this search.
        """
        space, hyperparameters = self.space, keras_tuner.HyperParameters()
        space.declare(hyperparameters)
        common = {
            "objective": keras_tuner.Objective("score", Objective(**self.objective).mode),
            "hyperparameters": hyperparameters,
            "allow_new_entries": True,  # Hyperband's own
            "tune_new_entries": False,
            "seed": self.seed + 1,  # KerasTuner takes 0 for none
            "patience": patience,
        }
        if self.search == "grid":
            if endless := space.endless():
                raise UserError(
                    f"a grid needs countable values, but {', '.join(endless)} can take any in its range: give it "
                    "choices or a step, or search with --search random"
                )
            return Grid(space, max_trials=self.trials, **common)
        if self.search == "hyperband":
            return Hyperband(max_epochs=self.epochs, factor=self.factor, **common)
        if self.search == "random":
            return Random(max_trials=self.trials, **common)
        # KerasTuner begins with three random trials a parameter, of a wide space more than most searches have.
        random = max(3, min(3 * len(space.parameters), self.trials // 3))
        try:
            return Bayesian(max_trials=self.trials, num_initial_points=random, **common)
        except ImportError as error:
            raise UserError(f"{error}") from error

    def oracle_of(self, folder: Path, patience: float | None = None) -> RetryingOracle:
        """Return the oracle of a search where it was when its state was last saved."""
        oracle = self.oracle(patience)
        oracle._set_project_dir(str(folder), "oracle")
        if (folder / "oracle" / "oracle.json").is_file():
            oracle.reload()
        return oracle


def begin(
    folder: Path,
    settings: Settings[TrainConfig],
    space: str | None,
    *,
    search: Search | None = None,
    trials: int | None = None,
    seed: int = 0,
    factor: int = 3,
    objective: Mapping[str, object] | None = None,
    pruning: Pruning | None = None,
) -> None:
    """Check everything that can be wrong with a search, then write it down in a new folder.

    Args:
        folder: the search's folder, which does not exist yet.
        settings: the configuration that all trials share.
        space: name of one of our spaces, or the path of a YAML file.
        search: how values are chosen; the space's choice, or else a grid of a finite space and random values of others.
        trials: how many at most; the space's number, or else a whole grid, or 20.
        seed: of the values chosen.
        factor: Hyperband keeps one trial of so many.
        objective: fields of `Objective` that differ from the space's.
        pruning: which trials are stopped early; None for none.

    Raises:
        UserError: for what is wrong; nothing is left behind.
    """
    if folder.exists():
        raise UserError(
            expected="a folder that does not exist yet",
            received=str(folder),
            remedy=f"Go on with that search: --resume {folder}; or begin another: --out DIR",
        )
    content = read_space(named(space))
    parameters = Space.of(content["parameters"], space)
    judged = objective_of(content.get("objective") or {}, objective or {}, space)
    search = search or content.get("search") or ("random" if parameters.endless() else "grid")
    if search == "hyperband" and trials:
        raise UserError("Hyperband decides itself how many trials it needs: leave out --trials, or change --epochs")
    if factor < 2:
        raise UserError(f"--factor must be at least 2; got {factor}")
    trials = trials or content.get("trials") or (None if search in ("grid", "hyperband") else 20)
    config = settings.make()
    described = asdict(pruning) if pruning else None
    plan = Plan(content["parameters"], asdict(judged), search, trials, seed, described, factor, config.epochs)
    plan.oracle()
    if judged.figure not in (figures := recorded_by(config)):
        raise UserError(
            expected=f"for --objective a figure that is recorded: {', '.join(figures)}",
            received=judged.figure,
            remedy="Choose one of these, or add what measures it (metrics.names)",
        )
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        temporary.mkdir(parents=True)
        write_text(temporary / "base.yaml", settings.yaml())
        check_space(parameters, from_file(temporary / "base.yaml"))
        write_text(temporary / "search.json", json.dumps(asdict(plan), indent=2) + "\n")
        temporary.rename(folder)
    except OSError as error:
        raise UserError(f"cannot make {folder}: {error.strerror}. Choose another with --out") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def folder_of(space: str | None, variant: str) -> Path:
    """Return the folder of a search unless the user names one.

    Raises:
        UserError: without a space.
    """
    return Path("runs") / f"tune-{variant}-{Path(named(space)).stem}"


def named(space: str | None) -> str:
    """Return the name of a space, or refuse that there is none."""
    if not space:
        raise UserError(
            expected=f"--space: {', '.join(spaces())}, or a YAML file", received="none", remedy="Write --space NAME"
        )
    return space


def objective_of(described: Mapping[str, Any], changed: Mapping[str, Any], space: str) -> Objective:
    """Return the objective that a space describes, with some of its fields changed."""
    try:
        return replace(Objective(**described), **changed) if described else Objective(**changed)
    except TypeError as error:
        raise UserError(f"{space}: an objective has figure, mode, judge and epochs; got {described}") from error


def check_space(space: Space, base: Settings[TrainConfig]) -> None:
    """Refuse a space with a key or a value that the configuration does not take."""
    for values in space.probes():
        try:
            trial_settings(base, space.settings(values)).make()
        except UserError as error:
            raise UserError(f"the space's values {values} do not fit the configuration: {error}") from error
