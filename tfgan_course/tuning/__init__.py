from tfgan_course.tuning.hypermodel import GANHyperModel
from tfgan_course.tuning.space import Space, spaces

__all__ = ["GANHyperModel", "Space", "spaces"]
