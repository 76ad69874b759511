"""Draw what the channels of a layer look for (IE 534)."""

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import add_ascent, whole_numbers
from tfgan_course.cli.parsing import Options, Parser


def add_options(parser: Parser) -> None:
    add_network(parser)
    parser.add("--layer", str, "the layer's name; the command `layers` lists all names")
    parser.add("--channels", str | None, "channels by number, 0,3,8-11; all unless given")
    parser.add(
        "--label", str | None, "class that is given to a critic with labels as an input; the first class unless given"
    )
    add_ascent(parser)


def run(options: Options) -> None:
    """Write an image for each channel."""
    from tfgan_course.explore import Ascent, features_report
    from tfgan_course.explore.outputs import layer

    network, out = opened(options)
    channels = layer(network.model, options.layer).shape[-1]
    units = options.channels and whole_numbers(options.channels, "--channels", channels)
    out.save(features_report(network, options.layer, units, options.label, Ascent.of(options)))
