"""Draw both networks' pictures side by side: trained alone, and with a generator."""

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import NonNegativeFloat

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import add_ascent, add_count, whole_numbers


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain compare`."""
    add_network(parser, "first", "second")
    parser.add_argument("--layer", type=str | None, help="compare these layers' features too: conv4,conv8")
    parser.add_argument("--channels", type=str | None, help="of these layers: 0,3,8-11; all unless given")
    add_count(parser, 128, "test images to perturb")
    parser.add_argument("--gain", type=NonNegativeFloat, default=8.0, help="of the perturbation, see explain perturb")
    add_ascent(parser)


def run(options: Namespace) -> None:
    """Write both networks' accuracies against perturbation, and their images of classes and channels."""
    from tfgan_course.explore import Ascent, class_logits, comparison_report
    from tfgan_course.explore.outputs import layer

    *networks, out = opened(options, "first", "second")
    layers = {}
    for network in networks:  # before anything slow
        class_logits(network.model)
        for name in filter(None, map(str.strip, (options.layer or "").split(","))):
            channels = layer(network.model, name).shape[-1]
            layers[name] = options.channels and whole_numbers(options.channels, "--channels", channels)
    ascent = Ascent.of(options)
    out.save(comparison_report(networks, layers, ascent, count=options.count, gain=options.gain))
