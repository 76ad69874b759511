"""Change real images by less than one sees, so that they are taken for something else (IE 534, E6)."""

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import NonNegativeFloat, PositiveInt

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import add_count, add_split


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain perturb`."""
    add_network(parser)
    add_count(parser, 128, "images, the first of the split")
    add_split(parser, "test", "test images, or those it was trained on")
    parser.add_argument("--gain", type=NonNegativeFloat, default=8.0, help="the most a pixel changes, in gray levels")
    aim = "towards the next class, (label + 1); false: away from its own"
    parser.add_argument("--targeted", type=bool, default=True, help=aim)
    about = "of the picture; 1 is the sign step, more are projected descent"
    parser.add_argument("--steps", type=PositiveInt, default=1, help=about)
    parser.add_argument("--shown", type=PositiveInt, default=100, help="images in the picture, at most")


def run(options: Namespace) -> None:
    """Write the accuracies at several gains, and a picture of the images before and after."""
    from tfgan_course.explore import perturbation_report

    network, out = opened(options)
    names = ("count", "split", "gain", "targeted", "steps", "shown")
    out.save(perturbation_report(network, **{name: options[name] for name in names}))
