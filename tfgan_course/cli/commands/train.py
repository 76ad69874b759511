"""Train a GAN: a run directory with its samples, curves, history and checkpoints."""

from pathlib import Path

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.options import add_out
from tfgan_course.errors import UserError

RESUMED_WITH = ("--epochs", "--strategy", "--replicas", "--steps_per_execution", "--jit")
"""The options that may change when a run goes on."""


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `train`: those of a configuration, and its own."""
    from tfgan_course.config.parser import add_configuration

    add_configuration(parser)
    add_out(parser, None, "the run directory (default: runs/<variant>)")
    parser.add_argument("--resume", type=str | None, metavar="RUN", help="go on with this run")


def run(options: Namespace) -> None:
    """Train from the beginning, or go on with a run; as a worker, train what the chief trains."""
    from tfgan_course.cli.quiet import import_tensorflow
    from tfgan_course.config.parser import config_parser, dump, instantiate, parse
    from tfgan_course.runs.directory import RunDirectory
    from tfgan_course.training.distribution import make_strategy
    from tfgan_course.training.launch import launch
    from tfgan_course.training.workers import Workers

    print(f"Training on {', '.join(import_tensorflow()) or 'the CPU'}")
    run, given = None, options.given
    if options.resume:
        extra = sorted(given - {"--resume", *RESUMED_WITH})
        if extra:
            raise UserError(
                f"--resume goes on as the run was configured, longer with --epochs N; it takes no {extra[0]}. "
                f"It takes {', '.join(RESUMED_WITH)}"
            )
        workers = Workers(make_strategy(options.strategy, options.replicas)) if "--strategy" in given else None
        if workers is None or workers.chief:
            run = RunDirectory.of_gan(options.resume)
            changed = [f"{name}={options[name[2:]]}" for name in RESUMED_WITH if name in given]
            options = parse(config_parser(), ["--config", str(run.config), *changed])
        workers = workers or Workers(make_strategy(options.strategy, options.replicas))
        out = None
    else:
        file = Path(str(options.config[-1])) if options.config else Path("dcgan.yaml")
        # A run's own config.yaml says nothing by its name.
        out = options.out or f"runs/{file.resolve().parent.name if file.name == 'config.yaml' else file.stem}"
        workers = Workers(make_strategy(options.strategy, options.replicas))
    parser = config_parser()
    run = launch(workers, lambda: (instantiate(parser, options), dump(parser, options)), out=out, resume=run)
    if run is not None:
        print(f"Samples, curves and history: {run.path}")
