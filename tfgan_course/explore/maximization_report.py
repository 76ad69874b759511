"""Figures of the images that maximize a network's classes, or the channels of a layer."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from types import SimpleNamespace

import numpy as np

from tfgan_course.data import Images, labels_of
from tfgan_course.errors import require
from tfgan_course.evaluation.extractors import softmax
from tfgan_course.explore.maximization import maximize_class, maximize_feature
from tfgan_course.explore.network import InspectedNetwork
from tfgan_course.explore.outputs import class_logits, floats, layer, read
from tfgan_course.figures.folder import Results, Table
from tfgan_course.figures.grids import to_uint8
from tfgan_course.figures.panels import Panel, draw_panels
from tfgan_course.models.inputs import takes

CLASSES_CAPTION = (
    "Each image maximizes the logit of a class: {}. Above it: the class, and its probability by the network. "
    "Pixels: -1 is black, 1 is white."
)
FEATURES_CAPTION = (
    "Each image maximizes the largest activation of a channel: {}. Above it: the channel and this activation. "
    "Pixels: -1 is black, 1 is white."
)


@dataclass(frozen=True)
class Ascent:
    """The start and the options of a maximization.

    `start` is `mean` (of the test images), `noise`, or the number of a test image. `seed` is the seed of noise and
    jitter. For the other fields see `maximize`.
    """

    start: str = "mean"
    steps: int = 200
    rate: float = 0.1
    decay: float = 0.001
    jitter: int = 0
    total_variation: float = 0.0
    seed: int = 0

    @classmethod
    def of(cls, options: SimpleNamespace) -> "Ascent":
        """Return the ascent that the options of a command describe."""
        return cls(**{field.name: getattr(options, field.name) for field in fields(cls)})

    def options(self) -> dict:
        """Return the options of `maximize`."""
        return {name: value for name, value in vars(self).items() if name != "start"}

    def start_image(self, test: Images) -> np.ndarray:
        """Return the first image, float32 [-1, 1] (height, width, channels).

        Raises:
            UserError: for another `start`.
        """
        if self.start == "mean":
            return np.mean(test.images, axis=0, dtype=np.float64).astype(np.float32) / 127.5 - 1
        if self.start == "noise":
            noise = np.random.default_rng(self.seed).normal(0, 0.1, test.shape)
            return np.clip(noise, -1, 1).astype(np.float32)
        known = f"for start mean, noise, or the number of a test image, 0 to {len(test) - 1}"
        require(self.start.isdecimal() and int(self.start) < len(test), known, self.start, "Write one of these")
        return floats(test.images[int(self.start)])

    def __str__(self) -> str:
        start = {"mean": "the mean of the test images", "noise": f"noise (seed {self.seed})"}
        words = (
            f"{self.steps} steps of X <- X + {self.rate:g} gradient - {self.decay:g} X |X|, cut to [-1, 1] after each, "
            f"from {start.get(self.start, f'test image {self.start}')}"
        )
        words += f"; rolled by up to {self.jitter} pixels before each step" if self.jitter else ""
        return words + (f"; total variation has the weight {self.total_variation:g}" if self.total_variation else "")


def classes_report(network: InspectedNetwork, ascent: Ascent) -> Results:
    """Return the image with the largest logit of each class, and a table of these logits."""
    class_logits(network.model)  # raises an error for a critic without classes before images are loaded
    panel, rows = classes_panel(network, network.images(), ascent)
    header = ("class", "logit before", "logit after", "probability")
    title = f"{network.about}: the image with the largest logit of each class"
    figure = draw_panels([panel], title, CLASSES_CAPTION.format(ascent))
    return {"maximize-class.csv": Table(header, rows), "maximize-class": figure}


def classes_panel(network: InspectedNetwork, test: Images, ascent: Ascent) -> tuple[Panel, list[tuple]]:
    """Return a panel with the image of each class, and a table of its logits before and after and its probability."""
    found = maximize_class(network.model, ascent.start_image(test), **ascent.options())
    shares = np.diag(softmax(read(class_logits(network.model), found.images)))
    labels = [f"{name}\n{100 * share:.1f}%" for name, share in zip(test.class_names, shares, strict=True)]
    columns = (len(labels) + 1) // 2 if len(labels) <= 10 else None
    title = f"at least {100 * shares.min():.1f}% for every class"
    numbers = (column.tolist() for column in (found.values[0], found.values[-1], shares))
    rows = list(zip(test.class_names, *numbers, strict=True))
    return Panel(to_uint8(found.images), title, labels, columns=columns), rows


def features_report(
    network: InspectedNetwork, name: str, units: Sequence[int] | None, label: str | None, ascent: Ascent
) -> Results:
    """Return the images that maximize the channels `units` of the layer `name`; None for all channels.

    A critic that takes labels gets the class `label`, a name or a number; None for the first.
    """
    test = network.images()
    number = 0 if label is None else int(labels_of([label], test.class_names)[0])
    panel = features_panel(network, test, name, units, number, ascent)
    title = f"{network.about}: images that maximize the channels of {name}"
    return {f"maximize-feature-{layer_file(name)}": draw_panels([panel], title, FEATURES_CAPTION.format(ascent))}


def features_panel(
    network: InspectedNetwork, test: Images, name: str, units: Sequence[int] | None, label: int, ascent: Ascent
) -> Panel:
    """Return the image of each channel; see `features_report`."""
    known = layer(network.model, name)
    found = maximize_feature(network.model, name, ascent.start_image(test), units, label=label, **ascent.options())
    numbers = range(known.shape[-1]) if units is None else units
    labels = [f"{unit}: {value:.3g}" for unit, value in zip(numbers, found.values[-1], strict=True)]
    field = f", field {'x'.join(map(str, known.field.size))}" if known.field else ""
    given = f"\ngiven the class {test.class_names[label]}" if takes(network.model, "labels") else ""
    return Panel(to_uint8(found.images), f"{name}, {'x'.join(map(str, known.shape))}{field}{given}", labels)


def layer_file(name: str) -> str:
    """Return a layer's name as a part of a file's name."""
    return name.replace(":", "-").replace("/", "-")
