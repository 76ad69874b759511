"""The command `tune`."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from jsonargparse.typing import NonNegativeInt, PositiveFloat, PositiveInt

from tfgan_course.config.parser import config_parser, dump, instantiate, parse
from tfgan_course.errors import Interrupted, UserError
from tfgan_course.files import write_text
from tfgan_course.training.distribution import make_strategy
from tfgan_course.training.interrupts import stop_on_signals
from tfgan_course.training.launch import follow
from tfgan_course.training.measuring import recorded_by
from tfgan_course.training.workers import Workers
from tfgan_course.tuning.objective import Objective
from tfgan_course.tuning.oracles import Lasting, make_oracle
from tfgan_course.tuning.results import results, write_all, write_tables
from tfgan_course.tuning.search import HEARTBEAT, client, search, serve
from tfgan_course.tuning.space import Search, Space, read_space, spaces
from tfgan_course.tuning.trials import FAILED, Pruning, Trials, trial_config

DESCRIPTION = """Search the configuration for what trains best: learning rates, schedules, optimizers, anything.

Takes every option of train, for what all trials share (--epochs and --steps_per_epoch bound each trial), and these:"""


@dataclass
class Settings:
    """What decides a search, beside the configuration that its trials share: search.json of its folder.

    Args:
        parameters: the space.
        objective: fields of `Objective`.
        search: grid, random, bayesian or hyperband.
        trials: how many at most; None for all of a grid, and for Hyperband, which knows itself.
        seed: of the search, not of the trials.
        pruning: fields of `Pruning`; None prunes nothing.
        factor: Hyperband's.
        epochs: of a trial; Hyperband begins with fewer.
    """

    parameters: dict
    objective: dict
    search: str
    trials: int | None
    seed: int
    pruning: dict | None
    factor: int
    epochs: int


def tune_command(args: Sequence[str]) -> None:
    """Search for the best settings: a table of trials, their runs, the best configuration."""
    parser = tune_parser()
    options = parse(parser, args)
    chief, worker = role(options)
    if options.patience < 3 * HEARTBEAT:
        raise UserError(
            f"--patience must be at least {3 * HEARTBEAT:g} seconds, three signs of life; got {options.patience:g}"
        )
    strategy, replicas = strategy_of(options, flags(args))
    if strategy == "multi_worker" and (chief or worker):
        raise UserError(
            "--chief and --worker divide the trials among machines, --strategy multi_worker divides each trial: use one"
        )
    workers = Workers(make_strategy(strategy, replicas))
    if not workers.chief:
        with stop_on_signals() as asked_to_stop, workers.together():
            follow(workers, asked_to_stop)
        return
    with workers.together():
        lead(args, parser, options, chief, worker, workers)


def strategy_of(options, given: set[str]) -> tuple[str, int | None]:
    """What each trial is trained on: as the command line says, or as the search was begun."""
    if (options.resume or options.worker) and "--strategy" not in given:
        base = Path(options.resume or out_folder(options)) / "base.yaml"
        if base.is_file():
            options = parse(config_parser(), ["--config", str(base)])
    return options.strategy, options.replicas


def lead(args: Sequence[str], parser, options, chief: str | None, worker: str | None, workers: Workers) -> None:
    """Searches, as the only process or the chief of several, or works for the search of a chief elsewhere."""
    if worker:
        if not (options.out or options.resume):
            raise UserError("--worker needs the folder that it shares with its chief: --out DIR")
        folder = Path(options.resume or out_folder(options))
        with stop_on_signals() as asked_to_stop:
            work(folder, chief, worker, asked_to_stop, workers)
        return
    if options.resume:
        allowed = {"--resume", "--chief", "--patience", "--top", "--strategy", "--replicas"}
        extra = flags(args) - allowed
        if extra:
            raise UserError(f"--resume goes on with the search as it was begun; it takes no {sorted(extra)[0]}")
        folder = Path(options.resume)
        if not (folder / "search.json").is_file():
            raise UserError(f"{folder} is no search: it has no search.json")
    else:
        folder = out_folder(options)
        begin(folder, parser, options)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise UserError(f"another process leads the search {folder}. Help it with --worker, or wait") from error
    settings, trials = opened(folder, workers)
    oracle = restored(folder, settings, trials.space, options.patience if chief else None)
    print(f"Search: {folder}, {settings.search}, {trials.objective}", flush=True)
    if chief:
        serve(oracle, chief, watching(oracle, trials))
    else:
        with stop_on_signals() as asked_to_stop, workers.leading():
            try:
                search(oracle, "tuner0", trials, asked_to_stop, lambda number, outcome: tell_user(oracle, trials))
            except Interrupted:
                oracle.give_back()
                raise
    conclude(oracle, trials, options.top)


def flags(args: Sequence[str]) -> set[str]:
    """The names of the options on a command line."""
    return {arg.partition("=")[0] for arg in args if arg.startswith("--")}


def tune_parser():
    """The parser of `train`'s configuration and of what a search needs."""
    parser = config_parser(prog="tune", description=DESCRIPTION)
    parser.add_argument("--space", type=str | None, help=f"{', '.join(spaces())}, or a YAML file")
    parser.add_argument("--out", type=str | None, help="the search's folder (default: runs/tune-<variant>-<space>)")
    parser.add_argument("--resume", type=str | None, metavar="DIR", help="go on with this search")
    parser.add_argument(
        "--search",
        type=Search | None,
        help="how values are chosen (default: grid for a finite space, random for others)",
    )
    parser.add_argument("--trials", type=PositiveInt | None, help="how many at most (default: a whole grid, or 20)")
    parser.add_argument("--search_seed", type=NonNegativeInt, default=0, help="of the values chosen")
    parser.add_argument("--factor", type=int, default=3, help="Hyperband keeps one trial of so many")
    parser.add_argument("--objective", type=str | None, help="a column of history.csv (default: val_generator_loss)")
    parser.add_argument("--mode", type=Literal["min", "max"] | None, help="better smaller or larger (default: min)")
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
        "--patience", type=PositiveFloat, default=60.0, help="seconds after which a silent worker counts as dead"
    )
    return parser


def role(options) -> tuple[str | None, str | None]:
    """The chief's address and this worker's name: None and None alone, the name None for the chief.

    KerasTuner's environment variables say the same where the options do not.
    """
    address, name = options.chief, options.worker
    host, port = os.environ.get("KERASTUNER_ORACLE_IP"), os.environ.get("KERASTUNER_ORACLE_PORT")
    if address is None and host and port:
        address = f"{host}:{port}"
        known = os.environ.get("KERASTUNER_TUNER_ID", "")
        name = name or (None if "chief" in known else known)
        if name == "":
            raise UserError("KERASTUNER_ORACLE_IP is set: say who this is with KERASTUNER_TUNER_ID, chief or a name")
    if name is not None and address is None:
        raise UserError("--worker needs the address of its chief: --chief HOST:PORT")
    return address, name


def out_folder(options) -> Path:
    """Where the search lies unless told otherwise."""
    if options.out:
        return Path(options.out)
    if not options.space:
        raise UserError(f"--space is missing: {', '.join(spaces())}, or a YAML file of your own")
    variant = Path(str(options.config[-1])).stem if options.config else "dcgan"
    return Path("runs") / f"tune-{variant}-{Path(options.space).stem}"


def begin(folder: Path, parser, options) -> None:
    """Checks everything that can be wrong with a search, then writes it down.

    Raises:
        UserError: for what is wrong; nothing is left behind.
    """
    if not options.space:
        raise UserError(f"--space is missing: {', '.join(spaces())}, or a YAML file of your own")
    if folder.exists():
        raise UserError(f"{folder} exists. Go on with it: --resume {folder}; or begin another: --out DIR")
    content = read_space(options.space)
    space = Space.of(content["parameters"], options.space)
    objective = objective_of(content.get("objective") or {}, options)
    kind = options.search or content.get("search") or ("random" if space.endless() else "grid")
    trials = options.trials or content.get("trials") or (None if kind in ("grid", "hyperband") else 20)
    if kind == "hyperband" and options.trials:
        raise UserError("Hyperband decides itself how many trials it needs: leave out --trials, or change --epochs")
    if options.factor < 2:
        raise UserError(f"--factor must be at least 2; got {options.factor}")
    config = instantiate(parser, options)
    pruning = asdict(Pruning(after_epochs=options.prune_after)) if options.prune else None
    settings = Settings(
        content["parameters"],
        asdict(objective),
        kind,
        trials,
        options.search_seed,
        pruning,
        options.factor,
        config.epochs,
    )
    make_oracle_of(settings, space, None)
    check_objective(objective, config)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        temporary.mkdir(parents=True)
        write_text(temporary / "base.yaml", dump(parser, options))
        check_space(space, temporary / "base.yaml")
        write_text(temporary / "search.json", json.dumps(asdict(settings), indent=2) + "\n")
        temporary.rename(folder)
    except OSError as error:
        raise UserError(f"cannot make {folder}: {error.strerror}. Choose another with --out") from error
    finally:
        if temporary.is_dir():
            for file in temporary.iterdir():
                file.unlink()
            temporary.rmdir()


def objective_of(described: dict, options) -> Objective:
    """The space's objective, changed by the command line's."""
    given = {
        "figure": options.objective,
        "mode": options.mode,
        "judge": options.judge,
        "epochs": options.judge_epochs,
    }
    try:
        return Objective(**{**described, **{name: value for name, value in given.items() if value is not None}})
    except TypeError as error:
        raise UserError(f"{options.space}: an objective has figure, mode, judge and epochs; got {described}") from error


def check_objective(objective: Objective, config) -> None:
    """Refuses an objective that the configuration does not record."""
    figures = recorded_by(config)
    if objective.figure not in figures:
        raise UserError(f"--objective {objective.figure}: nobody logs it. Recorded are {', '.join(figures)}")


def check_space(space: Space, base: Path) -> None:
    """Refuses a space with a key or a value that the configuration does not take."""
    for values in space.probes():
        try:
            trial_config(base, space.settings(values))
        except UserError as error:
            raise UserError(f"the space's values {values} do not fit the configuration: {error}") from error


def opened(folder: Path, workers: Workers | None = None) -> tuple[Settings, Trials]:
    """A search that was written down."""
    settings = Settings(**json.loads((folder / "search.json").read_text(encoding="utf-8")))
    pruning = Pruning(**settings.pruning) if settings.pruning else None
    space = Space.of(settings.parameters, str(folder / "search.json"))
    return settings, Trials(folder, space, Objective(**settings.objective), pruning, workers or Workers())


def make_oracle_of(settings: Settings, space: Space, patience: float | None) -> Lasting:
    """The oracle that the settings ask for, at its beginning."""
    return make_oracle(
        settings.search,
        space,
        Objective(**settings.objective),
        trials=settings.trials,
        seed=settings.seed,
        epochs=settings.epochs,
        factor=settings.factor,
        patience=patience,
    )


def restored(folder: Path, settings: Settings, space: Space, patience: float | None) -> Lasting:
    """The oracle where it was when it was last written down."""
    oracle = make_oracle_of(settings, space, patience)
    oracle._set_project_dir(str(folder), "oracle")
    if (folder / "oracle" / "oracle.json").is_file():
        oracle.reload()
    return oracle


def work(folder: Path, chief: str, name: str, asked_to_stop: Callable[[], bool], workers: Workers) -> None:
    """Runs trials for a chief until there are no more."""
    if not (folder / "search.json").is_file():
        raise UserError(
            f"{folder} is no search yet: start the chief first, and give --out the folder that it shares with its "
            "workers"
        )
    settings, trials = opened(folder, workers)
    oracle = client(make_oracle_of(settings, trials.space, None), chief, name)

    def ended(number: str, outcome) -> None:
        print(f"{name}: trial {number} {outcome.status} {outcome.message}", flush=True)

    search(oracle, name, trials, asked_to_stop, ended, heartbeat=HEARTBEAT)


def watching(oracle: Lasting, trials: Trials) -> Callable[[], None]:
    """What a chief does between requests: writes the tables anew when a trial has ended."""
    known = -1

    def look() -> None:
        nonlocal known
        if len(oracle.end_order) != known:
            known = len(oracle.end_order)
            tell_user(oracle, trials)

    return look


def tell_user(oracle: Lasting, trials: Trials) -> None:
    """Writes the tables and says how the last trial ended."""
    ended = results(oracle, trials)
    write_tables(trials, ended)
    if oracle.end_order:
        number = f"{int(oracle.end_order[-1]):04d}"
        last = next((result for result in ended if result.number == number), None)
        if last:
            score = f"{last.outcome.score:.6g}" if last.outcome.score is not None else last.outcome.message
            print(f"Trial {number} {last.outcome.status}: {last.values} -> {score}", flush=True)


def conclude(oracle: Lasting, trials: Trials, top: int) -> None:
    """Writes everything and names the best.

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
