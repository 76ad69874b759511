"""Draw images with a model served by TF Serving."""

from pathlib import Path

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import NonNegativeInt, PositiveFloat, PositiveInt

from tfgan_course.cli.options import add_classes, add_count, add_out, add_seed, add_truncation

needs_tensorflow = False  # REST needs none, and gRPC imports it itself


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `request`."""
    addresses = "host:port or http(s)://host:port for REST, grpc(s)://host:port for gRPC"
    parser.add_argument("--server", type=str, default="localhost:8501", help=addresses)
    parser.add_argument("--model", type=str, default="gan", help="the model's name on the server")
    parser.add_argument("--version", type=PositiveInt | None, help="its version (default: the one the server chooses)")
    about = "classes by name or number, Bag or 3,3,7: an image of each, over again up to --count"
    add_classes(parser, about)
    add_count(parser, 16, "how many images")
    add_seed(parser)
    add_truncation(parser)
    add_out(parser, "grid.png", "a picture file; without an ending, a folder")
    parser.add_argument("--batch", type=PositiveInt, default=32, help="images in one request")
    parser.add_argument("--timeout", type=PositiveFloat, default=10.0, help="seconds that a request may take in all")
    parser.add_argument("--retries", type=NonNegativeInt, default=3, help="how often to ask again when none comes")


def run(options: Namespace) -> None:
    """Ask the server, and write its images."""
    from tfgan_course.figures.grids import check_ending, save_images
    from tfgan_course.serving.client import connect, sample

    out = Path(options.out)
    check_ending(out)
    classes = None if options.classes is None else [name.strip() for name in options.classes.split(",")]
    server = connect(options.server, options.model, options.version, options.timeout, options.retries)
    images = sample(server, options.count, options.seed, classes, options.truncation, options.batch)
    save_images(out, images)
    print(f"{options.count} images of {server.name}: {out}")
