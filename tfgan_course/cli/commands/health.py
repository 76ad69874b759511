"""Say what the health monitor saw of a run, and how near it came to what it did not."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.options import add_run

needs_tensorflow = False


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `health`."""
    add_run(parser, "a run directory, finished or in training")


def run(options: Namespace) -> None:
    """Print the events and the table of findings."""
    from tfgan_course.health.summary import summary
    from tfgan_course.runs.directory import RunDirectory

    print(summary(RunDirectory(options.run)))
