"""GANs in TensorFlow 2 / Keras that people really train, compare, tune, inspect and serve."""

__all__ = ["GAN"]
__version__ = "0.1.0"


def __getattr__(name: str):
    # Imported when asked for, so that the command line can silence TensorFlow before it is imported.
    if name == "GAN":
        from tfgan_course.gan.model import GAN

        return GAN
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
