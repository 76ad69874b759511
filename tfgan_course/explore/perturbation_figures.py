"""Figures of perturbations: accuracy against gain, and images before and after."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tfgan_course.data import Images
from tfgan_course.errors import UserError
from tfgan_course.explore.network import InspectedNetwork
from tfgan_course.explore.perturbation import accuracy, accuracy_by_gain, perturb, predictions, scaled
from tfgan_course.figures.folder import Table
from tfgan_course.figures.grids import to_uint8
from tfgan_course.figures.panels import Panel, draw_curves, draw_panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PARTS = (0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1, 3 / 2, 2)
"""The gains of a curve, in parts of the gain asked for."""


def labeled(images: Images, count: int | None = None) -> Images:
    """Return those of the first `count` images that have a label.

    Raises:
        UserError: if none has.
    """
    pictures, labels = images.images[:count], images.labels
    known = np.zeros(0, bool) if labels is None else labels[:count] >= 0
    if not known.any():
        raise UserError("a perturbation needs to know what the images show: these have no labels")
    return Images(pictures[known], labels[:count][known], images.class_names)


def perturbation_curves(
    network: InspectedNetwork, images: Images, *, gain: float = 8.0, steps: int = 10, split: str = "test"
) -> tuple[Table, "Figure"]:
    """Return the accuracy that is left at each gain, of four ways to perturb, as a table and as curves.

    Args:
        network: one that tells classes.
        images: with labels, see `labeled`.
        gain: the curve goes to twice this, in gray levels.
        steps: of projected descent, beside the sign step.
        split: what the images are called.
    """
    gains = _gains(gain)
    curves = {
        f"{how}, {aim}": accuracy_by_gain(
            network.model, images.images, images.labels, gains, targeted=targeted, steps=count
        )
        for how, count in (("sign step", 1), (f"{steps} projected steps", steps))
        for aim, targeted in (("to the next class", True), ("away from its own", False))
    }
    figure = _curves_figure(
        gains,
        curves,
        images.classes,
        f"{network.about}: accuracy against perturbation",
        f"Of {len(images)} {split} images. Sign step: X - gain sign(gradient of the loss of the next class), or + that "
        "of the image's own class. Projected steps: smaller sign steps, cut back to the gain each time. All cut to "
        "[-1, 1].",
    )
    return Table(["gain", *curves], list(zip(gains, *curves.values(), strict=True))), figure


def compared_curves(
    networks: Sequence[InspectedNetwork], test: Images, *, count: int = 128, gain: float = 8.0
) -> tuple[Table, "Figure"]:
    """Return the accuracies of several networks, on all test images and perturbed ones, as a table and as curves.

    Args:
        networks: each is perturbed by its own gradients.
        test: the test images of all of them.
        count: test images to perturb.
        gain: in gray levels, of the table.
    """
    known, images, gains = labeled(test), labeled(test, count), _gains(gain)
    right = [accuracy(network.model, known.images, known.labels) for network in networks]
    curves = [accuracy_by_gain(network.model, images.images, images.labels, gains) for network in networks]
    rows = [
        (network.name, share, curve[0], curve[gains.index(gain)])
        for network, share, curve in zip(networks, right, curves, strict=True)
    ]
    names = [f"{network.about} ({100 * share:.1f}% of all)" for network, share in zip(networks, right, strict=True)]
    figure = _curves_figure(
        gains,
        dict(zip(names, curves, strict=True)),
        images.classes,
        "Accuracy against perturbation, of both networks",
        f"Of the first {len(images)} test images; in brackets of all {len(test)}. Each network's own gradients: "
        "X - gain sign(gradient of the loss of the next class), cut to [-1, 1].",
    )
    return Table(("run", "test accuracy", f"of the first {len(images)}", f"at gain {gain:g}"), rows), figure


def _gains(gain: float) -> list[float]:
    return [gain * part for part in PARTS] if gain else [0.0]


def _curves_figure(
    gains: list[float], curves: dict[str, list[float]], classes: int, title: str, caption: str
) -> "Figure":
    percent = {name: [100 * share for share in curve] for name, curve in curves.items()}
    percent["(guessing)"] = [100 / classes] * len(gains)
    return draw_curves(
        gains, percent, ("gain: the most a pixel changes, in gray levels of 256", "right, %"), title, caption
    )


def perturbation_figure(
    network: InspectedNetwork,
    images: Images,
    *,
    gain: float = 8.0,
    targeted: bool = True,
    steps: int = 1,
    shown: int = 100,
    split: str = "test",
) -> "Figure":
    """Return real images, gradients and perturbed images side by side, with the class each is taken for.

    Args:
        network: one that tells classes.
        images: with labels, see `labeled`.
        gain: see `perturb`.
        targeted: see `perturb`.
        steps: see `perturb`.
        shown: images in the figure, at most.
        split: what the images are called.
    """
    changed = perturb(network.model, images.images, images.labels, gain, targeted=targeted, steps=steps)
    before, after = (predictions(network.model, seen) for seen in (images.images, changed.images))
    right = [100 * float(np.mean(said == images.labels)) for said in (before, after)]
    first, names = slice(shown), images.class_names
    gradients = (255 * scaled(changed.gradients)[first]).round().astype(np.uint8)
    low, high = changed.gradients.min(), changed.gradients.max()

    def labels(said: np.ndarray) -> dict:
        return {"labels": [names[number] for number in said[first]], "marked": (said != images.labels)[first]}

    aim = "the next class" if targeted else "its own class"
    how = (
        f"by {gain:g} gray levels {'against' if targeted else 'along'} the gradient's sign"
        if steps == 1
        else f"by {steps} projected steps of at most {gain:g} gray levels together"
    )
    most = np.abs(to_uint8(changed.images).astype(int) - images.images).max()
    return draw_panels(
        [
            Panel(images.images[first], f"real: {right[0]:.1f}% right", **labels(before)),
            Panel(gradients, f"gradient of the loss of {aim}", [names[label] for label in images.labels[first]]),
            Panel(to_uint8(changed.images[first]), f"perturbed: {right[1]:.1f}% right", **labels(after)),
        ],
        f"{network.about}: real images, perturbed",
        f"Perturbed {how}, cut to [-1, 1]; accuracies of {len(images)} {split} images, of which {len(gradients)} are "
        "shown. Above an image: what it is taken for, red where that is wrong; above a gradient: the label. Gradients: "
        f"0 (black) is {low:.2g}, 1 (white) is {high:.2g} over the whole batch. No pixel differs by more than {most} "
        "of 255.",
    )
