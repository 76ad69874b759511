"""Pictures of many images: grids, and animations of grids."""

import math
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tfgan_course.errors import UserError, first_line, require
from tfgan_course.files import printable, shown, usable, written_whole

ARRAYS = (".npz", ".npy")
"""The endings of files that hold images as an array."""
GAP = 2
"""White pixels between the images of a grid."""
GROUP_GAP = 8
"""White pixels between groups that belong together, such as condition, output and target."""


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Return float images [-1, 1] as uint8 [0, 255], rounded."""
    return np.clip(np.round((np.asarray(images, np.float32) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def grid(images: np.ndarray, columns: int | None = None, gap: int = GAP, blank: float = 255) -> np.ndarray:
    """Return one picture of many images, row by row.

    Its shape is (rows * (height + gap) - gap, columns * (width + gap) - gap, channels), its type that of the images.

    Args:
        images: (n, height, width, channels), uint8 if `blank` is 255.
        columns: images in a row. Default: as square as possible.
        gap: pixels between images.
        blank: the value of these pixels; 255 is white.
    """
    count, height, width, channels = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    picture = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, channels), blank, images.dtype)
    for index, image in enumerate(images):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        picture[top : top + height, left : left + width] = image
    return picture


def side_by_side(condition: np.ndarray, outputs: np.ndarray, targets: np.ndarray | None = None) -> np.ndarray:
    """Return a grid of conditions, outputs and, if given, targets, side by side; each n images, uint8.

    Columns of `GROUP_GAP` pixels divide the groups. Conditions of another size are enlarged or reduced to the size
    of the outputs by copying pixels. If any image is in color, the grid is.
    """
    height, width = outputs.shape[1:3]
    rows, columns = (
        np.arange(new) * old // new for new, old in zip((height, width), condition.shape[1:3], strict=True)
    )
    parts = [condition[:, rows][:, :, columns], outputs, *([] if targets is None else [targets])]
    channels = max(part.shape[-1] for part in parts)
    parts = [part if part.shape[-1] == channels else part.repeat(channels, axis=-1) for part in parts]
    groups = np.stack([grid(np.stack(group), columns=len(parts)) for group in zip(*parts, strict=True)])
    more = GROUP_GAP - GAP
    groups = np.pad(groups, [(0, 0), (0, 0), (0, more), (0, 0)], constant_values=255)
    return grid(groups, columns=max(1, round(math.sqrt(len(outputs) / len(parts)))))[:, :-more]


def picture_from(image: np.ndarray) -> Image.Image:
    """Return a uint8 image (height, width, 1, 3 or 4) as a Pillow image of mode L, RGB or RGBA."""
    return Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image)


def opaque(images: np.ndarray) -> np.ndarray:
    """Return uint8 images (..., channels) on white: those of four channels have three then, others are unchanged."""
    if images.shape[-1] != 4:
        return images
    share = images[..., 3:].astype(np.float32) / 255
    return np.round(images[..., :3] * share + 255 * (1 - share)).astype(np.uint8)


def save_image(path: Path, image: np.ndarray | Image.Image) -> None:
    """Save an image in the format of the path's ending; a transparent one is put on white unless it is PNG.

    Args:
        path: the file.
        image: a Pillow image, or uint8 (height, width, 1, 3 or 4).
    """
    if not isinstance(image, Image.Image) and path.suffix.lower() != ".png":
        image = opaque(image)
    with written_whole(path) as temporary:
        (image if isinstance(image, Image.Image) else picture_from(image)).save(temporary)


def check_ending(out: Path) -> None:
    """Raise a `UserError` if `save_images` cannot write this ending. Call it before long work."""
    writers = Image.registered_extensions()  # this call also fills Image.SAVE
    known = out.suffix.lower() in ("", *ARRAYS) or writers.get(out.suffix.lower()) in Image.SAVE
    remedy = "Use .png for a grid, .npz for an array, or no ending for a folder of images"
    require(known, "the ending of a picture format, .npz or .npy", f"{out.suffix} in {out}", remedy)


def check_empty(out: Path) -> None:
    """Raise a `UserError` if `out` is a folder that holds anything: old and new files would be mixed."""
    earlier = next((file.name for file in out.iterdir()), None) if out.is_dir() else None
    expected, received = "a folder that is new or empty", f"{shown(out)}, which holds {printable(str(earlier))}"
    require(earlier is None, expected, received, "Choose another name, or remove the old files")


def save_images(
    out: str | Path,
    images: np.ndarray,
    columns: int | None = None,
    labels: np.ndarray | None = None,
    class_names: Sequence[str] | None = None,
) -> None:
    """Save uint8 images (n, height, width, channels) in the form that the ending of `out` names.

    A picture's ending gives a grid with so many columns; `.npz` the arrays `images` and, if there are any, `labels` and
    `class_names`; `.npy` the images alone; no ending a new or empty folder of PNG files. Missing folders are made.

    Args:
        out: the file or the folder.
        images: the images.
        columns: images in a row of a grid; default: as square as possible.
        labels: the label of each image, int32 (n,), for `.npz`.
        class_names: the name of each label, for `.npz`.

    Raises:
        UserError: if the path cannot be written, or is a folder that holds files.
    """
    out = usable(out, "out")
    check_ending(out)
    check_empty(out)
    try:
        if out.suffix:
            out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix.lower() in ARRAYS:
            _save_arrays(out, images, labels, class_names)
        elif out.suffix:
            save_image(out, grid(images, columns))
        else:
            out.mkdir(parents=True, exist_ok=True)
            for index, image in enumerate(images):
                save_image(out / f"{index:05d}.png", image)
    except OSError as error:
        expected, received = f"a path {out} that can be written", str(error.strerror or error)
        raise UserError(expected=expected, received=received, remedy="Choose another path") from error


def _save_arrays(out: Path, images: np.ndarray, labels: np.ndarray | None, class_names: Sequence[str] | None) -> None:
    beside = {"labels": labels, "class_names": None if class_names is None else np.array(class_names)}
    given = {name: array for name, array in beside.items() if labels is not None and array is not None}
    with written_whole(out) as temporary, temporary.open("wb") as file:
        if out.suffix.lower() == ".npy":
            np.save(file, images)
        else:
            np.savez(file, images=images, **given)  # type: ignore[arg-type]  # mypy takes them for allow_pickle


def save_animation(path: Path, frames: Sequence[Path], seconds: float = 0.25, most: int = 100) -> None:
    """Save one GIF of pictures of equal size; the last one stays for two seconds.

    From more than `most` pictures it takes `most`, evenly spread, including the first and the last. It leaves out a
    picture that cannot be read, with a warning.
    """
    chosen = np.linspace(0, len(frames) - 1, min(len(frames), most)).round().astype(int)
    frames = [frames[index] for index in chosen]

    pictures = []
    for frame in frames:
        try:
            with Image.open(frame) as picture:  # closed at once: a process may have only a few hundred open files
                pictures.append(picture.copy())
        except (OSError, Image.DecompressionBombError) as error:
            warnings.warn(f"{frame} is left out of {path.name}: {first_line(error)}", stacklevel=2)
    if not pictures:
        return
    durations = [1000 * seconds] * (len(pictures) - 1) + [2000]
    with written_whole(path) as temporary:
        pictures[0].save(temporary, save_all=True, append_images=pictures[1:], duration=durations, loop=0)
