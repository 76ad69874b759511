"""Draw the directions that change images most, as sliders. SeFa finds them in the first layer's weights."""

from tfgan_course.cli.commands.latents import add_generator, opened
from tfgan_course.cli.options import share, whole_numbers
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.plugins.types import PositiveFloat, PositiveInt


def add_options(parser: Parser) -> None:
    add_generator(parser)
    parser.add("--count", PositiveInt, "how many directions, the strongest first", 6)
    share(parser, seed="seed of the image that is changed")
    parser.add("--reach", PositiveFloat, "largest step along a direction, in standard deviations of the points", 3.0)
    parser.add("--steps", PositiveInt, "images on each side of the first image", 4)
    parser.add("--layers", str | None, "layers of a style network whose w is changed, 0-3; all unless given")
    share(parser, classes="class of the image, for a conditional generator")


def run(options: Options) -> None:
    """Write the directions, their strengths and the sliders."""
    from tfgan_course.latent_space import class_labels, directions_report

    layers = options.layers and whole_numbers(options.layers, "--layers")
    run, space, out = opened(options)
    how = {name: options[name] for name in ("count", "seed", "reach", "steps")}
    out.save(directions_report(space, **how, label=class_labels(run, options.classes, 1), layers=layers))
