"""Change real images by less than one sees, so that they are taken for something else (IE 534, E6)."""

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import NonNegativeFloat, PositiveInt

from tfgan_course.cli.options import add_checkpoint, add_count, add_figures, add_run, add_split


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain perturb`."""
    add_run(parser, "a GAN's or a classifier's run directory")
    add_figures(parser, "explain")
    add_checkpoint(parser)
    add_count(parser, 128, "images, the first of the split")
    add_split(parser, "test", "test images, or those it was trained on")
    parser.add_argument("--gain", type=NonNegativeFloat, default=8.0, help="the most a pixel changes, in gray levels")
    parser.add_argument(
        "--targeted", type=bool, default=True, help="towards the next class, (label + 1); false: away from its own"
    )
    parser.add_argument(
        "--steps", type=PositiveInt, default=1, help="of the picture; 1 is the sign step, more are projected descent"
    )
    parser.add_argument("--shown", type=PositiveInt, default=100, help="images in the picture, at most")


def run(options: Namespace) -> None:
    """Write the accuracies at several gains, and a picture of the images before and after."""
    from tfgan_course.explore import class_logits, open_network, perturbation_curves, perturbation_figure
    from tfgan_course.explore.perturbation_figures import labeled
    from tfgan_course.figures.folder import FigureFolder

    network = open_network(options.run, options.checkpoint)
    class_logits(network.model)  # refuses a critic without classes before anything slow
    out = FigureFolder(options.out or network.directory.path / "explain", options.formats)
    train, test = network.images()
    images = labeled(test if options.split == "test" else train, options.count)
    steps = options.steps if options.steps > 1 else 10
    table, curves = perturbation_curves(network, images, gain=options.gain, steps=steps, split=options.split)
    out.table("perturb", table)
    out.figure("perturb-curve", curves)
    figure = perturbation_figure(
        network,
        images,
        gain=options.gain,
        targeted=options.targeted,
        steps=options.steps,
        shown=options.shown,
        split=options.split,
    )
    out.figure("perturb", figure)
