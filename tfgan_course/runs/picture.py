"""Shows a run as a Matplotlib figure, or as HTML in a notebook."""

from __future__ import annotations

import base64
import html as markup
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tfgan_course.figures.grids import grid
from tfgan_course.figures.panels import as_written, new_figure
from tfgan_course.runs.curves import PANELS, plot_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Rows = Sequence[Mapping[str, float]]


def figure(title: str, images: np.ndarray, rows: Rows) -> Figure:
    """Return a figure of images, uint8 (n, height, width, 1 or 3), and curves of the rows of history.csv, if any."""
    labels = list(PANELS) if rows else []
    shown = new_figure(figsize=(4 + 5 * len(labels), 4.2), layout="constrained")
    shown.suptitle(as_written(title))
    first, *others = np.ravel(shown.subplots(1, 1 + len(labels)))
    picture = grid(images)
    first.imshow(picture.squeeze(-1) if picture.shape[-1] == 1 else picture, cmap="gray", vmin=0, vmax=255)
    first.axis("off")
    for axes, label in zip(others, labels, strict=True):
        plot_curves(axes, rows, label)
    return shown


def html(title: str, images: np.ndarray, rows: Rows) -> str:
    """Return HTML that needs no other file: title, images, figures of the last epoch."""
    columns = min(len(images), 8)
    picture, buffer = grid(images, columns), io.BytesIO()
    zoom = max(1, 600 // picture.shape[1])  # images of 28 pixels are too small to judge
    Image.fromarray(picture.squeeze(-1) if picture.shape[-1] == 1 else picture).save(buffer, "PNG")
    source = base64.b64encode(buffer.getvalue()).decode()
    last = rows[-1] if rows else {}
    figures = "".join(
        f"<tr><td>{markup.escape(name)}</td><td>{value:.5g}</td></tr>"
        for name, value in last.items()
        if not np.isnan(value)
    )
    return (
        f"<div><b>{markup.escape(title)}</b><br>"
        f'<img alt="generated images" width="{zoom * picture.shape[1]}" style="image-rendering: pixelated" '
        f'src="data:image/png;base64,{source}">'
        f"<details><summary>figures of the last epoch</summary><table>{figures}</table></details></div>"
    )
