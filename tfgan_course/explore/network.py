"""The network of a run that is looked into: a classifier, or a GAN's critic."""

from dataclasses import dataclass
from pathlib import Path

from tensorflow import keras

from tfgan_course.classifier.config import read as read_classifier
from tfgan_course.classifier.network import build as build_classifier
from tfgan_course.classifier.run import ClassifierRun, is_classifier
from tfgan_course.data import Images, ImageSet, check_images, load, take_random
from tfgan_course.data.facts import facts
from tfgan_course.errors import UserError
from tfgan_course.evaluation.extractors import float32
from tfgan_course.gan.model import GAN
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.runs.open import Run, load_run

MOST_STREAMED = 10_000
"""Images of a streamed set that are looked at."""


@dataclass
class InspectedNetwork:
    """A classifier or a critic, and the images it was trained on.

    Args:
        run: a classifier's run directory, or a GAN's run.
        model: float32, whatever it was trained in.
        about: what it is, for titles: "judge: classifier after 20 epochs".
    """

    run: ClassifierRun | Run
    model: keras.Model
    about: str

    @property
    def directory(self) -> RunDirectory:
        """The run's directory."""
        return self.run.directory if isinstance(self.run, Run) else self.run

    @property
    def name(self) -> str:
        """The run's name."""
        return self.directory.path.resolve().name

    @property
    def gan(self) -> GAN | None:
        """The GAN of a GAN's run."""
        return self.run.gan if isinstance(self.run, Run) else None

    def images(self) -> tuple[Images, Images]:
        """Return the images for training and for tests, with all their labels; of streamed sets `MOST_STREAMED`.

        Raises:
            UserError: if they are no longer those that the run was trained on.
        """
        if isinstance(self.run, Run):
            train, test = self.run.images()
        else:
            train, test = load(read_classifier(self.run.config).data)
            check_images(self.run.images, facts(train, test), self.run.path)
        return _in_memory(train), _in_memory(test)


def _in_memory(images: ImageSet) -> Images:
    return images if isinstance(images, Images) else take_random(images, MOST_STREAMED)


def open_network(path: str | Path, checkpoint: str = "latest") -> InspectedNetwork:
    """Open a run's classifier or critic as it was trained.

    Args:
        path: the run directory of a classifier or a GAN.
        checkpoint: of a GAN's run: `latest`, `best`, or the number of a step.

    Raises:
        UserError: if there is no such run or checkpoint.
    """
    directory = RunDirectory(path)
    if not is_classifier(directory.path):
        run = load_run(path, checkpoint, precision="float32")
        return InspectedNetwork(run, run.critic, f"{run.name}: critic at step {run.step}")
    if checkpoint != "latest":
        raise UserError(f"{path} is a classifier's run, which keeps its latest weights alone: no --checkpoint")
    classifier = ClassifierRun(path)
    with float32():
        model = classifier.load()
    epochs = len(classifier.rows())
    about = f"classifier after {epochs} epoch{'' if epochs == 1 else 's'}"
    return InspectedNetwork(classifier, model, f"{classifier.path.resolve().name}: {about}")


def networks_of(path: str | Path) -> list[keras.Model]:
    """Return a run's networks with their initial weights, the inspected one last: no checkpoint is needed."""
    directory = RunDirectory(path)
    if not is_classifier(directory.path):
        gan = load_run(path, checkpoint=None, precision="float32").gan
        return [gan.generator, gan.critic]
    shape, classes = tuple(directory.images["image_shape"]), len(directory.images["class_names"])
    with float32():
        return [build_classifier(read_classifier(directory.config).network, shape, classes)]


def check_alike(first: InspectedNetwork, second: InspectedNetwork) -> None:
    """Refuse to compare networks of other images or classes.

    Raises:
        UserError: if they differ in either.
    """
    for fact in ("image_shape", "class_names"):
        one, other = first.directory.images[fact], second.directory.images[fact]
        if one != other:
            raise UserError(f"only networks of the same images can be compared: {fact} is {one} and {other}")
