"""Draw both networks' pictures side by side: trained alone, and with a generator."""

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import NonNegativeFloat

from tfgan_course.cli.options import add_ascent, add_count, add_figures, add_run, whole_numbers


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain compare`."""
    for name in ("first", "second"):
        add_run(parser, "a GAN's or a classifier's run directory", name)
    add_figures(parser, "explain")
    parser.add_argument("--layer", type=str | None, help="compare these layers' features too: conv4,conv8")
    parser.add_argument("--channels", type=str | None, help="of these layers: 0,3,8-11; all unless given")
    add_count(parser, 128, "test images to perturb")
    parser.add_argument("--gain", type=NonNegativeFloat, default=8.0, help="of the perturbation, see explain perturb")
    add_ascent(parser)


def run(options: Namespace) -> None:
    """Write both networks' accuracies against perturbation, and their images of classes and channels."""
    from tfgan_course.explore import (
        Ascent,
        class_logits,
        classes_figure,
        compared_curves,
        features_figure,
        open_network,
    )
    from tfgan_course.explore.network import check_alike
    from tfgan_course.explore.outputs import layer, layer_file
    from tfgan_course.figures.folder import FigureFolder

    networks = [open_network(options.first), open_network(options.second)]
    units = {}
    for network in networks:  # before anything slow
        class_logits(network.model)
        for name in filter(None, map(str.strip, (options.layer or "").split(","))):
            channels = layer(network.model, name).shape[-1]
            units[name] = options.channels and whole_numbers(options.channels, "--channels", channels)
    out = FigureFolder(options.out or networks[0].directory.path / "explain", options.formats)
    check_alike(*networks)
    test, ascent = networks[0].images()[1], Ascent.of(options)
    table, curves = compared_curves(networks, test, count=options.count, gain=options.gain)
    out.table("compare", table)
    out.figure("compare-perturb", curves)
    _, figure = classes_figure(networks, test, ascent)
    out.figure("compare-class", figure)
    for name, chosen in units.items():
        figure = features_figure(networks, test, name, chosen, 0, ascent)
        out.figure(f"compare-feature-{layer_file(name)}", figure)
