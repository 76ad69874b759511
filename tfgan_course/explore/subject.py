"""A run, ready to be looked into."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from tensorflow import keras

from tfgan_course.classifier.config import read as read_classifier
from tfgan_course.classifier.network import build as build_classifier
from tfgan_course.classifier.run import ClassifierRun, is_classifier
from tfgan_course.config.parser import read as read_gan
from tfgan_course.data import DataConfig, Images, ImageSet, check_images, load, take_random
from tfgan_course.data.facts import facts
from tfgan_course.errors import UserError
from tfgan_course.evaluation.extractors import float32
from tfgan_course.gan.model import GAN
from tfgan_course.runs.build import build
from tfgan_course.runs.checkpoints import restore
from tfgan_course.runs.directory import RunDirectory

MOST_STREAMED = 10_000
"""Images of a streamed set that are looked at."""


@dataclass
class Subject:
    """What of a run is looked into: a classifier, or a GAN's critic.

    Args:
        run: its directory.
        about: what it is, for titles: "judge: classifier after 20 epochs".
        model: float32, whatever it was trained in.
        data: the images it was trained on.
        gan: of a GAN's run, or None.
    """

    run: RunDirectory
    about: str
    model: keras.Model
    data: DataConfig
    gan: GAN | None = None

    @property
    def name(self) -> str:
        """The run's."""
        return self.run.path.resolve().name

    def images(self) -> tuple[Images, Images]:
        """The images it was trained and tested on, with all their labels; of streamed ones some, see `in_memory`.

        Raises:
            UserError: if they are others now.
        """
        train, test = load(self.data)
        check_images(self.run.images, facts(train, test), self.run.path)
        if self.data.labels_per_class is not None:
            # Labels that training was not told are no secret to who looks at what came of it.
            train, test = load(dataclasses.replace(self.data, labels_per_class=None))
        return in_memory(train), in_memory(test)


def in_memory(images: ImageSet) -> Images:
    """The images themselves; of more than memory may hold `MOST_STREAMED`, in an order that depends on their number."""
    return images if isinstance(images, Images) else take_random(images, MOST_STREAMED)


def open_run(path: str | Path, checkpoint: str = "latest") -> Subject:
    """A run's classifier or critic as it was trained.

    Args:
        path: of a run, a classifier's or a GAN's.
        checkpoint: of a GAN's run: `latest`, `best`, or the number of a step.

    Raises:
        UserError: if it is no run, or has no such checkpoint.
    """
    run = RunDirectory(path)
    if is_classifier(run.path):
        if checkpoint != "latest":
            raise UserError(f"{run.path} is a classifier's run, which keeps its latest weights alone: no --checkpoint")
        classifier = ClassifierRun(path)
        with float32():
            model = classifier.load()
        epochs = len(run.rows())
        about = f"{run.path.resolve().name}: classifier after {epochs} epoch{'' if epochs == 1 else 's'}"
        return Subject(run, about, model, read_classifier(run.config).data)
    gan, data = gan_of(run)
    restore(gan, run, checkpoint)
    about = f"{run.path.resolve().name}: critic at step {int(gan.step)}"
    return Subject(run, about, gan.critic, data, gan)


def networks_of(path: str | Path) -> list[keras.Model]:
    """The networks of a run with their initial weights, the one to look into last: no checkpoint is needed."""
    run = RunDirectory(path)
    if is_classifier(run.path):
        classes = len(run.images["class_names"])
        with float32():
            return [build_classifier(read_classifier(run.config).network, tuple(run.images["image_shape"]), classes)]
    gan, _ = gan_of(run)
    return [gan.generator, gan.critic]


def gan_of(run: RunDirectory) -> tuple[GAN, DataConfig]:
    """A GAN's run in float32, with its initial weights, and where its images are from."""
    config = dataclasses.replace(read_gan(run.config), precision="float32")
    known = run.images
    return build(config, tuple(known["image_shape"]), len(known["class_names"] or ()) or None), config.data
