"""Draw the image of each class that the network is most certain of (IE 534)."""

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import add_ascent
from tfgan_course.cli.parsing import Options, Parser


def add_options(parser: Parser) -> None:
    add_network(parser)
    add_ascent(parser)


def run(options: Options) -> None:
    """Write the images of the classes, and the logits that they reach."""
    from tfgan_course.explore import Ascent, classes_report

    network, out = opened(options)
    out.save(classes_report(network, Ascent.of(options)))
