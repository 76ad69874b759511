"""GANs in TensorFlow 2 / Keras: train, compare, tune, inspect and serve them.

Each name is imported when it is first used, so importing the package does not import TensorFlow.
"""

# ruff: noqa: F401 (the imports of a type checker are the names of _MODULES)
import os
import sys
from contextlib import nullcontext
from importlib import import_module
from typing import TYPE_CHECKING

# TensorFlow reads this when it is imported; see `cli/quiet.py`. A value that the user has set stays.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

if TYPE_CHECKING:
    from tfgan_course.comparison.api import compare
    from tfgan_course.errors import UserError
    from tfgan_course.evaluation.evaluation import evaluate
    from tfgan_course.gan.model import GAN
    from tfgan_course.labs.api import lab
    from tfgan_course.training.api import load_run, train

_MODULES = {
    "GAN": "gan.model",
    "UserError": "errors",
    "compare": "comparison.api",
    "evaluate": "evaluation.evaluation",
    "lab": "labs.api",
    "load_run": "training.api",
    "train": "training.api",
}

__all__ = [*_MODULES]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The first import of TensorFlow writes lines that help no user; a notebook would show them in red.
    loud = "tensorflow" in sys.modules or os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
    with nullcontext() if loud else import_module(f"{__name__}.files").stderr_held():
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
