# ruff: noqa: F401
from tfgan_course.explore.comparison import comparison_report
from tfgan_course.explore.maximization import maximize, maximize_class, maximize_feature
from tfgan_course.explore.maximization_report import Ascent, classes_report, features_report
from tfgan_course.explore.neighbours import neighbours, neighbours_report
from tfgan_course.explore.network import open_network
from tfgan_course.explore.outputs import channels, class_logits, layer_table, read, reader, score
from tfgan_course.explore.perturbation import accuracy_by_gain, perturb
from tfgan_course.explore.perturbation_report import perturbation_report
from tfgan_course.explore.saliency import saliency, saliency_report
