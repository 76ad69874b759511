"""Draw a table of images with the rows' coarse styles and the columns' fine ones."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.options import add_classes, add_figures, add_run, add_space, whole_numbers


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `latents mix`."""
    add_run(parser)
    add_space(parser)
    add_figures(parser, "latents")
    parser.add_argument("--rows", type=str, default="0-3", help="seeds of the images with the coarse styles")
    parser.add_argument("--columns", type=str, default="4-9", help="seeds of the images with the fine styles")
    parser.add_argument("--layers", type=str | None, help="that get the columns' w: 4-7,9; the later half")
    add_classes(parser, "class by number or name, of all; of a conditional generator")


def run(options: Namespace) -> None:
    """Write the table."""
    from tfgan_course.figures.folder import FigureFolder
    from tfgan_course.latent_space import class_labels, mixing_figure, space_of
    from tfgan_course.latent_space.mixing import fine_layers
    from tfgan_course.runs.open import load_run

    rows, columns = whole_numbers(options.rows, "--rows"), whole_numbers(options.columns, "--columns")
    layers = options.layers and whole_numbers(options.layers, "--layers")
    run = load_run(options.run, options.checkpoint, options.average, precision="float32")
    space = space_of(run, options.space)
    fine_layers(space, layers)  # refuses a generator without styles before anything is written
    out = FigureFolder(options.out or run.directory.path / "latents", options.formats)
    label = class_labels(run, options.classes, 1)
    out.figure("mix", mixing_figure(space, rows, columns, layers, label))
