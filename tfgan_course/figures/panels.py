"""Figures of tiles of images or of curves, each with a title, scales and a caption."""

import io
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tfgan_course.errors import require
from tfgan_course.figures.grids import GAP, grid
from tfgan_course.files import written_whole

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

DOTS = 100
"""Dots per inch. Figures are laid out in dots, so that every pixel of an image is equally large."""
LINE = 15
MARGIN = 14
BAR = 70


class Panel(NamedTuple):
    """A group of images ("tiles") under a title.

    images: uint8 (n, height, width, channels), or float [0, 1] (n, height, width), which are shown in colors with a
    scale. labels: one or more lines above each tile. marked: whether a tile's lines are red. columns: as square as
    possible by default. scale: what the colors of 0 and 1 mean.
    """

    images: np.ndarray
    title: str
    labels: Sequence[str] | None = None
    marked: Sequence[bool] | None = None
    columns: int | None = None
    scale: tuple[str, str] = ("0", "1")


def new_figure(**options: Any) -> "Figure":
    """Return an empty Matplotlib figure that a notebook shows by itself.

    A notebook shows a plain figure only if pyplot is imported.

    Args:
        **options: the arguments of `matplotlib.figure.Figure`.
    """
    from matplotlib.figure import Figure  # Matplotlib is slow to import, and other commands do not need it

    class Shown(Figure):
        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png", dpi=DOTS)
            return buffer.getvalue()

    return Shown(**options)


def draw_panels(panels: Sequence[Panel], title: str, caption: str) -> "Figure":
    """Return a figure with the panels side by side."""
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
        axes = axes_at(left, height - tall, wide, tall)  # all panels begin at the same height
        axes.set_axis_off()
        colors = {"cmap": "magma", "vmin": 0, "vmax": 1} if panel.images.ndim == 3 else {}
        shown = picture if picture.ndim == 2 or picture.shape[-1] in (3, 4) else np.repeat(picture, 3, axis=-1)
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
    """Return a figure of curves over one axis, with a mark at each point if there are few.

    Args:
        xs: the x of the points.
        curves: the y of the points by the curve's name; a curve is dashed if its name begins with a bracket.
        labels: labels of both axes.
        title: text above the figure.
        caption: text below the figure.
        top: end of the y scale, which begins at 0; 100 for percent, None for the highest value.
    """
    figure, axes_at = _framed(860, 360, title, caption)
    axes = axes_at(60, 45, 560, 310)
    for name, ys in curves.items():
        chance = name.startswith("(")
        marker, line = None if chance else point_marker(len(xs)), "--" if chance else "-"
        axes.plot(xs, ys, label=as_written(name), marker=marker, markersize=4, linestyle=line)
    axes.set(xlabel=labels[0], ylabel=labels[1], ylim=(0, top))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0)  # beside the curves
    return figure


def point_marker(points: int) -> str | None:
    """Return the marker of a curve's points: a curve of one point would be empty without it, one of many is a band."""
    return "o" if points <= 50 else None


def whole_ticks(axis: "Axis") -> None:
    """Let an axis of epochs or steps have ticks at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def save(figure: "Figure", folder: Path, name: str, formats: Sequence[str]) -> list[Path]:
    """Save a figure as `name` in each format; return the paths."""
    paths = [folder / f"{name}.{ending}" for ending in formats]
    for path in paths:
        with written_whole(path) as temporary:
            # No date, so that equal figures are equal files.
            figure.savefig(temporary, dpi=DOTS, metadata={"Date": None} if path.suffix == ".svg" else None)
    return paths


def checked_formats(formats: str) -> list[str]:
    """Return `png,svg` as a list; raise a `UserError` for a format that Matplotlib cannot write."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    known = FigureCanvasAgg.get_supported_filetypes()
    asked = [name.strip().lstrip(".") for name in formats.split(",") if name.strip()]
    wrong = [name for name in asked if name not in known]
    expected = f"formats of figures among {', '.join(known)}"
    require(bool(asked) and not wrong, expected, ", ".join(wrong) or repr(formats), "Use png,svg, for example")
    return asked


def as_written(text: str) -> str:
    """Escape `$`, because Matplotlib reads the text between two of them as a formula."""
    return text.replace("$", r"\$")


def _framed(width: float, height: float, title: str, caption: str) -> tuple["Figure", Callable]:
    """Return a figure with width x height dots between title and caption, and a function that places axes there."""
    # With these fonts a letter needs at most 8.5 and 6 dots.
    head = textwrap.wrap(title, max(20, int((width - 2 * MARGIN) / 8.5)))
    foot = textwrap.wrap(caption, max(20, int((width - 2 * MARGIN) / 6)))
    above, below = LINE * 1.3 * len(head) + MARGIN, LINE * len(foot) + 1.5 * MARGIN
    total = above + height + below
    figure = new_figure(figsize=(width / DOTS, total / DOTS), dpi=DOTS)
    figure.text(0.5, 1 - 0.6 * MARGIN / total, as_written("\n".join(head)), ha="center", va="top", fontsize=11)
    figure.text(MARGIN / width, 0.6 * MARGIN / total, as_written("\n".join(foot)), ha="left", va="bottom", fontsize=8)

    def axes_at(left: float, bottom: float, wide: float, tall: float):
        return figure.add_axes((left / width, (below + bottom) / total, wide / width, tall / total))

    return figure, axes_at


def _tiles(panel: Panel, zoom: int) -> np.ndarray:
    """Return a picture of a panel's images, with space for labels above each: (height, width[, channels])."""
    room = _room(panel, zoom)
    images = panel.images if panel.images.ndim == 4 else panel.images[..., None]
    blank = 255 if images.dtype == np.uint8 else np.nan  # NaN is not drawn
    padded = np.full((len(images), images.shape[1] + room, *images.shape[2:]), blank, images.dtype)
    padded[:, room:] = images
    picture = grid(padded, panel.columns, blank=blank)
    return picture if panel.images.ndim == 4 else picture[..., 0]


def _room(panel: Panel, zoom: int) -> int:
    """Return the height of the labels above an image, in pixels of the images."""
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
