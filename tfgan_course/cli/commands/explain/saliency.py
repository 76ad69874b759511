"""Draw maps of the gradient: the pixels on which an image's class, or its score, depends most."""

from typing import Literal

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import whole_numbers
from tfgan_course.cli.parsing import Options, Parser


def add_options(parser: Parser) -> None:
    add_network(parser)
    parser.add("--images", str, "images by number, 0,3,8-11", "0-15")
    parser.add("--split", Literal["train", "test"], "split from which the images are taken", "test")
    outputs = "said (the class that the network predicts), label, a class by name or number, or score"
    parser.add("--of", str | None, f"{outputs}; unless given, said, or score for a critic without classes")


def run(options: Options) -> None:
    """Write the images beside their maps."""
    from tfgan_course.explore import saliency_report

    picked = whole_numbers(options.images, "--images")
    network, out = opened(options)
    out.save(saliency_report(network, picked, options.of, options.split))
