"""The run directory of a classifier."""

import json
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from tensorflow import keras

from tfgan_course.classifier.config import read
from tfgan_course.classifier.network import build
from tfgan_course.errors import UserError
from tfgan_course.files import written_whole
from tfgan_course.runs.directory import RunDirectory

KIND = "classifier"


class ClassifierRun(RunDirectory):
    """Paths and small files of a classifier's run: those of every run, and weights.npz.

    Weights are kept as plain arrays in the network's order: Keras's own files of either of the two versions we run on
    cannot be read by the other.

    Args:
        path: of a run that exists.

    Raises:
        UserError: if it does not, or is not a classifier's.
    """

    def __init__(self, path: str | Path):
        super().__init__(path)
        self.weights = self.path / "weights.npz"
        if self.images.get("kind") != KIND:
            remedy = "Train one: python -m tfgan_course classifier --out DIR"
            raise UserError(f"{self.path} is a GAN's run, not a classifier's. {remedy}")

    @classmethod
    def create(cls, wanted: str | Path, config: str, images: dict) -> "ClassifierRun":
        """See `RunDirectory.create`."""
        run = super().create(wanted, config, {"kind": KIND, **images})
        run.samples.rmdir()  # a classifier draws none
        return run

    def save_weights(self, model: keras.Model) -> None:
        """Write weights.npz."""
        with written_whole(self.weights) as temporary:
            np.savez(temporary, *model.get_weights())

    def load(self) -> keras.Model:
        """Return the classifier, see `network.build`, as it stood after the last epoch.

        Raises:
            UserError: if it has no weights yet, or they are damaged or of another network.
        """
        if not self.weights.is_file():
            found = f"{self.weights} is not there: no epoch of it is trained yet"
            raise UserError(f"{found}. Go on with classifier --resume {self.path}")
        images = self.images
        model = build(read(self.config).network, tuple(images["image_shape"]), len(images["class_names"]))
        try:
            with np.load(self.weights) as arrays:
                model.set_weights([arrays[name] for name in arrays.files])
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            found = f"{self.weights} does not fit {self.config} or is damaged ({error})"
            raise UserError(f"{found}. Put both back from a copy") from error
        return model


def is_classifier(path: Path) -> bool:
    """Return whether a folder is the run of a classifier."""
    try:
        images = json.loads((path / "data.json").read_text(encoding="utf-8"))
        return isinstance(images, dict) and images.get("kind") == KIND
    except (OSError, ValueError):
        return False
