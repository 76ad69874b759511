from tfgan_course.latent_space.blending import blending
from tfgan_course.latent_space.directions import Directions, directions, directions_figure, first_weights, slid, spread
from tfgan_course.latent_space.frames import save_frames
from tfgan_course.latent_space.mixing import mixed, mixing_figure
from tfgan_course.latent_space.path_length import PathLength, path_length
from tfgan_course.latent_space.projection import Projected, project, projection_figures
from tfgan_course.latent_space.space import LatentSpace, WSpace, ZSpace, class_labels, space_of
from tfgan_course.latent_space.truncation import truncation_figure, truncations
from tfgan_course.latent_space.walks import images_between, walk

__all__ = [
    "Directions",
    "LatentSpace",
    "PathLength",
    "Projected",
    "WSpace",
    "ZSpace",
    "blending",
    "class_labels",
    "directions",
    "directions_figure",
    "first_weights",
    "images_between",
    "mixed",
    "mixing_figure",
    "path_length",
    "project",
    "projection_figures",
    "save_frames",
    "slid",
    "space_of",
    "spread",
    "truncation_figure",
    "truncations",
    "walk",
]
