"""Print what the health monitor found in a run, and how near the run came to the other findings."""

from tfgan_course.cli.options import add_run, any_run
from tfgan_course.cli.parsing import Options, Parser

needs_tensorflow = False


def add_options(parser: Parser) -> None:
    add_run(parser, "a run directory, finished or in training", check=any_run)


def run(options: Options) -> None:
    """Print the events and the table of findings."""
    from tfgan_course.health.summary import summary
    from tfgan_course.runs.directory import RunDirectory

    print(summary(RunDirectory(options.run)))
