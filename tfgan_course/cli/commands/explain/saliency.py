"""Draw which pixels of an image a class, or the score, depends on: gradient maps."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.options import add_checkpoint, add_figures, add_run, add_split, whole_numbers


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `explain saliency`."""
    add_run(parser, "a GAN's or a classifier's run directory")
    add_figures(parser, "explain")
    add_checkpoint(parser)
    parser.add_argument("--images", type=str, default="0-15", help="numbers and ranges, 0,3,8-11")
    add_split(parser, "test", "of these images")
    parser.add_argument(
        "--of",
        type=str | None,
        help="said (the class an image is taken for), label, a class by name or number, or score; said, or score of a "
        "critic without classes",
    )


def run(options: Namespace) -> None:
    """Write the images beside their maps."""
    from tfgan_course.explore import open_network, saliency_figure
    from tfgan_course.explore.saliency import asked_output
    from tfgan_course.figures.folder import FigureFolder

    network = open_network(options.run, options.checkpoint)
    of = asked_output(network, options.of)
    out = FigureFolder(options.out or network.directory.path / "explain", options.formats)
    train, test = network.images()
    images = test if options.split == "test" else train
    picked = whole_numbers(options.images, "--images", len(images))
    out.figure("saliency", saliency_figure(network, images, picked, of, options.split))
