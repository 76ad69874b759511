"""Search for the best settings: a table of trials, their runs, the best configuration.

The options of train are what all trials share; --epochs and --steps_per_epoch, or --max_minutes, are the length of each
trial.
"""

import os
from functools import partial
from typing import Annotated, Literal

from annotated_types import Ge

from tfgan_course.cli.commands.train import LENGTHS, common, configuration
from tfgan_course.cli.options import add_out, check_resumed, folder
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.config.parser import Settings, from_file, from_python
from tfgan_course.errors import UserError, require
from tfgan_course.files import shown, tensorflow_folder
from tfgan_course.plugins.types import NonNegativeInt, PositiveFloat, PositiveInt
from tfgan_course.runs.paths import OPTIONS as PATHS
from tfgan_course.runs.paths import paths_in
from tfgan_course.tuning.space import read_space

__all__ = ["add_options", "check", "common", "configuration", "run", "settings", "start"]
RESUMED_WITH = (
    "--trials",
    "--chief",
    "--patience",
    "--top",
    "--strategy",
    "--replicas",
    *(f"--{name}" for name in PATHS),
)
"""The options that may be used together with --resume."""


def add_options(parser: Parser) -> None:
    about = "options to search: learning_rate for example, see docs/guides/tuning.md; or a YAML file"
    parser.add("--space", str | None, about, check=space)
    add_out(parser, None, "the search's folder (default: runs/tune-<variant>-<space>)", folder)
    parser.add(
        "--resume", str | None, "folder of the search to resume", check=partial(tensorflow_folder, name="--resume")
    )
    parser.add(
        "--search",
        Literal["grid", "random", "bayesian", "hyperband"] | None,
        "how values are chosen (default: grid for a finite space, random for others)",
    )
    parser.add("--trials", PositiveInt | None, "how many trials in all (default: a whole grid, or 20)")
    parser.add("--search_seed", NonNegativeInt, "seed of the random choice of values", 0)
    parser.add("--factor", Annotated[int, Ge(2)], "Hyperband keeps the best of this many trials", 3)
    parser.add("--objective", str | None, "column of history.csv by which trials are compared (default: a distance)")
    parser.add(
        "--mode",
        Literal["min", "max"] | None,
        "whether a smaller (min) or a larger objective (max) is better (default: by figure)",
    )
    parser.add(
        "--judge",
        Literal["last", "best", "mean"] | None,
        "which of a trial's epochs counts: the last, the best, or their mean (default: best)",
    )
    parser.add("--judge_epochs", PositiveInt | None, "number of last epochs for the mean (default: all epochs)")
    parser.add("--prune", bool, "stop a trial that is worse than the median of the others", False)
    parser.add("--prune_after", PositiveInt, "number of epochs during which no trial is stopped early", 3)
    parser.add("--top", PositiveInt, "how many of the best trials are shown with samples", 4)
    parser.add(
        "--chief",
        str | None,
        "address, HOST:PORT, at which this process leads workers, or where a worker finds its chief",
    )
    parser.add(
        "--worker", str | None, "name of this worker; it runs trials for the chief at --chief, in the chief's --out"
    )
    parser.add("--patience", PositiveFloat, "seconds without a heartbeat after which a worker is considered dead", 60.0)


def space(name: str) -> str:
    """Return the name of a space; refuse any other."""
    read_space(name)
    return name


def check(options: Options) -> None:
    """Refuse options that cannot be used together, and a folder without a search."""
    _, worker = role(options)
    if worker:
        require(
            options.out or options.resume, "the folder that the worker shares with its chief", "none", "Write --out DIR"
        )
        return
    if options.resume:
        check_resumed(options, RESUMED_WITH)
        found = (options.resume / "search.json").is_file()
        require(found, "the folder of a search after --resume", shown(options.resume), "Correct the path")


def start(options: Options) -> Settings:
    """Return the settings of the search that `--resume` names, whose parts the other options may change."""
    base = None if options.resume is None else options.resume / "base.yaml"
    return Settings(configuration()) if base is None or not base.is_file() else from_file(base)


def settings(options: Options) -> Settings:
    """Return the settings of the search that this process resumes or works for, perhaps with another strategy."""
    from tfgan_course.training.limits import without_others

    given = options.settings.given
    options.places = {name: path for name, path in paths_in(given) if options.resume and f"--{name}" in options.given}
    folder = options.resume or (options.out if role(options)[1] else None)
    if folder is None or not (folder / "base.yaml").is_file():
        typed = {name: options.settings[name] for name in LENGTHS if f"--{name}" in options.given}
        return options.settings.with_options(without_others(typed))
    names = ("strategy", "replicas") if options.given & {"--strategy", "--replicas"} else ()
    return from_python(folder / "base.yaml", **{name: options.settings[name] for name in names})


def run(options: Options) -> None:
    """Run a search as a single process, as the chief of several workers, or as a worker."""
    from tfgan_course.training.distribution import make_strategy
    from tfgan_course.training.interrupts import stop_on_signals
    from tfgan_course.training.launch import follow
    from tfgan_course.training.workers import Workers
    from tfgan_course.tuning.lead import lead, work
    from tfgan_course.tuning.plan import begin, folder_of
    from tfgan_course.tuning.search import HEARTBEAT
    from tfgan_course.tuning.trials import Pruning

    chief, worker = role(options)
    if options.patience < 3 * HEARTBEAT:
        raise UserError(
            expected=f"for --patience at least {3 * HEARTBEAT:g} seconds, three heartbeats",
            received=f"{options.patience:g}",
            remedy="Write a larger number",
        )
    folder = options.resume or options.out or folder_of(options.space, options.settings.name)
    if options.settings["strategy"] == "multi_worker" and (chief or worker):
        raise UserError(
            expected="--chief and --worker, which divide the trials among machines, or --strategy multi_worker, which "
            "divides each trial",
            received="both",
            remedy="Leave one of them out",
        )
    workers = Workers(make_strategy(options.settings["strategy"], options.settings["replicas"]))
    with workers.together():
        if not workers.chief:
            with stop_on_signals() as asked_to_stop:
                follow(workers, asked_to_stop)
            return
        if worker:
            work(folder, chief, worker, workers)
            return
        if not options.resume:
            changed = {"figure": "objective", "mode": "mode", "judge": "judge", "epochs": "judge_epochs"}
            begin(
                folder,
                options.settings,
                options.space,
                search=options.search,
                trials=options.trials,
                seed=options.search_seed,
                factor=options.factor,
                objective={name: options[key] for name, key in changed.items() if options[key] is not None},
                pruning=Pruning(after_epochs=options.prune_after) if options.prune else None,
            )
        more = options.trials if options.resume else None
        lead(
            folder,
            workers,
            trials=more,
            places=options.places,
            chief=chief,
            patience=options.patience,
            top=options.top,
        )


def role(options: Options) -> tuple[str | None, str | None]:
    """Return the chief's address and this worker's name: both None for a search alone, the name None for a chief.

    KerasTuner's environment variables say the same where the options do not.
    """
    address, name = options.chief, options.worker
    host, port = os.environ.get("KERASTUNER_ORACLE_IP"), os.environ.get("KERASTUNER_ORACLE_PORT")
    if address is None and host and port:
        address = f"{host}:{port}"
        known = os.environ.get("KERASTUNER_TUNER_ID", "")
        name = name or (None if "chief" in known else known)
        if name == "":
            raise UserError(
                expected="the name of this process in KERASTUNER_TUNER_ID, as KERASTUNER_ORACLE_IP is set",
                received="none",
                remedy="Set it to chief, or to a name for a worker",
            )
    if name is not None and address is None:
        raise UserError(
            expected="with --worker the address of the chief", received="none", remedy="Write --chief HOST:PORT"
        )
    return address, name
