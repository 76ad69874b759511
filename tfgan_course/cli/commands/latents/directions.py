"""Draw the directions that change images most, found in the first weights alone (SeFa), as sliders."""

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import PositiveFloat, PositiveInt

from tfgan_course.cli.options import add_classes, add_count, add_figures, add_run, add_seed, add_space, whole_numbers


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `latents directions`."""
    add_run(parser)
    add_space(parser)
    add_figures(parser, "latents")
    add_count(parser, 6, "directions, strongest first")
    add_seed(parser, "of the image that is moved")
    parser.add_argument("--reach", type=PositiveFloat, default=3.0, help="how far, in deviations of the points")
    parser.add_argument("--steps", type=PositiveInt, default=4, help="images on each side of it")
    parser.add_argument("--layers", type=str | None, help="of a style network: those that are moved, 0-3; all")
    add_classes(parser, "class of the image; of a conditional generator")


def run(options: Namespace) -> None:
    """Write the directions, their strengths and the sliders."""
    from tfgan_course.figures.folder import FigureFolder
    from tfgan_course.latent_space import class_labels, directions, directions_figure, space_of
    from tfgan_course.runs.open import load_run

    layers = options.layers and whole_numbers(options.layers, "--layers")
    run = load_run(options.run, options.checkpoint, options.average, precision="float32")
    space = space_of(run, options.space)
    found = directions(space, options.count, layers)
    label = class_labels(run, options.classes, 1)
    out = FigureFolder(options.out or run.directory.path / "latents", options.formats)
    table, deviations, figure = directions_figure(
        space, found, seed=options.seed, reach=options.reach, steps=options.steps, label=label, layers=layers
    )
    out.table("directions", table)
    out.arrays("directions", vectors=found.vectors, strengths=found.strengths, deviations=deviations)
    out.figure("directions", figure)
