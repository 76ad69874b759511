"""Figures that compare two networks trained on the same images, for example one alone and one with a generator."""

from collections.abc import Mapping, Sequence

from tfgan_course.errors import require
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
    """Return both networks' accuracies on images and perturbed images, and their images of classes and channels.

    Args:
        networks: the two networks.
        layers: channels by the name of their layer; None for all channels of a layer.
        ascent: how images are maximized.
        count: how many test images are perturbed.
        gain: the perturbation for the table, in gray levels; the curves go up to twice this gain.

    Raises:
        UserError: if the networks were trained on different images or classes.
    """
    for fact in ("image_shape", "class_names"):
        one, other = (network.directory.images[fact] for network in networks)
        require(one == other, f"networks with the same {fact}", f"{one} and {other}", "Compare other networks")
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
    title = "The image with the largest logit of each class"
    results: Results = {
        "compare.csv": Table(("run", "test accuracy", f"of the first {len(images)}", f"at gain {gain:g}"), rows),
        "compare-perturb": figure,
        "compare-class": draw_panels(panels, title, CLASSES_CAPTION.format(ascent)),
    }
    for name, units in layers.items():
        panels = [beside(network, features_panel(network, test, name, units, 0, ascent)) for network in networks]
        title = f"Images that maximize the channels of {name}"
        results[f"compare-feature-{layer_file(name)}"] = draw_panels(panels, title, FEATURES_CAPTION.format(ascent))
    return results
