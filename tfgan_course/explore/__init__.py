from tfgan_course.explore.maximization import Maximized, maximize, maximize_class, maximize_feature
from tfgan_course.explore.maximization_figures import Ascent, classes_figure, features_figure
from tfgan_course.explore.neighbours import Neighbours, neighbour_features, neighbours, neighbours_figure
from tfgan_course.explore.network import InspectedNetwork, open_network
from tfgan_course.explore.outputs import channels, class_logits, layer_table, read, reader, score
from tfgan_course.explore.perturbation import (
    Perturbed,
    accuracy_by_gain,
    alternative_classes,
    loss_gradients,
    perturb,
    scaled,
    sign_step,
)
from tfgan_course.explore.perturbation_figures import compared_curves, perturbation_curves, perturbation_figure
from tfgan_course.explore.saliency import saliency, saliency_figure

__all__ = [
    "Ascent",
    "InspectedNetwork",
    "Maximized",
    "Neighbours",
    "Perturbed",
    "accuracy_by_gain",
    "alternative_classes",
    "channels",
    "class_logits",
    "classes_figure",
    "compared_curves",
    "features_figure",
    "layer_table",
    "loss_gradients",
    "maximize",
    "maximize_class",
    "maximize_feature",
    "neighbour_features",
    "neighbours",
    "neighbours_figure",
    "open_network",
    "perturb",
    "perturbation_curves",
    "perturbation_figure",
    "read",
    "reader",
    "saliency",
    "saliency_figure",
    "scaled",
    "score",
    "sign_step",
]
