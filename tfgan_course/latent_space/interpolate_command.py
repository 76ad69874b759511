"""`python -m tfgan_course interpolate`."""

from collections.abc import Sequence
from pathlib import Path

from jsonargparse import ArgumentParser
from jsonargparse.typing import PositiveInt

from tfgan_course.config.parser import parse
from tfgan_course.errors import UserError
from tfgan_course.latent_space.frames import check_film, save_frames
from tfgan_course.latent_space.subject import add_generator, open_drawer, whole_numbers
from tfgan_course.latent_space.walks import images_between, legs


def interpolate_command(args: Sequence[str]) -> None:
    """Walk from sample to sample: a GIF or MP4 film, a strip, or a folder of frames."""
    parser = ArgumentParser(
        prog="interpolate", description=interpolate_command.__doc__, exit_on_error=False, allow_abbrev=False
    )
    parser.add_argument("run", type=str, help="a GAN's run directory")
    add_generator(parser)
    parser.add_argument("--from", type=str, default="0", help="seed that the walk begins at: an image of sample --seed")
    parser.add_argument("--to", type=str | None, default=None, help="seed that it ends at, or several stops: 2,3,8-11")
    parser.add_argument(
        "--classes",
        type=str | None,
        default=None,
        help="class by number or name, or one for each stop: sandal,bag walks from class to class",
    )
    parser.add_argument("--frames", type=int, default=100, help="of the whole walk, both ends among them")
    parser.add_argument(
        "--path",
        choices=["lerp", "slerp"],
        help="straight or on the sphere; in z on the sphere unless latents are uniform, in w straight",
    )
    parser.add_argument("--loop", type=bool, default=False, help="back to the first stop at the end")
    parser.add_argument(
        "--out", type=str, default="walk.gif", help=".gif, .mp4, .png for a strip; without an ending a folder of frames"
    )
    parser.add_argument("--rate", type=PositiveInt, default=30, help="frames a second, of a film")
    parser.add_argument(
        "--zoom", type=PositiveInt | None, default=None, help="pixels for one; films of small images are made larger"
    )
    parser.add_argument("--batch_size", type=PositiveInt, default=64, help="images made at once")
    options = parse(parser, args)
    out = Path(options.out)
    check_film(out, options.rate)
    seeds = stops_of(options["from"], options.to, options.classes)
    try:
        legs(len(seeds), options.frames, options.loop)
    except UserError as error:
        raise UserError(f"--frames {options.frames}: {error}") from error
    drawer = open_drawer(options)
    frames = images_between(
        drawer.space,
        drawer.numbers(seeds),
        options.frames,
        labels=drawer.labels(options.classes, len(seeds)),
        path=options.path,
        loop=options.loop,
        batch_size=options.batch_size,
    )
    try:
        save_frames(out, frames, options.frames, options.rate, options.zoom)
    except OSError as error:
        raise UserError(f"cannot write to --out {out}: {error.strerror or error}") from error
    print(f"{options.frames} frames in {drawer.space.name} from {drawer.about}: {out}")


def stops_of(start: str, to: str | None, classes: str | None) -> list[int]:
    """The seeds of the stops. Unless told otherwise: 0 and 1, or one seed for all classes where several are named."""
    stops = [*whole_numbers(start, "--from"), *(whole_numbers(to, "--to") if to is not None else [])]
    named = len(classes.split(",")) if classes is not None else 1
    if named > 1 and len(set(stops)) == 1:
        return stops[:1] * named
    if to is None and len(stops) == 1:
        return [stops[0], stops[0] + 1]
    if len(set(stops)) == 1:
        raise UserError(f"--from {start} --to {to}: that is one image, and there is no way to walk")
    return stops
