"""Draw which pixels of an image a class, or the score, depends on: gradient maps."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.commands.explain import add_network, opened
from tfgan_course.cli.options import add_split, whole_numbers


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain saliency`."""
    add_network(parser)
    parser.add_argument("--images", type=str, default="0-15", help="numbers and ranges, 0,3,8-11")
    add_split(parser, "test", "of these images")
    outputs = "said (the class an image is taken for), label, a class by name or number, or score"
    parser.add_argument("--of", type=str | None, help=f"{outputs}; said, or score of a critic without classes")


def run(options: Namespace) -> None:
    """Write the images beside their maps."""
    from tfgan_course.explore import saliency_report

    picked = whole_numbers(options.images, "--images")
    network, out = opened(options)
    out.save(saliency_report(network, picked, options.of, options.split))
