from tfgan_course.latent_space.blending import blending
from tfgan_course.latent_space.directions import Directions, directions, first_weights, slid, spread
from tfgan_course.latent_space.frames import save_frames
from tfgan_course.latent_space.mixing import mixed
from tfgan_course.latent_space.path_length import PathLength, path_length
from tfgan_course.latent_space.projection import Projected, project
from tfgan_course.latent_space.space import LatentSpace, WSpace, ZSpace
from tfgan_course.latent_space.truncation import truncations
from tfgan_course.latent_space.walks import images_between, walk

__all__ = [
    "Directions",
    "LatentSpace",
    "PathLength",
    "Projected",
    "WSpace",
    "ZSpace",
    "blending",
    "directions",
    "first_weights",
    "images_between",
    "mixed",
    "path_length",
    "project",
    "save_frames",
    "slid",
    "spread",
    "truncations",
    "walk",
]
