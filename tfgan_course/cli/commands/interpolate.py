"""Walk from sample to sample: a GIF or MP4 film, a strip, or a folder of frames."""

from pathlib import Path

from jsonargparse import ArgumentParser, Namespace
from jsonargparse.typing import PositiveInt

from tfgan_course.cli.options import add_classes, add_out, add_run, add_space, whole_numbers
from tfgan_course.errors import UserError


def add_options(parser: ArgumentParser) -> None:
    """Declare the options of `interpolate`."""
    add_run(parser)
    add_space(parser)
    parser.add_argument("--from", type=str, default="0", help="seed that the walk begins at: an image of sample --seed")
    parser.add_argument("--to", type=str | None, default=None, help="seed that it ends at, or several stops: 2,3,8-11")
    add_classes(parser, "class by number or name, or one for each stop: sandal,bag walks from class to class")
    parser.add_argument("--frames", type=int, default=100, help="of the whole walk, both ends among them")
    path = "straight or on the sphere; in z on the sphere unless latents are uniform, in w straight"
    parser.add_argument("--path", choices=["lerp", "slerp"], help=path)
    parser.add_argument("--loop", type=bool, default=False, help="back to the first stop at the end")
    add_out(parser, "walk.gif", ".gif, .mp4, .png for a strip; without an ending a folder of frames")
    parser.add_argument("--rate", type=PositiveInt, default=30, help="frames a second, of a film")
    parser.add_argument("--zoom", type=PositiveInt | None, help="pixels for one; films of small images are made larger")
    parser.add_argument("--batch_size", type=PositiveInt, default=64, help="images made at once")


def run(options: Namespace) -> None:
    """Write the walk."""
    from tfgan_course.gan.sampling import numbers_of_seeds
    from tfgan_course.latent_space import class_labels, images_between, save_frames, space_of
    from tfgan_course.latent_space.frames import check_film
    from tfgan_course.latent_space.walks import legs
    from tfgan_course.runs.open import load_run

    out = Path(options.out)
    check_film(out, options.rate)
    seeds = _stops_of(options["from"], options.to, options.classes)
    try:
        legs(len(seeds), options.frames, options.loop)
    except UserError as error:
        raise UserError(f"--frames {options.frames}: {error}") from error
    run = load_run(options.run, options.checkpoint, options.average, precision="float32")
    space = space_of(run, options.space)
    numbers, labels = numbers_of_seeds(seeds, space.latent_size), class_labels(run, options.classes, len(seeds))
    how = {name: options[name] for name in ("path", "loop", "batch_size")}
    frames = images_between(space, numbers, options.frames, labels=labels, **how)
    try:
        save_frames(out, frames, options.frames, options.rate, options.zoom)
    except OSError as error:
        raise UserError(f"cannot write to --out {out}: {error.strerror or error}") from error
    print(f"{options.frames} frames in {space.name} from {space.about}: {out}")


def _stops_of(start: str, to: str | None, classes: str | None) -> list[int]:
    """Return the seeds of the stops: by default 0 and 1, or one seed for all classes where several are named."""
    stops = [*whole_numbers(start, "--from"), *(whole_numbers(to, "--to") if to is not None else [])]
    named = len(classes.split(",")) if classes is not None else 1
    if len(set(stops)) == 1:
        if named > 1:
            return stops[:1] * named
        if to is None and len(stops) == 1:
            return [stops[0], stops[0] + 1]
        raise UserError(f"--from {start} --to {to}: that is one image, and there is no way to walk")
    return stops
