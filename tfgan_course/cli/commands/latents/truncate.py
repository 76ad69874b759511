"""Draw the same samples with stronger and weaker truncation, from typical to unusual images."""

from tfgan_course.cli.commands.latents import add_generator, opened
from tfgan_course.cli.options import numbers, share, whole_numbers
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import UserError

PSI, THRESHOLDS = "-1,-0.5,0,0.25,0.5,0.75,1,1.5", "0.1,0.25,0.5,1,1.5,2,3,10"


def add_options(parser: Parser) -> None:
    add_generator(parser)
    parser.add("--seeds", str, "seeds of the samples, as in sample --seed", "0-5")
    parser.add("--psi", str | None, f"in w: factors psi of the distance from the average w; unless given, {PSI}")
    cut = f"in z: where the latents' normal distribution is cut off; unless given, {THRESHOLDS}"
    parser.add("--threshold", str | None, cut)
    share(parser, classes="a class for all images or one for each, for a conditional generator")


def run(options: Options) -> None:
    """Write a row of images for each seed."""
    from tfgan_course.latent_space import class_labels, truncation_report

    seeds = whole_numbers(options.seeds, "--seeds")
    run, space, out = opened(options)
    in_w = space.name == "w"
    if in_w and options.threshold is not None:
        raise UserError(
            expected="--psi in the space w", received="--threshold", remedy="Write --psi, or look at z with --space z"
        )
    if not in_w and options.psi is not None:
        raise UserError(expected="--threshold in the space z", received="--psi", remedy="Write --threshold")
    words, option = (options.psi or PSI, "--psi") if in_w else (options.threshold or THRESHOLDS, "--threshold")
    labels = class_labels(run, options.classes, len(seeds))
    out.save(truncation_report(space, seeds, numbers(words, option), labels))
