"""Search for the best settings: a table of trials, their runs, the best configuration.

Takes every option of train, for what all trials share (--epochs and --steps_per_epoch bound each trial), and these:
"""

import os
from pathlib import Path
from typing import Literal

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import NonNegativeInt, PositiveFloat, PositiveInt

from tfgan_course.cli.commands.train import common, configuration
from tfgan_course.cli.options import add_out
from tfgan_course.errors import UserError

__all__ = ["add_options", "common", "configuration", "run"]
RESUMED_WITH = ("--trials", "--chief", "--patience", "--top", "--strategy", "--replicas")
"""The options that may stand beside --resume."""


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `tune` beside those of the configuration."""
    parser.add_argument(
        "--space", type=str | None, help="learning_rate for example, see docs/guides/tuning.md; or a YAML file"
    )
    add_out(parser, None, "the search's folder (default: runs/tune-<variant>-<space>)")
    parser.add_argument("--resume", type=str | None, metavar="DIR", help="go on with this search")
    parser.add_argument(
        "--search",
        type=Literal["grid", "random", "bayesian", "hyperband"] | None,
        help="how values are chosen (default: grid for a finite space, random for others)",
    )
    parser.add_argument("--trials", type=PositiveInt | None, help="how many in all (default: a whole grid, or 20)")
    parser.add_argument("--search_seed", type=NonNegativeInt, default=0, help="of the values chosen")
    parser.add_argument("--factor", type=int, default=3, help="Hyperband keeps one trial of so many")
    parser.add_argument("--objective", type=str | None, help="a column of history.csv (default: a distance)")
    parser.add_argument(
        "--mode", type=Literal["min", "max"] | None, help="better smaller or larger (default: by figure)"
    )
    parser.add_argument(
        "--judge", type=Literal["last", "best", "mean"] | None, help="which of a trial's epochs count (default: best)"
    )
    parser.add_argument("--judge_epochs", type=PositiveInt | None, help="mean over the last so many (default: all)")
    parser.add_argument("--prune", type=bool, default=False, help="stop trials that are worse than the median")
    parser.add_argument("--prune_after", type=PositiveInt, default=3, help="but not before so many epochs")
    parser.add_argument("--top", type=PositiveInt, default=4, help="show samples of so many of the best")
    parser.add_argument("--chief", type=str | None, metavar="HOST:PORT", help="lead workers, listening here")
    parser.add_argument("--worker", type=str | None, metavar="ID", help="work for the chief at --chief, in its --out")
    parser.add_argument(
        "--patience",
        type=PositiveFloat,
        default=60.0,
        help="seconds without a heartbeat after which a worker is considered dead",
    )


def run(options: Namespace) -> None:
    """Search, alone or as the chief of workers elsewhere; or work for such a chief."""
    from tfgan_course.config.parser import from_file
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
    if worker and not (options.out or options.resume):
        raise UserError(
            expected="the folder that a worker shares with its chief", received="none", remedy="Write --out DIR"
        )
    folder = Path(options.resume or options.out or folder_of(options.space, options.settings.name))
    settings = options.settings
    if (options.resume or worker) and "--strategy" not in options.given and (folder / "base.yaml").is_file():
        settings = from_file(folder / "base.yaml")  # as the search was begun
    if settings["strategy"] == "multi_worker" and (chief or worker):
        raise UserError(
            "--chief and --worker divide the trials among machines, --strategy multi_worker divides each trial: use one"
        )
    workers = Workers(make_strategy(settings["strategy"], settings["replicas"]))
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
        elif extra := sorted(options.given - {"--resume", *RESUMED_WITH}):
            raise UserError(
                expected=f"beside --resume only {', '.join(RESUMED_WITH)}, as a search goes on as it was begun",
                received=extra[0],
                remedy=f"Leave {extra[0]} out, or begin another search",
            )
        more = options.trials if options.resume else None
        lead(folder, workers, trials=more, chief=chief, patience=options.patience, top=options.top)


def role(options: Namespace) -> tuple[str | None, str | None]:
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
            expected="the address of the chief beside --worker", received="none", remedy="Write --chief HOST:PORT"
        )
    return address, name
