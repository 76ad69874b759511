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

from tfgan_course.errors import UserError
from tfgan_course.figures.grids import grid, save_image
from tfgan_course.files import written_whole

STRIP = 20
"""Frames in a row of a strip, at most."""
FASTEST_GIF = 50
"""Frames a second. Players slow down what is faster: GIF counts in hundredths of a second."""


def save_frames(
    path: str | Path, frames: Iterable[np.ndarray], count: int, rate: int = 30, zoom: int | None = None
) -> None:
    """Write frames as the ending of the path says; a folder gets a PNG file for each.

    Args:
        path: its folder is made.
        frames: uint8 (height, width, 1 or 3); taken one after the other, and kept for a strip alone.
        count: how many there are, for the progress bar.
        rate: frames a second, of a film.
        zoom: how many pixels each way one becomes. Unless given, films of small images are made 256 pixels or larger,
            and pictures stay as they are.

    Raises:
        UserError: for what `check_film` refuses, or if there is a folder that holds more than frames.
    """
    path = Path(path)
    check_film(path, rate)
    # disable=None: no bar in a file.
    shown = tqdm(frames, desc="frames", unit="frame", total=count, leave=False, disable=None)
    film = FILMS.get(path.suffix.lower())
    path.parent.mkdir(parents=True, exist_ok=True)
    if film:
        with written_whole(path) as temporary:
            film(temporary, (_enlarged(frame, zoom or film_zoom(frame)) for frame in shown), rate)
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
    """Refuse, by a `UserError`, an unknown ending, a rate that cannot be, or a folder that holds other files."""
    if not path.name:
        raise UserError(f"--out {path}: frames need a folder of their own. Name one, or a film: walk.mp4")
    if path.suffix.lower() not in (*FILMS, ".png", ""):
        endings = ".gif or .mp4 for a film, .png for a strip, or no ending for a folder of PNG files"
        raise UserError(f"--out {path}: there is no way to write {path.suffix}. Use {endings}")
    if path.suffix.lower() == ".gif" and rate > FASTEST_GIF:
        raise UserError(f"--rate {rate}: a GIF shows {FASTEST_GIF} frames a second at most. Use .mp4")
    if path.suffix and path.is_dir():
        raise UserError(f"--out {path} is a folder")
    if not path.suffix and path.exists():
        if not path.is_dir():
            raise UserError(f"--out {path} is a file; without an ending a folder of PNG files is written")
        others = [file.name for file in path.iterdir() if not (file.suffix == ".png" and file.stem.isdigit())]
        if others:
            raise UserError(f"--out {path} holds more than frames: {others[0]}. Name a folder of its own")


def _enlarged(frame: np.ndarray, zoom: int) -> np.ndarray:
    return frame.repeat(zoom, axis=0).repeat(zoom, axis=1)


def film_zoom(frame: np.ndarray) -> int:
    """Return the zoom for 256 pixels or a few more; even, since video keeps one color for two by two pixels."""
    size = min(frame.shape[:2])
    return 1 if size >= 256 else 2 * -(-128 // size)


def _write_gif(path: Path, frames: Iterable[np.ndarray], rate: int) -> None:
    """Write an endless GIF89a. Gray frames are exact; colored ones have a palette of 256 colors each.

    Pillow's own `save` leaves out a frame that equals the one before it, and shows that for longer: such a film has
    fewer frames than the walk. So the file is put together here, of Pillow's encoded frames.
    """
    with path.open("wb") as file:
        for index, frame in enumerate(frames):
            gray = frame.shape[-1] == 1
            if gray:
                image = Image.fromarray(frame[..., 0], "L").convert("P")  # with a palette of the 256 grays, in order
            else:
                image = Image.fromarray(frame).quantize(256, dither=Image.Dither.NONE)
            if index == 0:
                # One palette for all gray frames (0xF7), none (0x70) where each brings its own.
                file.write(b"GIF89a" + struct.pack("<HHBBB", *image.size, 0xF7 if gray else 0x70, 0, 0))
                file.write(np.arange(256, dtype=np.uint8).repeat(3).tobytes() if gray else b"")
                file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
            # In hundredths of a second, rounded so that the sum stays right.
            shown = round(100 * (index + 1) / rate) - round(100 * index / rate)
            for part in GifImagePlugin.getdata(image, duration=10 * shown, include_color_table=not gray):
                file.write(part)
        file.write(b";")


def _write_mp4(path: Path, frames: Iterable[np.ndarray], rate: int) -> None:
    """Write H.264 in MP4, which every player knows; two by two pixels share a color, so odd sizes grow by a pixel."""
    import av  # large, and nothing else needs it

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
    """Yield a folder beside `path` to fill; it takes `path`'s place if all went well, and goes if not."""
    temporary = path.with_name(f".{path.name}.unfinished")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        shutil.rmtree(path, ignore_errors=True)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


FILMS: dict[str, Callable] = {".gif": _write_gif, ".mp4": _write_mp4}
