"""Frames written as a film (.gif, .mp4), a strip (.png) or a folder of pictures (no ending), whole or not at all."""

import shutil
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import GifImagePlugin, Image
from tqdm import tqdm

from tfgan_course.errors import require
from tfgan_course.figures.grids import check_empty, grid, opaque, save_image
from tfgan_course.files import usable, written_whole

STRIP = 20
"""The largest number of frames in a row of a strip."""
FASTEST_GIF = 50
"""Frames per second. GIF counts hundredths of a second, and players slow down faster films."""


def save_frames(
    path: str | Path, frames: Iterable[np.ndarray], count: int, rate: int = 30, zoom: int | None = None
) -> None:
    """Write frames in the format of the path's ending; without an ending, a new folder with a PNG file for each.

    Args:
        path: the file or folder to write; its parent folder is made.
        frames: uint8 (height, width, 1 or 3), taken one after the other; only a strip keeps them all in memory.
        count: how many frames there are, for the progress bar.
        rate: frames per second of a film.
        zoom: factor by which height and width are enlarged. None enlarges films of small images to at least 256
            pixels, and leaves pictures as they are.

    Raises:
        UserError: for what `check_film` refuses.
    """
    path = usable(path, "the frames")
    check_film(path, rate)
    # disable=None: no progress bar in a file.
    shown = tqdm(frames, desc="frames", unit="frame", total=count, leave=False, disable=None)
    film = FILMS.get(path.suffix.lower())
    path.parent.mkdir(parents=True, exist_ok=True)
    if film:
        with written_whole(path) as temporary:
            film(temporary, (opaque(_enlarged(frame, zoom or film_zoom(frame))) for frame in shown), rate)
        return
    pictures = (_enlarged(frame, zoom or 1) for frame in shown)
    if path.suffix:
        strip = np.stack(list(pictures))
        save_image(path, grid(strip, min(len(strip), STRIP)))
        return
    with _folder_written_whole(path) as folder:
        for index, picture in enumerate(pictures):
            save_image(folder / f"{index:05d}.png", picture)


def check_film(path: Path, rate: int) -> None:
    """Raise a `UserError` for an unknown ending, an impossible rate, or a folder that holds files."""
    ending, what = (
        path.suffix.lower(),
        "the output .gif or .mp4 for a film, .png for a strip, or no ending for a folder",
    )
    require(bool(path.name) and ending in (*FILMS, ".png", ""), what, repr(str(path)), "Choose another name: walk.mp4")
    gif = f"at most {FASTEST_GIF} frames per second for a GIF"
    require(ending != ".gif" or rate <= FASTEST_GIF, gif, rate, "Choose a lower rate, or .mp4")
    if path.exists():
        require(path.is_dir() != bool(path.suffix), what, f"{path}, which exists otherwise", "Choose another name")
    check_empty(path)


def _enlarged(frame: np.ndarray, zoom: int) -> np.ndarray:
    return frame.repeat(zoom, axis=0).repeat(zoom, axis=1)


def film_zoom(frame: np.ndarray) -> int:
    """Return the zoom to at least 256 pixels. It is even, because a video has one color for each 2x2 pixels."""
    size = min(frame.shape[:2])
    return 1 if size >= 256 else 2 * -(-128 // size)


def _write_gif(path: Path, frames: Iterable[np.ndarray], rate: int) -> None:
    """Write an endless GIF89a. Gray frames are exact; each colored frame has a palette of 256 colors.

    Pillow's own `save` leaves out a frame that equals the one before it, and shows that one longer, so the film has
    fewer frames than the walk. Therefore this function puts Pillow's encoded frames together.
    """
    with path.open("wb") as file:
        for index, frame in enumerate(frames):
            gray = frame.shape[-1] == 1
            if gray:
                image = Image.fromarray(frame[..., 0], "L").convert("P")  # with a palette of the 256 grays
            else:
                image = Image.fromarray(frame).quantize(256, dither=Image.Dither.NONE)
            if index == 0:
                # One palette for all gray frames (0xF7), none (0x70) if each frame has its own.
                file.write(b"GIF89a" + struct.pack("<HHBBB", *image.size, 0xF7 if gray else 0x70, 0, 0))
                file.write(np.arange(256, dtype=np.uint8).repeat(3).tobytes() if gray else b"")
                file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
            # Times are in hundredths of a second, rounded so that their sum is exact.
            shown = round(100 * (index + 1) / rate) - round(100 * index / rate)
            for part in GifImagePlugin.getdata(image, duration=10 * shown, include_color_table=not gray):
                file.write(part)
        file.write(b";")


def _write_mp4(path: Path, frames: Iterable[np.ndarray], rate: int) -> None:
    """Write H.264 in MP4, which every player shows. Each 2x2 pixels share a color, so odd sizes grow by a pixel."""
    import av  # a large import that nothing else needs

    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as film:
        stream = None
        for frame in frames:
            height, width, channels = frame.shape
            frame = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            if stream is None:
                stream = film.add_stream("libx264", rate=Fraction(rate))
                stream.height, stream.width, _ = frame.shape
                stream.pix_fmt, stream.options = "yuv420p", {"crf": "12"}
            pixels = np.ascontiguousarray(frame.repeat(3 // channels, axis=-1))
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(stream.encode())


@contextmanager
def _folder_written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary folder to fill. It gets the name `path` if all went well, and is deleted if not."""
    temporary = path.with_name(f".{path.name}.unfinished")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        temporary.rename(path)  # An error if files came into `path` in the meantime: nothing is deleted.
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


FILMS: dict[str, Callable] = {".gif": _write_gif, ".mp4": _write_mp4}
