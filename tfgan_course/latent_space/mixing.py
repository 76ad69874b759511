"""Style mixing: an image gets its coarse layers' styles from one image and its fine layers' styles from another."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfgan_course.errors import require
from tfgan_course.figures.folder import Results
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.latent_space.space import LatentSpace, WSpace


def mixed(space: LatentSpace, coarse: np.ndarray, fine: np.ndarray, layers: Sequence[int] | None = None) -> np.ndarray:
    """Return images in which some layers get the w of one point, and the other layers the w of another point.

    Style mixing (Karras et al. 2019, arXiv:1812.04948, section 3.1 and figure 3).

    Args:
        space: the w space of a generator in which several layers take a w.
        coarse: points, float32 (rows, size).
        fine: points, float32 (columns, size).
        layers: the layers that get the w of `fine`; None for the second half of the layers.

    Returns:
        uint8 (rows, columns, height, width, channels).

    Raises:
        UserError: if there is nothing to mix, or no such layer.
    """
    taken = _fine_layers(space, layers)
    ws = [np.array(space.style.repeated(tf.constant(points))) for points in (coarse, fine)]
    table = np.repeat(ws[0][:, np.newaxis], len(fine), axis=1)
    table[:, :, taken] = ws[1][:, taken]
    images = space.drawn(table.reshape(-1, *table.shape[2:]))
    return images.reshape(len(coarse), len(fine), *images.shape[1:])


def _fine_layers(space: LatentSpace, layers: Sequence[int] | None) -> list[int]:
    """Return the layers that get the w of `fine`; see `mixed`."""
    count = space.style.layers if isinstance(space, WSpace) else 0
    found = "one without a mapping network" if not count else "one that takes w at one place"
    require(count >= 2, "a generator in which several layers take a w", found, "Train one: variant stylegan2")
    taken = list(range(count // 2, count)) if layers is None else list(layers)
    wrong = [layer for layer in taken if not 0 <= layer < count]
    require(bool(taken) and not wrong, f"layers that take a w, 0 to {count - 1}", wrong or "none", "Choose among these")
    return taken


def mixing_report(
    space: LatentSpace,
    rows: Sequence[int],
    columns: Sequence[int],
    layers: Sequence[int] | None = None,
    label: np.ndarray | None = None,
) -> Results:
    """Return a table of mixed images; the images that are mixed stand in the first row and the first column.

    Args:
        space: see `mixed`.
        rows: seeds of the images with the coarse styles.
        columns: seeds of the images with the fine styles.
        layers: see `mixed`.
        label: int32 (1,), the class of all images of a conditional generator.
    """
    layers = _fine_layers(space, layers)
    repeated = (None if label is None else np.resize(label, len(seeds)) for seeds in (rows, columns))
    coarse, fine = map(space.points_of_seeds, (rows, columns), repeated)
    beside, above = space.drawn(coarse), space.drawn(fine)
    table = [np.full_like(beside[0], 255), *above]
    for image, row in zip(beside, mixed(space, coarse, fine, layers), strict=True):
        table += [image, *row]
    labels = ["", *(f"seed {seed}" for seed in columns)]
    labels += [label for seed in rows for label in (f"seed {seed}", *[""] * len(columns))]
    caption = (
        f"The layers {', '.join(map(str, layers))} (of 0 to {space.style.layers - 1}) have the w of the first image in "
        "the column, the other layers the w of the first image in the row."
    )
    panel = Panel(np.stack(table), "", labels, columns=len(columns) + 1)
    return {"mix": draw_panels([panel], f"{space.about}: styles mixed", caption)}
