"""Walk from sample to sample: a GIF or MP4 film, a strip, or a folder of frames."""

from typing import Literal

from tfgan_course.cli.options import about_out, add_out, add_run, add_space, share, whole_numbers
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import UserError
from tfgan_course.files import shown
from tfgan_course.plugins.types import PositiveInt


def add_options(parser: Parser) -> None:
    add_run(parser)
    add_space(parser)
    parser.add("--from", str, "seed of the first image of the walk, as in sample --seed; or several stops", "0")
    parser.add("--to", str | None, "seed of the last image of the walk; or several stops, such as 2,3,8-11")
    share(parser, classes="class by number or name, or one for each stop: sandal,bag walks from class to class")
    parser.add("--frames", PositiveInt, "number of frames of the whole walk, both ends included", 100)
    path = "straight (lerp) or on the sphere (slerp); unless given, straight in w and for uniform latents"
    parser.add("--path", Literal["lerp", "slerp"] | None, path)
    parser.add("--loop", bool, "at the end, return to the first stop", False)
    add_out(parser, "walk.gif", "a film (.gif, .mp4), a strip (.png), or a new folder of frames (no ending)")
    parser.add("--rate", PositiveInt, "frames per second of a film", 30)
    parser.add(
        "--zoom",
        PositiveInt | None,
        "factor by which images are enlarged; unless given, films of small images are enlarged",
    )
    parser.add("--batch_size", PositiveInt, "images that are generated at once", 64)


def check(options: Options) -> None:
    """Refuse a file that cannot be written as a film, a folder with files, and a walk without a way."""
    from tfgan_course.figures.films import check_film

    with about_out():
        check_film(options.out, options.rate)
    _stops_of(options["from"], options.to, options.classes)


def run(options: Options) -> None:
    """Write the film, the strip or the frames of the walk."""
    from tfgan_course.gan.sampling import numbers_of_seeds
    from tfgan_course.latent_space import class_labels, images_between, save_frames, space_of
    from tfgan_course.latent_space.walks import legs
    from tfgan_course.runs.open import load_run

    out = options.out
    seeds = _stops_of(options["from"], options.to, options.classes)
    try:
        legs(len(seeds), options.frames, options.loop)
    except UserError as error:
        raise UserError(
            expected=f"for --frames {error.expected}", received=error.received, remedy=error.remedy
        ) from error
    run = load_run(options.run, options.checkpoint, options.average, precision="float32")
    space = space_of(run, options.space)
    numbers, labels = numbers_of_seeds(seeds, space.latent_size), class_labels(run, options.classes, len(seeds))
    how = {name: options[name] for name in ("path", "loop", "batch_size")}
    frames = images_between(space, numbers, options.frames, labels=labels, **how)
    try:
        save_frames(out, frames, options.frames, options.rate, options.zoom)
    except OSError as error:
        raise UserError(
            expected="for --out a path that can be written",
            received=f"{shown(out)} ({error.strerror or error})",
            remedy="Choose another",
        ) from error
    print(f"{options.frames} frames in {space.name} from {space.about}: {out}")


def _stops_of(start: str, to: str | None, classes: str | None) -> list[int]:
    """Return the seeds of the stops: 0 and 1 by default; if several classes are named, one seed for all of them."""
    from tfgan_course.data.classes import listed

    stops = [*whole_numbers(start, "--from"), *(whole_numbers(to, "--to") if to is not None else [])]
    named = len(listed(classes)) if classes is not None else 1
    if len(set(stops)) == 1:
        if named > 1:
            return stops[:1] * named
        if to is None and len(stops) == 1:
            return [stops[0], stops[0] + 1]
        raise UserError(
            expected="at least two different stops",
            received=f"--from {start} --to {to}",
            remedy="Name another seed in --to",
        )
    return stops
