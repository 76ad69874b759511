"""Change real images by less than a person sees, so that the network takes them for another class (IE 534)."""

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import add_count, add_split
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.plugins.types import NonNegativeFloat, PositiveInt


def add_options(parser: Parser) -> None:
    add_network(parser)
    add_count(parser, 128, "how many images, from the first of the split")
    add_split(parser, "test", "test images, or the images that the network was trained on")
    parser.add("--gain", NonNegativeFloat, "largest change of a pixel, in gray levels", 8.0)
    aim = "true: towards the next class (label + 1); false: away from the image's own class"
    parser.add("--targeted", bool, aim, True)
    about = "steps of the attack in the picture: 1 is the fast gradient sign, more are projected gradient descent"
    parser.add("--steps", PositiveInt, about, 1)
    parser.add("--shown", PositiveInt, "most images in the picture", 100)


def run(options: Options) -> None:
    """Write the accuracies at several gains, and a picture of the images before and after."""
    from tfgan_course.explore import perturbation_report

    network, out = opened(options)
    names = ("count", "split", "gain", "targeted", "steps", "shown")
    out.save(perturbation_report(network, **{name: options[name] for name in names}))
