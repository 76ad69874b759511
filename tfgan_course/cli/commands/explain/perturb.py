"""Change real images so little that a person does not see it, and the network sees another class (IE 534)."""

from typing import Literal

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.plugins.types import NonNegativeFloat, PositiveInt


def add_options(parser: Parser) -> None:
    add_network(parser)
    parser.add("--count", PositiveInt, "how many images; the first images of the split are taken", 128)
    parser.add(
        "--split", Literal["train", "test"], "test images, or the images that the network was trained on", "test"
    )
    parser.add("--gain", NonNegativeFloat, "largest change of a pixel, in gray levels", 8.0)
    aim = "true: towards the next class (label + 1); false: away from the image's own class"
    parser.add("--targeted", bool, aim, True)
    about = "attack steps for the picture: 1 is the fast gradient sign method, more are projected gradient descent"
    parser.add("--steps", PositiveInt, about, 1)
    parser.add("--shown", PositiveInt, "largest number of images in the picture", 100)


def run(options: Options) -> None:
    """Write the accuracies at several gains, and a picture of the images before and after."""
    from tfgan_course.explore import perturbation_report

    network, out = opened(options)
    names = ("count", "split", "gain", "targeted", "steps", "shown")
    out.save(perturbation_report(network, **{name: options[name] for name in names}))
