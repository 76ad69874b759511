"""Pictures of many images: grids, and grids over time."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tfgan_course.errors import UserError
from tfgan_course.files import written_whole

GAP = 2
"""White pixels between the images of a grid."""


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Return float images [-1, 1] as uint8 [0, 255], rounded."""
    return np.clip(np.round((np.asarray(images, np.float32) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def grid(images: np.ndarray, columns: int | None = None, gap: int = GAP, blank: float = 255) -> np.ndarray:
    """Return one picture of many, row by row.

    Args:
        images: (n, height, width, channels), uint8 unless `blank` says otherwise.
        columns: images in a row; as square as it gets unless given.
        gap: pixels between images.
        blank: what these pixels are, white.

    Returns:
        Of the images' type, (rows * (height + gap) - gap, columns * (width + gap) - gap, channels).
    """
    count, height, width, channels = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    picture = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, channels), blank, images.dtype)
    for index, image in enumerate(images):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        picture[top : top + height, left : left + width] = image
    return picture


def save_image(path: Path, image: np.ndarray) -> None:
    """Save uint8 (height, width, 1 or 3) in the format of the path's ending."""
    with written_whole(path) as temporary:
        Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image).save(temporary)


def check_ending(out: Path) -> None:
    """Refuse, by a `UserError`, an ending of no picture that `save_images` can write: before long work, not after."""
    writers = Image.registered_extensions()  # reads what Pillow has
    if out.suffix and writers.get(out.suffix.lower()) not in Image.SAVE:
        advice = "Use .png for a grid, or no ending for a folder of images"
        raise UserError(f"{out}: no picture is written with the ending {out.suffix}. {advice}")


def save_images(out: str | Path, images: np.ndarray, columns: int | None = None) -> None:
    """Save uint8 images (n, height, width, 1 or 3): as a grid where `out` has a picture's ending, else as a folder.

    The folder has PNG files. Folders on the way are made.

    Raises:
        UserError: if it cannot be written.
    """
    out = Path(out)
    check_ending(out)
    try:
        if out.suffix:
            out.parent.mkdir(parents=True, exist_ok=True)
            save_image(out, grid(images, columns))
        else:
            out.mkdir(parents=True, exist_ok=True)
            for index, image in enumerate(images):
                save_image(out / f"{index:05d}.png", image)
    except OSError as error:
        raise UserError(f"cannot write to {out}: {error.strerror or error}") from error


def save_animation(path: Path, frames: Sequence[Path], seconds: float = 0.25, most: int = 100) -> None:
    """Save one GIF of pictures of equal size; the last one stays for two seconds.

    Of more than `most` pictures it shows that many, evenly spread, the first and the last among them.
    """
    if not frames:
        return
    shown = np.linspace(0, len(frames) - 1, min(len(frames), most)).round().astype(int)
    frames = [frames[index] for index in shown]

    def opened(frame: Path) -> Image.Image:
        with Image.open(frame) as picture:  # closed at once: a system lets a process open a few hundred files only
            return picture.copy()

    durations = [1000 * seconds] * (len(frames) - 1) + [2000]
    rest = (opened(frame) for frame in frames[1:])
    with written_whole(path) as temporary:
        opened(frames[0]).save(temporary, save_all=True, append_images=rest, duration=durations, loop=0)
