"""Draw pictures of two networks side by side: one trained alone, the other with a generator, for example."""

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import add_ascent, whole_numbers
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.plugins.types import NonNegativeFloat, PositiveInt


def add_options(parser: Parser) -> None:
    add_network(parser, "first", "second")
    parser.add("--layer", str | None, "layers whose channels are compared as well, conv4,conv8 for example")
    parser.add("--channels", str | None, "channels of these layers, 0,3,8-11; all unless given")
    parser.add("--count", PositiveInt, "test images to perturb", 128)
    parser.add("--gain", NonNegativeFloat, "size of the perturbation in gray levels, see explain perturb", 8.0)
    add_ascent(parser)


def run(options: Options) -> None:
    """Write both networks' accuracies against perturbation, and their images of classes and channels."""
    from tfgan_course.explore import Ascent, class_logits, comparison_report
    from tfgan_course.explore.outputs import layer

    *networks, out = opened(options, "first", "second")
    layers = {}
    for network in networks:  # refuse mistakes before anything slow
        class_logits(network.model)
        for name in filter(None, map(str.strip, (options.layer or "").split(","))):
            channels = layer(network.model, name).shape[-1]
            layers[name] = options.channels and whole_numbers(options.channels, "--channels", channels)
    ascent = Ascent.of(options)
    out.save(comparison_report(networks, layers, ascent, count=options.count, gain=options.gain))
