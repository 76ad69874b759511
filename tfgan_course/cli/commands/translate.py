"""Make images from photos with a generator from image to image: PNG files with the photos' names."""

import io
import sys
from pathlib import Path

from tfgan_course.cli.options import about_out, add_out, add_run, new_images, share
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import UserError, require
from tfgan_course.files import shown


def add_options(parser: Parser) -> None:
    add_run(parser)
    parser.add("photos", list[str], "photos, folders of photos, or - for one photo from standard input")
    add_out(parser, None, "a new folder; for one photo also a .png file; - alone goes to standard output", new_pngs)
    share(parser, classes="the class of all photos by number or name, or one class for each photo: cat,dog,cat")
    about = "apply the run's own degradation to each photo first; write condition, image and photo side by side"
    parser.add("--degrade", bool, about, False)
    share(parser, "checkpoint", "average")


def new_pngs(path: str) -> Path:
    """Refuse what `new_images` refuses, and a file of another format than PNG, which may have no transparency."""
    out = new_images(path)
    expected = "for --out a new folder, or a file with the ending .png"
    require(out.suffix.lower() in ("", ".png"), expected, shown(path), "Write translated or photo.png, for example")
    return out


def check(options: Options) -> None:
    """Read all photos, so that none is refused when others have been translated; find the paths of the results."""
    from tfgan_course.data.photo import check_photos, results_in

    out = options.out
    if options.photos == ["-"]:
        expected = "for --out with - a .png file, or standard output that is no terminal"
        fits = out.suffix if out else not sys.stdout.isatty()
        require(fits, expected, shown(out) if out else "a terminal", "Write --out photo.png, or > photo.png")
        photo = io.BytesIO(sys.stdin.buffer.read())
        photo.name = "standard input"
        options.results = [(photo, out)]
    else:
        require("-" not in options.photos, "- alone", " ".join(options.photos), "Give it photos or standard input")
        require(out, "--out, where to write the images", "none", "Write --out translated, for example")
        options.results = results_in(out, options.photos)
        if out.suffix:
            number = len(options.results)
            require(number == 1, f"for --out {out} one photo", f"{number} photos", "Name a folder: --out translated")
            options.results = [(options.results[0][0], out)]
    check_photos(photo for photo, _ in options.results)


def run(options: Options) -> None:
    """Translate photo after photo; each file is written completely or not at all."""
    from tqdm import tqdm

    from tfgan_course.data.classes import listed
    from tfgan_course.data.photo import check_photos
    from tfgan_course.figures.grids import save_image
    from tfgan_course.runs.open import load_run

    run = load_run(options.run, options.checkpoint, options.average)
    classes = [None] if options.classes is None else listed(options.classes)
    fits = len(classes) in (1, len(options.results))
    expected = f"for --classes one class or {len(options.results)}, one for each photo"
    require(fits, expected, len(classes), "Name one class for all photos")
    classes = classes * (len(options.results) if len(classes) == 1 else 1)
    if options.degrade:
        # The smallest photo whose condition has a pixel.
        smallest = run.image_shape[0] // run.directory.images.get("condition_shape", run.image_shape)[0]
        check_photos((photo for photo, _ in options.results), smallest)
    shown_for_many = True if len(options.results) == 1 else None
    for (photo, result), label in zip(
        tqdm(options.results, desc="photos", disable=shown_for_many), classes, strict=True
    ):
        image = run.translate(photo, label, options.degrade)
        if result is None:
            file = io.BytesIO()
            image.save(file, "PNG")
            sys.stdout.buffer.write(file.getvalue())
            return
        try:
            result.parent.mkdir(parents=True, exist_ok=True)
            save_image(result, image)
        except OSError as error:
            with about_out():
                raise UserError(
                    expected="a path that can be written",
                    received=f"{shown(result)} ({error.strerror or error})",
                    remedy="Choose another",
                ) from error
    count = len(options.results)
    print(f"{count} {'photo' if count == 1 else 'photos'} translated at step {run.step}: {options.out}")
