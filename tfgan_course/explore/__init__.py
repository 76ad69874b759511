from tfgan_course.explore.maximization import Maximized, maximize, maximize_class, maximize_feature
from tfgan_course.explore.outputs import channels, class_logits, layer_table, read, score
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
    "perturb",
    "read",
    "saliency",
    "scaled",
    "score",
    "sign_step",
]
