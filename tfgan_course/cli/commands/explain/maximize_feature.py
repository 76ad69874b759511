"""Draw what the channels of a layer look for (IE 534, E8)."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.options import add_ascent, add_checkpoint, add_figures, add_run, whole_numbers


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain maximize-feature`."""
    add_run(parser, "a GAN's or a classifier's run directory")
    add_figures(parser, "explain")
    add_checkpoint(parser)
    parser.add_argument(
        "--layer", type=str, required=True, help="its name: `python -m tfgan_course layers RUN` has all"
    )
    parser.add_argument("--channels", type=str | None, help="numbers and ranges, 0,3,8-11; all unless given")
    parser.add_argument("--label", type=str | None, help="class that a critic is given which takes labels; the first")
    add_ascent(parser)


def run(options: Namespace) -> None:
    """Write an image for each channel."""
    from tfgan_course.data.classes import labels_of
    from tfgan_course.explore import Ascent, features_figure, open_network
    from tfgan_course.explore.outputs import layer, layer_file
    from tfgan_course.figures.folder import FigureFolder

    network = open_network(options.run, options.checkpoint)
    channels = layer(network.model, options.layer).shape[-1]
    units = None if options.channels is None else whole_numbers(options.channels, "--channels", channels)
    out = FigureFolder(options.out or network.directory.path / "explain", options.formats)
    test = network.images()[1]
    label = 0 if options.label is None else int(labels_of([options.label], test.class_names)[0])
    figure = features_figure([network], test, options.layer, units, label, Ascent.of(options))
    out.figure(f"maximize-feature-{layer_file(options.layer)}", figure)
