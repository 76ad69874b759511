"""Figures of maximizations: what classes and channels look like to one network, or to several side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from tfgan_course.data import Images
from tfgan_course.errors import UserError
from tfgan_course.evaluation.extractors import softmax
from tfgan_course.explore.maximization import maximize_class, maximize_feature
from tfgan_course.explore.network import InspectedNetwork
from tfgan_course.explore.outputs import class_logits, floats, layer, read
from tfgan_course.figures.folder import Table
from tfgan_course.figures.grids import to_uint8
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.models.inputs import takes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS = "Pixels: -1 is black, 1 is white."


@dataclass(frozen=True)
class Ascent:
    """Where a maximization begins, and how it climbs.

    Args:
        start: `mean` (of the test images), `noise`, or the number of a test image.
        steps: see `maximize`, as for the others.
        rate: see `maximize`.
        decay: see `maximize`.
        jitter: see `maximize`.
        total_variation: see `maximize`.
        seed: of noise and jitter.
    """

    start: str = "mean"
    steps: int = 200
    rate: float = 0.1
    decay: float = 0.001
    jitter: int = 0
    total_variation: float = 0.0
    seed: int = 0

    @classmethod
    def of(cls, options: Mapping) -> "Ascent":
        """Return the one whose fields are options of a command."""
        return cls(**{field.name: options[field.name] for field in fields(cls)})

    def options(self) -> dict:
        """Return the options of `maximize`."""
        return {name: value for name, value in vars(self).items() if name != "start"}

    def start_image(self, test: Images) -> np.ndarray:
        """Return the first image, float32 [-1, 1] (height, width, channels).

        Raises:
            UserError: if `start` is none of those.
        """
        if self.start == "mean":
            return np.mean(test.images, axis=0, dtype=np.float64).astype(np.float32) / 127.5 - 1
        if self.start == "noise":
            noise = np.random.default_rng(self.seed).normal(0, 0.1, test.shape)
            return np.clip(noise, -1, 1).astype(np.float32)
        if not self.start.isdecimal() or int(self.start) >= len(test):
            raise UserError(
                expected=f"for --start mean, noise, or the number of a test image, 0 to {len(test) - 1}",
                received=self.start,
                remedy="Write one of these",
            )
        return floats(test.images[int(self.start)])

    def __str__(self) -> str:
        start = {"mean": "the mean of the test images", "noise": f"noise (seed {self.seed})"}
        words = (
            f"{self.steps} steps of X <- X + {self.rate:g} gradient - {self.decay:g} X |X|, cut to [-1, 1] after each, "
            f"from {start.get(self.start, f'test image {self.start}')}"
        )
        words += f"; rolled by up to {self.jitter} pixels before each step" if self.jitter else ""
        return words + (f"; total variation weighs {self.total_variation:g}" if self.total_variation else "")


def classes_figure(networks: Sequence[InspectedNetwork], test: Images, ascent: Ascent) -> tuple[list[Table], "Figure"]:
    """Return what each network takes for the best image of each class: a table for each, and all side by side."""
    panels, tables = [], []
    for network in networks:
        found = maximize_class(network.model, ascent.start_image(test), **ascent.options())
        shares = np.diag(softmax(read(class_logits(network.model), found.images)))
        labels = [f"{name}\n{100 * share:.1f}%" for name, share in zip(test.class_names, shares, strict=True)]
        columns = (len(labels) + 1) // 2 if len(labels) <= 10 else None
        lowest = f"at least {100 * shares.min():.1f}% for every class"
        panels.append(Panel(to_uint8(found.images), _panel_title(networks, network, lowest), labels, columns=columns))
        numbers = (column.tolist() for column in (found.values[0], found.values[-1], shares))
        header = ("class", "logit before", "logit after", "probability")
        tables.append(Table(header, list(zip(test.class_names, *numbers, strict=True))))
    caption = (
        f"For each class its logit was maximized: {ascent}. Above an image: the class, and the probability that the "
        f"network gives it. {PIXELS}"
    )
    title = "the image of each class that pleases {} most"
    return tables, draw_panels(panels, _title(networks, title), caption)


def features_figure(
    networks: Sequence[InspectedNetwork],
    test: Images,
    name: str,
    units: Sequence[int] | None,
    label: int,
    ascent: Ascent,
) -> "Figure":
    """Return what the channels of a layer look for, in each network.

    Args:
        networks: each has a layer of this name.
        test: their test images.
        name: of the layer.
        units: which channels; None for all.
        label: the class that a critic is given which takes labels.
        ascent: how to climb.
    """
    panels = []
    for network in networks:
        found = maximize_feature(network.model, name, ascent.start_image(test), units, label=label, **ascent.options())
        numbers = range(found.values.shape[1]) if units is None else units
        labels = [f"{unit}: {value:.3g}" for unit, value in zip(numbers, found.values[-1], strict=True)]
        known = layer(network.model, name)
        field = f", field {'x'.join(map(str, known.field.size))}" if known.field else ""
        given = f"\ngiven the class {test.class_names[label]}" if takes(network.model, "labels") else ""
        title = f"{name}, {'x'.join(map(str, known.shape))}{field}{given}"
        panels.append(Panel(to_uint8(found.images), _panel_title(networks, network, title), labels))
    caption = (
        f"For each channel its largest activation was maximized: {ascent}. Above an image: the channel and what it "
        f"reaches. {PIXELS}"
    )
    return draw_panels(panels, _title(networks, f"what the channels of {name} look for"), caption)


def _panel_title(networks: Sequence[InspectedNetwork], network: InspectedNetwork, title: str) -> str:
    return title if len(networks) == 1 else f"{network.about}\n{title}"


def _title(networks: Sequence[InspectedNetwork], title: str) -> str:
    if len(networks) == 1:
        return f"{networks[0].about}: {title.format('it')}"
    title = title.format("each network")
    return f"{title[0].upper()}{title[1:]}"
