"""Draw images with a trained generator: a grid, a folder of PNG files, or an array."""

from tfgan_course.cli.options import add_out, add_run, new_images, share
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.plugins.types import PositiveInt


def add_options(parser: Parser) -> None:
    add_run(parser)
    parser.add("--count", PositiveInt | None, "how many images; unless given, 64, or one for each of --classes")
    share(parser, classes="classes by number or name, 3,3,7 or sandal,bag; they are repeated to give --count images")
    share(parser, "seed", "truncation")
    about = (
        "a picture file for a grid, a new folder of PNG files (no ending), .npz for arrays of images and labels, or "
    )
    add_out(parser, "grid.png", f"{about}.npy for the images alone", new_images)
    share(parser, "checkpoint", "average")


def run(options: Options) -> None:
    """Draw the images and write them; a grid has a column for each class unless the user names classes."""
    from tfgan_course.data.classes import listed
    from tfgan_course.figures.grids import ARRAYS, save_images
    from tfgan_course.gan.sampling import class_columns
    from tfgan_course.runs.open import load_run

    out = options.out
    run = load_run(options.run, options.checkpoint, options.average)
    count, columns = options.count or 64, None
    if options.classes is not None:
        count = options.count or len(listed(options.classes))
    elif run.gan.generator_takes_labels and out.suffix and out.suffix.lower() not in ARRAYS:
        labels = class_columns(count, len(run.class_names))
        count, columns = len(labels), int(labels.max()) + 1
    images = run.sample(count, options.seed, options.classes, options.truncation)
    save_images(out, images, columns, run.sample_labels(count, options.classes), run.class_names)
    print(f"{count} images of step {run.step}: {out}")
