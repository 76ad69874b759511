"""GANs in TensorFlow 2 / Keras that people really train, compare, tune, inspect and serve."""

from tfgan_course.gan import GAN

__all__ = ["GAN"]
__version__ = "0.1.0"
