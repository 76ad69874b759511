"""Draw what a network takes for the best image of each class (IE 534, E7)."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import add_ascent


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain maximize-class`."""
    add_network(parser)
    add_ascent(parser)


def run(options: Namespace) -> None:
    """Write the images of the classes, and the logits that they reach."""
    from tfgan_course.explore import Ascent, classes_report

    network, out = opened(options)
    out.save(classes_report(network, Ascent.of(options)))
