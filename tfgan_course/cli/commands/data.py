"""Show what training would see: counts by class, sizes, skipped files, duplicates, and a picture of some images."""

from pathlib import Path

from tfgan_course.cli.options import add_out, writable_file
from tfgan_course.cli.parsing import Options, Parser
from tfgan_course.errors import require
from tfgan_course.files import shown

common: tuple[str, ...] = ("variant", "data.folder", "data.labels", "data.file", "data.name", "data.size", "data.fit")
common += ("augmentations", "real_augmentations")
PICTURES = (".png", ".svg", ".pdf", ".jpg")


def configuration() -> type:
    """Return the configuration whose options the command takes: those of a training."""
    from tfgan_course.config.schema import TrainConfig

    return TrainConfig


def picture(path: str) -> Path:
    """Refuse a path at which the figure cannot be written."""
    out = writable_file(path)
    known = out.suffix.lower() in PICTURES
    require(known, f"for --out a file ending in {', '.join(PICTURES)}", shown(path), "Write data.png")
    return out


def add_options(parser: Parser) -> None:
    add_out(parser, "data.png", "a file for the picture of some images, before and after augmentation", picture)


def run(options: Options) -> None:
    """Read all images once; print what is found, and write the picture."""
    from tfgan_course.data import examine
    from tfgan_course.figures.panels import save

    config = options.settings.make()
    found = examine(config.data, config.augmentations, config.real_augmentations, config.seed)
    print(found)
    out = options.out
    out.parent.mkdir(parents=True, exist_ok=True)
    save(found.figure(), out.parent, out.stem, [out.suffix[1:]])
    print(f"\nSome of the images: {out}")
