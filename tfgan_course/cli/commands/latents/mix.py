"""Draw a table of images with the rows' coarse styles and the columns' fine ones."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.commands.latents import add_generator, opened
from tfgan_course.cli.options import add_classes, whole_numbers


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `latents mix`."""
    add_generator(parser)
    parser.add_argument("--rows", type=str, default="0-3", help="seeds of the images with the coarse styles")
    parser.add_argument("--columns", type=str, default="4-9", help="seeds of the images with the fine styles")
    parser.add_argument("--layers", type=str | None, help="that get the columns' w: 4-7,9; the later half")
    add_classes(parser, "class by number or name, of all; of a conditional generator")


def run(options: Namespace) -> None:
    """Write the table."""
    from tfgan_course.latent_space import class_labels, mixing_report

    rows, columns = whole_numbers(options.rows, "--rows"), whole_numbers(options.columns, "--columns")
    layers = options.layers and whole_numbers(options.layers, "--layers")
    run, space, out = opened(options)
    out.save(mixing_report(space, rows, columns, layers, class_labels(run, options.classes, 1)))
