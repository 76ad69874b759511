"""Draw what the channels of a layer look for (IE 534, E8)."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import add_ascent, whole_numbers


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain maximize-feature`."""
    add_network(parser)
    parser.add_argument("--layer", type=str, required=True, help="name; `python -m tfgan_course layers RUN` has all")
    parser.add_argument("--channels", type=str | None, help="numbers and ranges, 0,3,8-11; all unless given")
    parser.add_argument("--label", type=str | None, help="class that a critic is given which takes labels; the first")
    add_ascent(parser)


def run(options: Namespace) -> None:
    """Write an image for each channel."""
    from tfgan_course.explore import Ascent, features_report
    from tfgan_course.explore.outputs import layer

    network, out = opened(options)
    channels = layer(network.model, options.layer).shape[-1]
    units = options.channels and whole_numbers(options.channels, "--channels", channels)
    out.save(features_report(network, options.layer, units, options.label, Ascent.of(options)))
