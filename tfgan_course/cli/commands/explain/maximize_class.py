"""Draw what a network takes for the best image of each class (IE 534, E7)."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.options import add_ascent, add_checkpoint, add_figures, add_run


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain maximize-class`."""
    add_run(parser, "a GAN's or a classifier's run directory")
    add_figures(parser, "explain")
    add_checkpoint(parser)
    add_ascent(parser)


def run(options: Namespace) -> None:
    """Write the images of the classes, and the logits that they reach."""
    from tfgan_course.explore import Ascent, class_logits, classes_figure, open_network
    from tfgan_course.figures.folder import FigureFolder

    network = open_network(options.run, options.checkpoint)
    class_logits(network.model)  # refuses a critic without classes before anything slow
    out = FigureFolder(options.out or network.directory.path / "explain", options.formats)
    (table,), figure = classes_figure([network], network.images()[1], Ascent.of(options))
    out.table("maximize-class", table)
    out.figure("maximize-class", figure)
