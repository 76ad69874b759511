from typing import TYPE_CHECKING

from tfgan_course.tuning.space import Space, spaces

if TYPE_CHECKING:
    from tfgan_course.tuning.hypermodel import GANHyperModel

__all__ = ["GANHyperModel", "Space", "spaces"]


def __getattr__(name: str) -> object:
    if name != "GANHyperModel":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # It needs TensorFlow, the spaces do not.
    from tfgan_course.tuning.hypermodel import GANHyperModel

    return GANHyperModel
