"""Draw generated samples beside the training images nearest to them: is anything memorized?"""

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import PositiveInt

from tfgan_course.cli.options import add_average, add_checkpoint, add_count, add_figures, add_run, add_seed


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain neighbours`."""
    add_run(parser, "a GAN's or a classifier's run directory")
    add_figures(parser, "explain")
    add_checkpoint(parser)
    add_count(parser, 10, "samples (test images, of a classifier's run)")
    parser.add_argument("--nearest", type=PositiveInt, default=5, help="training images beside each")
    parser.add_argument("--features", type=str | None, help="as for evaluate: a classifier's run, for example")
    parser.add_argument("--layer", type=str | None, help="the run's own network's layer; its last activations")
    add_average(parser)
    add_seed(parser, "of the first sample; the next has the next seed")


def run(options: Namespace) -> None:
    """Write the figure, and print how many samples are suspiciously near."""
    from tfgan_course.explore import neighbour_features, neighbours_figure, open_network
    from tfgan_course.figures.folder import FigureFolder

    network = open_network(options.run, options.checkpoint)
    features = neighbour_features(network, options.features, options.layer)
    out = FigureFolder(options.out or network.directory.path / "explain", options.formats)
    figure, said = neighbours_figure(
        network, features, count=options.count, nearest=options.nearest, average=options.average, seed=options.seed
    )
    out.figure("neighbours", figure)
    print(said)
