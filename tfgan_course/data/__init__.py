"""Images: where they come from, and the batches that a network is trained on.

Each name is imported when it is first used, so that the configuration can be read without TensorFlow.
"""

# ruff: noqa: F401 (the imports of a type checker are the names of _MODULES)
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfgan_course.data.batches import training_batches, validation_batches
    from tfgan_course.data.classes import labels_of
    from tfgan_course.data.config import DataConfig
    from tfgan_course.data.examination import Examination, examine
    from tfgan_course.data.images import Images, ImageSet, check_every_class, check_images, facts, take_random
    from tfgan_course.data.pipeline import images_from, load, whole
    from tfgan_course.data.source import DataSource, Records
    from tfgan_course.data.sources.arrays import source_from
    from tfgan_course.data.sources.label_file import LabelFile
    from tfgan_course.data.summary import summary_of

_NAMES = {
    "batches": "training_batches validation_batches",
    "classes": "labels_of",
    "config": "DataConfig",
    "examination": "Examination examine",
    "images": "ImageSet Images check_every_class check_images facts take_random",
    "pipeline": "images_from load whole",
    "source": "DataSource Records",
    "sources.arrays": "source_from",
    "sources.label_file": "LabelFile",
    "summary": "summary_of",
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [*_MODULES]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
