"""The inspected network of a run: a classifier, or a GAN's critic."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tensorflow import keras

from tfgan_course.classifier.config import ClassifierConfig
from tfgan_course.classifier.config import read as read_classifier
from tfgan_course.classifier.network import build as build_classifier
from tfgan_course.classifier.run import ClassifierRun, is_classifier
from tfgan_course.data import Images, ImageSet, check_images, facts, load, take_random
from tfgan_course.errors import require
from tfgan_course.evaluation.extractors import float32
from tfgan_course.files import real_path
from tfgan_course.gan.model import GAN
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.open import load_run, settings_of
from tfgan_course.runs.paths import moved

MOST_STREAMED = 10_000
"""The largest number of images of a streamed set that are used."""


@dataclass
class InspectedNetwork:
    """A classifier or a critic, and the images it was trained on.

    Args:
        directory: the run directory.
        model: the network in float32, whatever precision it was trained in.
        about: the network's name in titles: "judge: classifier after 20 epochs".
        load_images: loads the training and the test images, with all labels.
        gan: the GAN of a GAN's run; None for a classifier.
    """

    directory: RunDirectory
    model: keras.Model
    about: str
    load_images: Callable[[], tuple[ImageSet, ImageSet]]
    gan: GAN | None = None

    @property
    def name(self) -> str:
        """The run's name."""
        return real_path(self.directory.path).name

    def images(self, split: str = "test") -> Images:
        """Return the images of the split `test` or `train`; from a streamed set, at most `MOST_STREAMED` random images.

        Raises:
            UserError: if the run was trained on other images.
        """
        images = self.load_images()[split == "test"]
        return images if isinstance(images, Images) else take_random(images, MOST_STREAMED)


def open_network(
    path: str | Path, checkpoint: str = "latest", data: Mapping[str, str] | None = None
) -> InspectedNetwork:
    """Open the classifier or critic of a run as it was trained.

    The checkpoint is `latest`, `best`, or the number of a step; a classifier's run has only its latest.

    Raises:
        UserError: if there is no such run or checkpoint.
    """
    directory = RunDirectory(path)
    if not is_classifier(directory.path):
        run = load_run(path, checkpoint, precision="float32", data=data)
        about = f"{run.name}: critic at step {run.step}"
        return InspectedNetwork(run.directory, run.critic, about, functools.cache(run.images), run.gan)
    kept = f"the latest weights of {path}, since a classifier's run keeps no others"
    require(checkpoint == "latest", kept, f"checkpoint {checkpoint}", "Leave the checkpoint out")
    classifier = ClassifierRun(path)
    with float32():
        model = classifier.load()
    epochs = len(classifier.rows())
    about = f"{real_path(classifier.path).name}: classifier after {epochs} epoch{'' if epochs == 1 else 's'}"

    def load_images() -> tuple[ImageSet, ImageSet]:
        train, test = load(settings_of(classifier, ClassifierConfig, moved(data).options()).make().data)
        check_images(classifier.images, facts(train, test), classifier.path)
        return train, test

    return InspectedNetwork(classifier, model, about, functools.cache(load_images))


def networks_of(path: str | Path) -> list[keras.Model]:
    """Return a run's networks with initial weights, the inspected network last. A checkpoint is not needed."""
    directory = RunDirectory(path)
    if not is_classifier(directory.path):
        gan = load_run(path, checkpoint=None, precision="float32").gan
        return [gan.generator, gan.critic]
    shape, classes = tuple(directory.images["image_shape"]), len(directory.images["class_names"])
    with float32():
        return [build_classifier(read_classifier(directory.config).network, shape, classes)]
