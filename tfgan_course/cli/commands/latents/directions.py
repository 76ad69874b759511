"""Draw the directions that change images most, found in the first weights alone (SeFa), as sliders."""

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import PositiveFloat, PositiveInt

from tfgan_course.cli.commands.latents import add_generator, opened
from tfgan_course.cli.options import add_classes, add_count, add_seed, whole_numbers


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `latents directions`."""
    add_generator(parser)
    add_count(parser, 6, "directions, strongest first")
    add_seed(parser, "of the image that is moved")
    parser.add_argument("--reach", type=PositiveFloat, default=3.0, help="how far, in deviations of the points")
    parser.add_argument("--steps", type=PositiveInt, default=4, help="images on each side of it")
    parser.add_argument("--layers", type=str | None, help="of a style network: those that are moved, 0-3; all")
    add_classes(parser, "class of the image; of a conditional generator")


def run(options: Namespace) -> None:
    """Write the directions, their strengths and the sliders."""
    from tfgan_course.latent_space import class_labels, directions_report

    layers = options.layers and whole_numbers(options.layers, "--layers")
    run, space, out = opened(options)
    how = {name: options[name] for name in ("count", "seed", "reach", "steps")}
    out.save(directions_report(space, **how, label=class_labels(run, options.classes, 1), layers=layers))
