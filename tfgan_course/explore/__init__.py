from tfgan_course.explore.maximization import Maximized, maximize, maximize_class, maximize_feature
from tfgan_course.explore.neighbours import Neighbours, neighbours
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
from tfgan_course.explore.saliency import saliency

__all__ = [
    "Maximized",
    "Neighbours",
    "Perturbed",
    "accuracy_by_gain",
    "alternative_classes",
    "channels",
    "class_logits",
    "layer_table",
    "loss_gradients",
    "maximize",
    "maximize_class",
    "maximize_feature",
    "neighbours",
    "perturb",
    "read",
    "reader",
    "saliency",
    "scaled",
    "score",
    "sign_step",
]
