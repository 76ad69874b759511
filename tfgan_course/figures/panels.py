"""Figures: tiles of images and curves, each with a title, its scales and a caption."""

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tfgan_course.errors import UserError
from tfgan_course.figures.grids import GAP, grid
from tfgan_course.files import written_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS = 100
"""Dots an inch: figures are laid out in dots, so that each pixel of an image has equally many of them."""
LINE = 15
MARGIN = 14
BAR = 70


class Panel(NamedTuple):
    """Tiles under a title.

    images: uint8 (n, height, width, channels), or float [0, 1] (n, height, width) to be shown in colors beside their
    scale. labels: a line or more above each tile. marked: whose lines are red. columns: as square as it gets unless
    given. scale: what 0 and 1 of the colors mean.
    """

    images: np.ndarray
    title: str
    labels: Sequence[str] | None = None
    marked: Sequence[bool] | None = None
    columns: int | None = None
    scale: tuple[str, str] = ("0", "1")


def draw_panels(panels: Sequence[Panel], title: str, caption: str) -> "Figure":
    """Return panels side by side."""
    few = max(len(panel.images) for panel in panels) <= 20
    zoom = max(1, round((96 if few else 64) / panels[0].images.shape[1]))
    pictures = [_tiles(panel, zoom) for panel in panels]
    bars = [BAR if panel.images.ndim == 3 else 0 for panel in panels]
    widths = [zoom * picture.shape[1] for picture in pictures]
    height = zoom * max(picture.shape[0] for picture in pictures)
    width = max(sum(widths) + sum(bars) + MARGIN * (len(panels) + 1), 460)
    heads = max(panel.title.count("\n") + 1 for panel in panels)
    figure, axes_at = _framed(width, height + LINE * heads + 6, title, caption)
    left = (width - sum(widths) - sum(bars) - MARGIN * (len(panels) - 1)) / 2
    for panel, picture, wide, bar in zip(panels, pictures, widths, bars, strict=True):
        tall = zoom * picture.shape[0]
        axes = axes_at(left, height - tall, wide, tall)  # panels begin at one height
        axes.set_axis_off()
        colors = {"cmap": "magma", "vmin": 0, "vmax": 1} if panel.images.ndim == 3 else {}
        shown = picture if picture.ndim == 2 or picture.shape[-1] == 3 else np.repeat(picture, 3, axis=-1)
        image = axes.imshow(shown, interpolation="none", aspect="auto", **colors)
        axes.set_title(as_written(panel.title), fontsize=9, pad=4)
        _label(axes, panel, zoom)
        if bar:
            scale = figure.colorbar(image, cax=axes_at(left + wide + 6, height - tall, 10, tall))
            scale.set_ticks([0, 1], labels=panel.scale, fontsize=7)
        left += wide + bar + MARGIN
    return figure


def draw_curves(
    xs: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    labels: tuple[str, str],
    title: str,
    caption: str,
    top: float | None = 100,
) -> "Figure":
    """Return curves over one axis, each (x, y) marked where they are few.

    Args:
        xs: where the points are.
        curves: the points' heights by the curve's name; dashed where the name begins with a bracket.
        labels: of both axes.
        title: above.
        caption: below.
        top: of the scale, which begins at 0: percent, unless given. None for as high as the curves.
    """
    figure, axes_at = _framed(640, 360, title, caption)
    axes = axes_at(60, 45, 560, 310)
    for name, ys in curves.items():
        chance = name.startswith("(")
        marker, line = None if chance or len(xs) > 50 else "o", "--" if chance else "-"
        axes.plot(xs, ys, label=as_written(name), marker=marker, markersize=4, linestyle=line)
    axes.set(xlabel=labels[0], ylabel=labels[1], ylim=(0, top))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    return figure


def save(figure: "Figure", folder: Path, name: str, formats: Sequence[str]) -> list[Path]:
    """Save a figure as `name` in each format; return the files."""
    paths = [folder / f"{name}.{ending}" for ending in formats]
    for path in paths:
        with written_whole(path) as temporary:
            # No date: equal figures are equal files.
            figure.savefig(temporary, dpi=DOTS, metadata={"Date": None} if path.suffix == ".svg" else None)
    return paths


def checked_formats(formats: str) -> list[str]:
    """Return `png,svg` as a list.

    Raises:
        UserError: for a format that Matplotlib does not write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    known = FigureCanvasAgg.get_supported_filetypes()
    asked = [name.strip().lstrip(".") for name in formats.split(",") if name.strip()]
    wrong = [name for name in asked if name not in known]
    if wrong or not asked:
        missing = (wrong or [""])[0]
        raise UserError(f"--formats {formats}: there is no format {missing!r}. Use some of {', '.join(known)}")
    return asked


def as_written(text: str) -> str:
    """Return what to give Matplotlib so that it shows the text: between two `$` it reads a formula, or fails to."""
    return text.replace("$", r"\$")


def _framed(width: float, height: float, title: str, caption: str) -> tuple["Figure", Callable]:
    """Return a figure with room of that size between its title and its caption, and what places axes there, in dots."""
    from matplotlib.figure import Figure  # slow to import, and other commands need none

    # Of these fonts 7 dots a letter are enough.
    head = textwrap.wrap(title, max(20, int((width - 2 * MARGIN) / 8.5)))
    foot = textwrap.wrap(caption, max(20, int((width - 2 * MARGIN) / 6)))
    above, below = LINE * 1.3 * len(head) + MARGIN, LINE * len(foot) + 1.5 * MARGIN
    total = above + height + below
    figure = Figure(figsize=(width / DOTS, total / DOTS), dpi=DOTS)
    figure.text(0.5, 1 - 0.6 * MARGIN / total, as_written("\n".join(head)), ha="center", va="top", fontsize=11)
    figure.text(MARGIN / width, 0.6 * MARGIN / total, as_written("\n".join(foot)), ha="left", va="bottom", fontsize=8)

    def axes_at(left: float, bottom: float, wide: float, tall: float):
        return figure.add_axes((left / width, (below + bottom) / total, wide / width, tall / total))

    return figure, axes_at


def _tiles(panel: Panel, zoom: int) -> np.ndarray:
    """Return a picture of a panel's images, with room for labels above each: (height, width, channels or none)."""
    room = _room(panel, zoom)
    images = panel.images if panel.images.ndim == 4 else panel.images[..., None]
    blank = 255 if images.dtype == np.uint8 else np.nan  # NaN is drawn as nothing
    padded = np.full((len(images), images.shape[1] + room, *images.shape[2:]), blank, images.dtype)
    padded[:, room:] = images
    picture = grid(padded, panel.columns, blank=blank)
    return picture if panel.images.ndim == 4 else picture[..., 0]


def _room(panel: Panel, zoom: int) -> int:
    """Return how many pixels of the images the labels above one need."""
    lines = max((label.count("\n") + 1 for label in panel.labels or ()), default=0)
    return math.ceil((9 * lines + 2) / zoom) if lines else 0


def _label(axes, panel: Panel, zoom: int) -> None:
    count, size, wide = panel.images.shape[:3]
    columns = panel.columns or math.ceil(math.sqrt(count))
    room, letters = _room(panel, zoom), max(3, int(wide * zoom / 5))
    for index, label in enumerate(panel.labels or ()):
        row, column = divmod(index, columns)
        place = column * (wide + GAP) + wide / 2 - 0.5, row * (size + room + GAP) + room - 0.5
        marked = panel.marked is not None and panel.marked[index]
        lines = [line if len(line) <= letters else f"{line[: letters - 1]}." for line in label.split("\n")]
        text, color = as_written("\n".join(lines)), "tab:red" if marked else "black"
        axes.text(*place, text, ha="center", va="bottom", fontsize=6, color=color)
