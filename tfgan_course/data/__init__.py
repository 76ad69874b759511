"""Images: where they come from, and the batches that a network is trained on.

Names are imported when they are asked for, so that the configuration can be read without TensorFlow.
"""

# ruff: noqa: F401 (the imports of a type checker are the names of _MODULES)
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfgan_course.data.classes import labels_of
    from tfgan_course.data.config import DataConfig
    from tfgan_course.data.facts import check_images
    from tfgan_course.data.images import Images, ImageSet, take_random
    from tfgan_course.data.pipeline import training_batches, validation_batches
    from tfgan_course.data.sources import from_arrays, load

_MODULES = {
    "DataConfig": "config",
    "ImageSet": "images",
    "Images": "images",
    "check_images": "facts",
    "from_arrays": "sources",
    "labels_of": "classes",
    "load": "sources",
    "take_random": "images",
    "training_batches": "pipeline",
    "validation_batches": "pipeline",
}

__all__ = [*_MODULES]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
