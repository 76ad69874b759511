from tfgan_course.data.config import DataConfig
from tfgan_course.data.images import Images, ImageSet
from tfgan_course.data.pipeline import training_batches, validation_batches
from tfgan_course.data.sources import from_arrays, load

__all__ = ["DataConfig", "ImageSet", "Images", "from_arrays", "load", "training_batches", "validation_batches"]
