"""Draw a table of images with the rows' coarse styles and the columns' fine ones."""

from tfgan_course.cli.commands.latents import add_generator, opened
from tfgan_course.cli.options import share, whole_numbers
from tfgan_course.cli.parsing import Options, Parser


def add_options(parser: Parser) -> None:
    add_generator(parser)
    parser.add("--rows", str, "seeds of the images with the coarse styles", "0-3")
    parser.add("--columns", str, "seeds of the images with the fine styles", "4-9")
    parser.add("--layers", str | None, "layers that get the columns' w, such as 4-7,9; the second half unless given")
    share(parser, classes="class of all images by number or name, for a conditional generator")


def run(options: Options) -> None:
    """Write the table."""
    from tfgan_course.latent_space import class_labels, mixing_report

    rows, columns = whole_numbers(options.rows, "--rows"), whole_numbers(options.columns, "--columns")
    layers = options.layers and whole_numbers(options.layers, "--layers")
    run, space, out = opened(options)
    out.save(mixing_report(space, rows, columns, layers, class_labels(run, options.classes, 1)))
