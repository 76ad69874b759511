# ruff: noqa: F401
from tfgan_course.figures.films import save_frames
from tfgan_course.latent_space.blending import blending
from tfgan_course.latent_space.directions import directions, directions_report, first_weights, slid, spread
from tfgan_course.latent_space.mixing import mixed, mixing_report
from tfgan_course.latent_space.path_length import distance_features, path_length
from tfgan_course.latent_space.projection import project, projection_report, read_pictures
from tfgan_course.latent_space.space import LatentSpace, WSpace, ZSpace, class_labels, space_of
from tfgan_course.latent_space.truncation import truncation_report, truncations
from tfgan_course.latent_space.walks import images_between, walk
