"""Draw samples from the most typical to the most unusual."""

from jsonargparse import ArgumentParser, Namespace

from tfgan_course.cli.options import add_classes, add_figures, add_run, add_space, numbers, whole_numbers
from tfgan_course.errors import UserError

PSI, THRESHOLDS = "-1,-0.5,0,0.25,0.5,0.75,1,1.5", "0.1,0.25,0.5,1,1.5,2,3,10"


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `latents truncate`."""
    add_run(parser)
    add_space(parser)
    add_figures(parser, "latents")
    parser.add_argument("--seeds", type=str, default="0-5", help="of the samples: images of sample --seed")
    parser.add_argument("--psi", type=str | None, help=f"in w: shares of the way from the average w; --psi={PSI}")
    parser.add_argument(
        "--threshold", type=str | None, help=f"in z: where the latents' normal distribution is cut off; {THRESHOLDS}"
    )
    add_classes(parser, "a class for all or one for each; of a conditional generator")


def run(options: Namespace) -> None:
    """Write a row of images for each seed."""
    from tfgan_course.figures.folder import FigureFolder
    from tfgan_course.latent_space import class_labels, space_of, truncation_figure
    from tfgan_course.runs.open import load_run

    seeds = whole_numbers(options.seeds, "--seeds")
    run = load_run(options.run, options.checkpoint, options.average, precision="float32")
    space = space_of(run, options.space)
    in_w = space.name == "w"
    if in_w and options.threshold is not None:
        raise UserError("--threshold cuts latents off, in z. In w write --psi, or look at z with --space z")
    if not in_w and options.psi is not None:
        raise UserError(
            "--psi is a share of the way from the average w, and in z there is no such average. Write --threshold"
        )
    words, option = (options.psi or PSI, "--psi") if in_w else (options.threshold or THRESHOLDS, "--threshold")
    values = numbers(words, option)
    out = FigureFolder(options.out or run.directory.path / "latents", options.formats)
    labels = class_labels(run, options.classes, len(seeds))
    out.figure("truncate", truncation_figure(space, seeds, values, labels))
