"""Open a web page on which a trained generator is tried out: draws, walks, mixtures, photos."""

from typing import Any

from tfgan_course.cli.options import add_run, share
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import require
from tfgan_course.plugins.types import PositiveInt


def add_options(parser: Parser) -> None:
    add_run(parser)
    about = "the port of the page at 127.0.0.1; unless given, the first free one from 7860 on"
    parser.add("--port", PositiveInt | None, about, check=port)
    about = "also give the page a public address, through a server of the makers of Gradio; this needs the internet"
    parser.add("--share", bool, about, False)
    share(parser, "checkpoint", "average")


def port(number: Any) -> int:
    """Refuse a number that is no port."""
    require(number < 65536, "for --port a number of at most 65535", number, "Leave it out for the first free port")
    return number


def check(options: Options) -> None:
    """Import Gradio, which is an extra, before the run is opened."""
    from tfgan_course.demo import server  # noqa: F401


def run(options: Options) -> None:
    """Serve the page until Ctrl-C."""
    from tfgan_course.demo.page import LOOK, Page
    from tfgan_course.demo.pictures import Pictures
    from tfgan_course.demo.server import serve
    from tfgan_course.runs.open import load_run

    chosen = options.run, options.checkpoint, options.average
    run = load_run(*chosen)
    walks = run.config.precision != "float32" and not run.gan.takes_condition
    pictures = Pictures(run, load_run(*chosen, precision="float32") if walks else run)
    typed = {name: options[name] for name in ("checkpoint", "average") if f"--{name}" in options.given}
    serve(lambda folder: Page(pictures, folder, **typed).blocks, options.port, options.share, **LOOK)
