"""Two networks of the same images side by side, as figures: trained alone, and with a generator."""

from collections.abc import Mapping, Sequence

from tfgan_course.errors import UserError
from tfgan_course.explore.maximization_report import (
    CLASSES_CAPTION,
    FEATURES_CAPTION,
    Ascent,
    classes_panel,
    features_panel,
    layer_file,
)
from tfgan_course.explore.network import InspectedNetwork
from tfgan_course.explore.perturbation import accuracy, accuracy_by_gain
from tfgan_course.explore.perturbation_report import curves_figure, gains_of, labeled
from tfgan_course.figures.folder import Results, Table
from tfgan_course.figures.panels import Panel, draw_panels


def comparison_report(
    networks: Sequence[InspectedNetwork],
    layers: Mapping[str, Sequence[int] | None],
    ascent: Ascent,
    *,
    count: int = 128,
    gain: float = 8.0,
) -> Results:
    """Return both networks' accuracies, perturbed images and not, and their images of classes and channels.

    `layers` has channels by the name of their layer, None for all of them. `count` test images are perturbed, for the
    table by `gain` gray levels; the curves go to twice this.

    Raises:
        UserError: if the networks are of other images or classes.
    """
    for fact in ("image_shape", "class_names"):
        one, other = (network.directory.images[fact] for network in networks)
        if one != other:
            raise UserError(f"only networks of the same images can be compared: {fact} is {one} and {other}")
    test = networks[0].images()
    known, images, gains = labeled(test), labeled(test, count), gains_of(gain)
    rows, curves = [], {}
    for network in networks:
        right = accuracy(network.model, known.images, known.labels)
        curve = accuracy_by_gain(network.model, images.images, images.labels, gains)
        rows.append((network.name, right, curve[0], curve[gains.index(gain)]))
        curves[f"{network.about} ({100 * right:.1f}% of all)"] = curve
    caption = (
        f"Of the first {len(images)} test images; in brackets of all {len(test)}. Each network's own gradients: "
        "X - gain sign(gradient of the loss of the next class), cut to [-1, 1]."
    )
    figure = curves_figure(gains, curves, images, "Accuracy against perturbation, of both networks", caption)

    def beside(network: InspectedNetwork, panel: Panel) -> Panel:
        return panel._replace(title=f"{network.about}\n{panel.title}")

    panels = [beside(network, classes_panel(network, test, ascent)[0]) for network in networks]
    title = "The image of each class that pleases each network most"
    results: Results = {
        "compare.csv": Table(("run", "test accuracy", f"of the first {len(images)}", f"at gain {gain:g}"), rows),
        "compare-perturb": figure,
        "compare-class": draw_panels(panels, title, CLASSES_CAPTION.format(ascent)),
    }
    for name, units in layers.items():
        panels = [beside(network, features_panel(network, test, name, units, 0, ascent)) for network in networks]
        title = f"What the channels of {name} look for in each network"
        results[f"compare-feature-{layer_file(name)}"] = draw_panels(panels, title, FEATURES_CAPTION.format(ascent))
    return results
