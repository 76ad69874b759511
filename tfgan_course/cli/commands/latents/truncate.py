"""Draw samples from the most typical to the most unusual."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.commands.latents import add_generator, opened
from tfgan_course.cli.options import add_classes, numbers, whole_numbers
from tfgan_course.errors import UserError

PSI, THRESHOLDS = "-1,-0.5,0,0.25,0.5,0.75,1,1.5", "0.1,0.25,0.5,1,1.5,2,3,10"


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `latents truncate`."""
    add_generator(parser)
    parser.add_argument("--seeds", type=str, default="0-5", help="of the samples: images of sample --seed")
    parser.add_argument("--psi", type=str | None, help=f"in w: shares of the way from the average w; --psi={PSI}")
    cut = f"in z: where the latents' normal distribution is cut off; {THRESHOLDS}"
    parser.add_argument("--threshold", type=str | None, help=cut)
    add_classes(parser, "a class for all or one for each; of a conditional generator")


def run(options: Namespace) -> None:
    """Write a row of images for each seed."""
    from tfgan_course.latent_space import class_labels, truncation_report

    seeds = whole_numbers(options.seeds, "--seeds")
    run, space, out = opened(options)
    in_w = space.name == "w"
    if in_w and options.threshold is not None:
        raise UserError("--threshold cuts latents off, in z. In w write --psi, or look at z with --space z")
    if not in_w and options.psi is not None:
        raise UserError("--psi is a share of the way from the average w, which z does not have. Write --threshold")
    words, option = (options.psi or PSI, "--psi") if in_w else (options.threshold or THRESHOLDS, "--threshold")
    labels = class_labels(run, options.classes, len(seeds))
    out.save(truncation_report(space, seeds, numbers(words, option), labels))
