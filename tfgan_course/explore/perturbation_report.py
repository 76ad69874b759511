"""Figures of the effect of perturbations: accuracy against gain, and images before and after."""

from typing import TYPE_CHECKING

import numpy as np

from tfgan_course.data import Images
from tfgan_course.errors import require
from tfgan_course.explore.network import InspectedNetwork
from tfgan_course.explore.outputs import class_logits
from tfgan_course.explore.perturbation import accuracy_by_gain, perturb, predictions, scaled
from tfgan_course.figures.folder import Results, Table
from tfgan_course.figures.grids import to_uint8
from tfgan_course.figures.panels import Panel, draw_curves, draw_panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PARTS = (0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1, 3 / 2, 2)
"""The gains of a curve, as multiples of the given gain."""


def perturbation_report(
    network: InspectedNetwork,
    *,
    count: int = 128,
    split: str = "test",
    gain: float = 8.0,
    targeted: bool = True,
    steps: int = 1,
    shown: int = 100,
) -> Results:
    """Return the accuracies under four perturbations as a table and curves, and a picture of images before and after.

    Args:
        network: the network.
        count: how many images of the split are perturbed.
        split: `test` or `train`.
        gain: the largest change of a pixel in the picture, in gray levels; the curves go up to twice this gain.
        targeted: see `perturb`.
        steps: see `perturb`.
        shown: how many images the picture shows at most.
    """
    class_logits(network.model)  # raises an error for a critic without classes before images are loaded
    images, gains = labeled(network.images(split), count), gains_of(gain)
    many = steps if steps > 1 else 10
    curves = {
        f"{how}, {aim}": accuracy_by_gain(network.model, images.images, images.labels, gains, aimed, number)
        for how, number in (("sign step", 1), (f"{many} projected steps", many))
        for aim, aimed in (("to the next class", True), ("away from its own", False))
    }
    caption = (
        f"Accuracies of {len(images)} {split} images. Sign step: X - gain sign(gradient of the loss of the next class) "
        "or X + gain sign(gradient of the loss of the image's own class). Projected steps: smaller sign steps, cut "
        "back to the gain each time. All are cut to [-1, 1]."
    )
    figure = curves_figure(gains, curves, images, f"{network.about}: accuracy against perturbation", caption)
    return {
        "perturb.csv": Table(["gain", *curves], list(zip(gains, *curves.values(), strict=True))),
        "perturb-curve": figure,
        "perturb": _picture(network, images, gain, targeted, steps, shown, split),
    }


def labeled(images: Images, count: int | None = None) -> Images:
    """Return the images with a label among the first `count`.

    Raises:
        UserError: if no image has a label.
    """
    pictures, labels = images.images[:count], images.labels
    known = np.zeros(0, bool) if labels is None else labels[:count] >= 0
    require(bool(known.any()), "images with labels", "images without", "Choose a run whose images have classes")
    return Images(pictures[known], labels[:count][known], images.class_names)


def gains_of(gain: float) -> list[float]:
    """Return the gains of a curve."""
    return [gain * part for part in PARTS] if gain else [0.0]


def curves_figure(
    gains: list[float], curves: dict[str, list[float]], images: Images, title: str, caption: str
) -> "Figure":
    """Return a figure of accuracies over gains, with the accuracy of guessing for comparison."""
    percent = {name: [100 * share for share in curve] for name, curve in curves.items()}
    percent["(guessing)"] = [100 / images.classes] * len(gains)
    axes = ("gain: largest change of a pixel, in gray levels (of 256)", "right, %")
    return draw_curves(gains, percent, axes, title, caption)


def _picture(
    network: InspectedNetwork, images: Images, gain: float, targeted: bool, steps: int, shown: int, split: str
) -> "Figure":
    """Return real images, gradients and perturbed images side by side, with the predicted classes."""
    changed = perturb(network.model, images.images, images.labels, gain, targeted=targeted, steps=steps)
    first, names = slice(shown), images.class_names

    def panel(pictures: np.ndarray, what: str) -> Panel:
        said = predictions(network.model, pictures)
        wrong = said != images.labels
        title = f"{what}: {100 * float(np.mean(~wrong)):.1f}% right"
        pictures = pictures if pictures.dtype == np.uint8 else to_uint8(pictures)
        return Panel(pictures[first], title, [names[number] for number in said[first]], wrong[first])

    gradients = (255 * scaled(changed.gradients)[first]).round().astype(np.uint8)
    low, high = changed.gradients.min(), changed.gradients.max()
    aim, way = ("the next class", "against") if targeted else ("its own class", "along")
    how = f"by {steps} projected steps of at most {gain:g} gray levels together"
    how = f"by {gain:g} gray levels {way} the gradient's sign" if steps == 1 else how
    most = np.abs(to_uint8(changed.images).astype(int) - images.images).max()
    given = Panel(gradients, f"gradient of the loss of {aim}", [names[label] for label in images.labels[first]])
    return draw_panels(
        [panel(images.images, "real"), given, panel(changed.images, "perturbed")],
        f"{network.about}: real images, perturbed",
        f"Perturbed {how}, cut to [-1, 1]; accuracies of {len(images)} {split} images, of which {len(gradients)} are "
        "shown. Above an image: the predicted class, red if it is wrong; above a gradient: the label. Gradients: "
        f"0 (black) is {low:.2g}, 1 (white) is {high:.2g} over the whole batch. No pixel differs by more than {most} "
        "of 255.",
    )
