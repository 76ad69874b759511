"""The plan of a search, saved in the search's folder as `search.json` and `base.yaml`."""

import os
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras_tuner

from tfgan_course.config.names import Option
from tfgan_course.config.parser import Settings, from_file
from tfgan_course.config.schema import LIMITS, TrainConfig
from tfgan_course.data import check_images, facts, load
from tfgan_course.errors import UserError, require, require_at_least
from tfgan_course.files import new_folder, shown, write_json, write_text
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.paths import found_again, paths_in, relative_paths
from tfgan_course.runs.start import pinned
from tfgan_course.training.measuring import recorded_by
from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.oracles import Bayesian, Grid, Hyperband, Random, RetryingOracle
from tfgan_course.tuning.records import read_record
from tfgan_course.tuning.space import Search, Space, read_space, spaces
from tfgan_course.tuning.trials import Pruning, trial_settings

FULL = ("epochs", *LIMITS, "steps_per_epoch")
"""The options that limit a trial's length. best.yaml has the values of these options for a full training."""


@dataclass
class Plan:
    """The plan of a search: everything that decides it, except the configuration that its trials share.

    Args:
        parameters: the space, as in its YAML file.
        objective: how trials are judged.
        search: how values are chosen.
        trials: the largest number of trials; None for a whole grid, and for Hyperband, which decides itself.
        seed: the seed of the search, not of the trials.
        pruning: which trials are stopped early; None for none.
        factor: Hyperband keeps the best of this many trials.
        epochs: how many epochs a trial may train; Hyperband begins with fewer.
        full: the values of the options `FULL` in the files with which the search began, or their defaults.
        paths: where the paths in base.yaml are now, by their texts; see `found_again`.
        base: the CRC-32 of base.yaml. An older search has none.
    """

    parameters: dict
    objective: Objective
    search: Search
    trials: int | None
    seed: int
    pruning: Pruning | None
    factor: int
    epochs: int
    full: dict[str, object] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    base: int | None = None

    @classmethod
    def read(cls, folder: Path) -> "Plan":
        """Return the plan of a search.

        Raises:
            UserError: if the folder has no plan, or a damaged one.
        """
        path = folder / "search.json"
        advice = "Start the search first, or its chief, whose folder the workers share"
        require(path.is_file(), f"the folder of a search: {path}", "no such file", advice)

        def made(content: dict) -> Plan:
            pruning = content["pruning"]
            objects = {"objective": Objective(**content["objective"]), "pruning": pruning and Pruning(**pruning)}
            return cls(**{**content, **objects})

        remedy = (
            f"The search needs it to continue. The runs in {folder / 'trials'} and the tables are intact: use them, "
            "put the file back from a copy, or begin another search"
        )
        return read_record(path, made, "the search's space, objective and number of trials", remedy)

    def write(self, folder: Path) -> None:
        """Save the plan in the search's folder."""
        write_json(folder / "search.json", asdict(self))

    @property
    def space(self) -> Space:
        """The parameters."""
        return Space.of(self.parameters, "search.json")

    def allow(self, folder: Path, trials: int) -> None:
        """Change the number of trials of the whole search, and save the plan.

        Raises:
            UserError: for a Hyperband search, which decides itself, or if more trials have begun already.
        """
        self._check_trials(trials)
        self.trials = trials
        begun = len(self.oracle_of(folder, patience=1.0).trials)  # with a patience, reading counts no trial as lost
        wanted = f"at least {begun} trials, the number that have begun"
        require(begun <= trials, wanted, trials, "Write a larger number, or leave it out")
        self.write(folder)

    def check_base(self, folder: Path) -> None:
        """Raise a `UserError` if base.yaml is not as it was when the search began: trials could not be compared."""
        path = folder / "base.yaml"
        known = self.base in (None, zlib.crc32(path.read_bytes()) if path.is_file() else -1)
        advice = "Put the file back from a copy, or begin another search. The runs in trials/ and the tables are intact"
        require(known, f"{path} as it was when the search began", "another content, or no file", advice)

    def move(self, folder: Path, places: Mapping[str, str]) -> None:
        """Change where the files are that the trials read, and save the plan.

        Args:
            folder: the search's folder.
            places: the new path of each option that has moved, such as `data.folder`.

        Raises:
            UserError: for an option without a path in base.yaml, a judge of another name, or other images.
        """
        base: Settings[TrainConfig] = from_file(folder / "base.yaml")
        before = dict(paths_in(base.given))
        for name, place in places.items():
            expected, received = f"--{name} for a search whose base.yaml has a path there", f"{place} for {folder}"
            require(name in before, expected, received, "Leave it out")
            if name == "metrics.features":  # history.csv has the judge's name in the names of figures
                same = Path(place).name == Path(before[name]).name
                require(same, f"for --{name} a path that ends with {Path(before[name]).name}", place, "Rename it")
            self.paths[before[name]] = os.path.abspath(place)
        trained = next(folder.glob("trials/*/config.yaml"), None)
        if trained is not None:
            found = facts(*load(base.with_options(found_again(base.given, self.paths)).make().data))
            check_images(RunDirectory(trained.parent).images, found, folder)
        self.write(folder)

    def _check_trials(self, trials: int | None) -> None:
        decides = "no number of trials for Hyperband, which decides itself"
        advice = "Leave the number out, or change the epochs of a new search"
        require(self.search != "hyperband" or not trials, decides, f"{trials} trials", advice)

    def oracle(self, patience: float | None = None) -> RetryingOracle:
        """Return a new oracle, which chooses the values of trials.

        Args:
            patience: seconds without a heartbeat after which a worker is considered dead; None without workers.

        Raises:
            UserError: if the space or this installation does not allow this search.
        """
        self._check_trials(self.trials)
        space, hyperparameters = self.space, keras_tuner.HyperParameters()
        space.declare(hyperparameters)
        common = {
            "objective": keras_tuner.Objective("score", self.objective.mode),
            "hyperparameters": hyperparameters,
            "allow_new_entries": True,  # Hyperband adds its own parameters
            "tune_new_entries": False,
            "seed": self.seed + 1,  # KerasTuner understands 0 as no limit
            "patience": patience,
        }
        if self.search == "grid":
            endless, advice = ", ".join(space.endless()), "Give it choices or a step, or search at random"
            require(not endless, "for a grid values that can be counted", f"any numbers for {endless}", advice)
            return Grid(space, max_trials=self.trials, **common)
        if self.search == "hyperband":
            return Hyperband(max_epochs=self.epochs, factor=self.factor, **common)
        if self.search == "random":
            return Random(max_trials=self.trials, **common)
        # KerasTuner begins with three random trials for each parameter. For a wide space these are more trials than
        # most searches have.
        random = max(3, min(3 * len(space.parameters), self.trials // 3))
        try:
            return Bayesian(max_trials=self.trials, num_initial_points=random, **common)
        except ImportError as error:
            remedy = "Install it: pip install scikit-learn scipy"
            raise UserError(expected="what a Bayesian search needs", received=str(error), remedy=remedy) from error

    def oracle_of(self, folder: Path, patience: float | None = None) -> RetryingOracle:
        """Return the oracle of a search in its last saved state.

        Raises:
            UserError: if a file of the state is damaged.
        """
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
    """Check all options of a search, then save its plan in a new folder.

    Args:
        folder: the search's folder, which does not exist yet.
        settings: the configuration that all trials share.
        space: the name of a packaged space, or the path of a YAML file.
        search: how values are chosen; unless given, as the space's file says, or else a grid if the space is finite,
            random values if not.
        trials: the largest number of trials; unless given, as the space's file says, or else a whole grid, or 20.
        seed: the seed of the random choice of values.
        factor: Hyperband keeps the best of this many trials.
        objective: fields of `Objective` that differ from the space's.
        pruning: which trials are stopped early; None for none.

    Raises:
        UserError: for mistakes in the options; no file remains.
    """
    folder = new_folder(folder, "out")
    advice = "Resume that search, or choose another folder"
    require(not folder.exists(), "a folder that does not exist yet", shown(folder), advice)
    content = read_space(named(space))
    parameters = Space.of(content["parameters"], space)
    search = search or content.get("search") or ("random" if parameters.endless() else "grid")
    require_at_least(2, factor=factor)
    if search != "hyperband":
        trials = trials or content.get("trials") or (None if search == "grid" else 20)
    settings = pinned(settings)
    config = settings.make()
    counted = search != "hyperband" or config.last_epoch is not None
    expected = "epochs as the length of Hyperband's trials, which it divides"
    limits = ", ".join(name for name in LIMITS if settings[name] is not None)
    require(counted, expected, limits, "Give --epochs, or choose another --search")
    described = {**(content.get("objective") or {}), **(objective or {})}
    judged = Objective.of(described, recorded_by(config))
    files = Settings(TrainConfig).changed(Option("config", str(file)) for file in settings.files)
    full = {name: files[name] for name in FULL}
    plan = Plan(content["parameters"], judged, search, trials, seed, pruning, factor, config.epochs, full)
    text = settings.yaml()
    plan.paths, plan.base = relative_paths(settings.values), zlib.crc32(text.encode())
    plan.oracle()
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        temporary.mkdir(parents=True)
        write_text(temporary / "base.yaml", text)
        check_space(parameters, from_file(temporary / "base.yaml"))
        plan.write(temporary)
        temporary.rename(folder)
    except OSError as error:
        raise UserError(
            expected="a folder that can be made",
            received=f"{shown(folder)}: {error.strerror}",
            remedy="Choose another: --out DIR",
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def folder_of(space: str | None, variant: str) -> Path:
    """Return the default folder of a search; raise a `UserError` if no space is named."""
    return Path("runs") / f"tune-{variant}-{Path(named(space)).stem}"


def named(space: str | None) -> str:
    """Return the name of a space; raise a `UserError` if there is none."""
    require(bool(space), f"a space: {', '.join(spaces())}, or a YAML file", "none", "Name a space")
    return space


def check_space(space: Space, base: Settings[TrainConfig]) -> None:
    """Raise a `UserError` if the space has a key or a value that the configuration does not take."""
    for values in space.probes():
        try:
            trial_settings(base, space.settings(values)).make()
        except UserError as error:
            raise UserError(
                expected="values that the configuration takes",
                received=f"the space's {values}: {error}",
                remedy="Correct the space",
            ) from error
