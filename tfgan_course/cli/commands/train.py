"""Train a GAN, and write samples, curves, history and checkpoints into a run directory."""

from tfgan_course.cli.options import add_out, check_resumed, folder, gan_run
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.config.parser import Settings
from tfgan_course.config.schema import LIMITS
from tfgan_course.files import usable
from tfgan_course.runs.paths import OPTIONS as PATHS
from tfgan_course.training.edits import RESUMED_WITH

CHANGED = (*RESUMED_WITH, *PATHS)
"""The options that may change when a run is resumed; some of them say where moved images and features are now."""
LENGTHS = ("epochs", *LIMITS)
common: tuple[str, ...] = ("variant", "data.name", "data.folder", "data.size", "epochs", "max_minutes")
common += ("batch_size", "seed", "precision", "strategy")


def configuration() -> type:
    """Return the configuration whose options the command takes."""
    from tfgan_course.config.schema import TrainConfig

    return TrainConfig


def add_options(parser: Parser) -> None:
    add_out(parser, None, "the run directory (default: runs/<variant>)", folder)
    parser.add("--resume", str | None, "run directory to resume")


def check(options: Options) -> None:
    """Refuse options that cannot be used together with `--resume`, and a path that is not a run."""
    check_resumed(options, [f"--{name}" for name in CHANGED])
    # If several workers train together, only the chief has the run.
    if options.resume is not None and "--strategy" not in options.given:
        gan_run(options.resume)


def start(options: Options) -> Settings:
    """Return the settings of the run that `--resume` names, in the places that the other options name."""
    from tfgan_course.runs.directory import RunDirectory
    from tfgan_course.runs.open import settings_of

    if not resumes_here(options):
        return Settings(configuration())
    typed = {option.key: option.value for option in options.configured}
    return settings_of(
        RunDirectory.of_gan(options.resume), options={name: typed[name] for name in PATHS if name in typed}
    )


def resumes_here(options: Options) -> bool:
    """Return whether this process has the run to resume: of several workers only the chief has it."""
    return options.resume is not None and (usable(options.resume, "--resume") / "config.yaml").is_file()


def settings(options: Options) -> Settings:
    """Return the settings with the typed limit alone, and of a resumed run without the replicas of another strategy."""
    from tfgan_course.training.limits import without_others

    others = without_others({name: options.settings[name] for name in LENGTHS if f"--{name}" in options.given})
    if resumes_here(options) and "--strategy" in options.given and "--replicas" not in options.given:
        others["replicas"] = None
    return options.settings.with_options(others)


def run(options: Options) -> None:
    """Train from the beginning, or resume a run; a worker takes part in the chief's training."""
    from tfgan_course.cli.quiet import import_tensorflow
    from tfgan_course.runs.directory import RunDirectory
    from tfgan_course.runs.start import pinned
    from tfgan_course.training.distribution import make_strategy
    from tfgan_course.training.launch import launch
    from tfgan_course.training.workers import Workers

    print(f"Training on {', '.join(import_tensorflow()) or 'the CPU'}")
    settings = options.settings
    workers = Workers(make_strategy(settings["strategy"], settings["replicas"]))
    run = RunDirectory.of_gan(options.resume) if options.resume is not None and workers.chief else None
    out = options.out or f"runs/{settings.name}"

    def configure() -> tuple:
        exact = settings if options.resume is not None else pinned(settings)
        return exact.make(), exact.yaml()

    run = launch(workers, configure, out=out, resume=run)
    if run is not None:
        print(f"Samples, curves and history: {run.path}")
