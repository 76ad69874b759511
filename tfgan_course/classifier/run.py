"""The run directory of a classifier."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from tensorflow import keras

from tfgan_course.classifier.config import read
from tfgan_course.classifier.network import build
from tfgan_course.errors import UserError, require
from tfgan_course.files import read_json, written_whole
from tfgan_course.runs.directory import RunDirectory

KIND = "classifier"


class ClassifierRun(RunDirectory):
    """The run directory of a classifier, which has weights.npz beside the files of every run.

    weights.npz holds plain arrays in the network's order, because Keras 2 and Keras 3 cannot read each other's files.

    Args:
        path: the directory of an existing run.

    Raises:
        UserError: if the path is not the run directory of a classifier.
    """

    def __init__(self, path: str | Path):
        super().__init__(path)
        self.weights = self.path / "weights.npz"
        remedy = "Train a classifier: python -m tfgan_course classifier"
        is_one = self.images.get("kind") == KIND
        require(is_one, "the run of a classifier", f"{self.path}, the run of a GAN", remedy)

    @classmethod
    def create(cls, wanted: str | Path, config: str, images: dict) -> "ClassifierRun":
        run = super().create(wanted, config, {"kind": KIND, **images})
        run.samples.rmdir()  # A classifier draws no samples.
        return run

    def save_weights(self, model: keras.Model) -> None:
        with written_whole(self.weights) as temporary:
            np.savez(temporary, *model.get_weights())

    def load(self) -> keras.Model:
        """Return the classifier with its weights after the last epoch; see `network.build`.

        Raises:
            UserError: if the weights do not exist yet, are damaged, or belong to another network.
        """
        remedy = f"Train an epoch: python -m tfgan_course classifier --resume {self.path}"
        require(self.weights.is_file(), f"the weights {self.weights}", "none: no epoch is finished", remedy)
        images = self.images
        model = build(read(self.config).network, tuple(images["image_shape"]), len(images["class_names"]))
        try:
            with np.load(self.weights) as arrays:
                model.set_weights([arrays[name] for name in arrays.files])
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            expected = f"in {self.weights} the weights of the network in {self.config}"
            received = f"damaged or other weights ({error})"
            raise UserError(expected=expected, received=received, remedy="Put both files back from a copy") from error
        return model

    def still_usable(self) -> str:
        """Return a sentence that says what works without checkpoints."""
        try:
            self.load()
        except UserError:
            return f"{self.weights} cannot be used either"
        return (
            f"{self.weights} has the weights of the last finished epoch, so the run still works as features of "
            "evaluate, in explain and in layers"
        )


def is_classifier(path: Path) -> bool:
    """Return whether a folder is the run directory of a classifier."""
    try:
        images = read_json(path / "data.json")
        return isinstance(images, dict) and images.get("kind") == KIND
    except (OSError, ValueError):
        return False
