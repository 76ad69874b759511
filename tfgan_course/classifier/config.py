"""The configuration of a classifier's training. Importing this module does not import TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tfgan_course.data.config import DataConfig
from tfgan_course.errors import require
from tfgan_course.gan.options import lazily
from tfgan_course.plugins.types import NonNegativeInt, PositiveInt

if TYPE_CHECKING:
    from tfgan_course.augmentation import Augmentation
    from tfgan_course.config.parser import Settings
    from tfgan_course.models import CriticNetwork
    from tfgan_course.optimizers.optimizers import Optimizer


@dataclass
class ClassifierConfig:
    """All options that influence the result of a classifier's training.

    Args:
        data: the images; they need labels.
        network: any critic network; the classifier does not use its score.
        recipe: a name for the default augmentations, optimizer and epochs: `ie534` for those of the IE 534 report,
            `fast` for others that need a tenth of the time. Default: `ie534` for the report's own network, `fast` for
            any other.
        augmentations: the changes to training images.
        optimizer: the optimizer with its schedule, if any.
        batch_size: the number of images in one update; all training images if there are fewer.
        epochs: the epochs to train; the schedule of the recipe covers all of them.
        seed: the seed of weights, augmentation and the order of the images.
        precision: float32, or bfloat16 for the activations, with float32 weights and losses.
    """

    data: DataConfig = field(default_factory=DataConfig)
    network: CriticNetwork = field(default_factory=lazily("tfgan_course.models.classifier.FastClassifier"))
    recipe: Literal["fast", "ie534"] | None = None
    augmentations: list[Augmentation] | None = None
    optimizer: Optimizer | None = None
    batch_size: PositiveInt = 128
    epochs: PositiveInt | None = None
    seed: NonNegativeInt = 0
    precision: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self):
        from tfgan_course.classifier.recipe import FAST, IE534  # imports TensorFlow
        from tfgan_course.models import IE534Critic

        self.recipe = self.recipe or ("ie534" if isinstance(self.network, IE534Critic) else "fast")
        recipe = {"fast": FAST, "ie534": IE534}[self.recipe]
        self.epochs = self.epochs or recipe.epochs
        self.augmentations = recipe.augmentations() if self.augmentations is None else self.augmentations
        self.optimizer = self.optimizer or recipe.optimizer(self.epochs)
        require(self.seed < 2**32, "a seed below 2**32", self.seed, "Choose a smaller seed")


def made(settings: Settings[ClassifierConfig]) -> tuple[ClassifierConfig, str]:
    """Return the configuration that `settings` and their recipe give, and the same configuration as YAML."""
    config = settings.make()
    settings.values["recipe"], settings.values["epochs"] = config.recipe, config.epochs
    return config, settings.yaml()


def configure(words: Sequence[str]) -> tuple[ClassifierConfig, str]:
    """Return the configuration that the words of a command line give, and the same configuration as YAML."""
    from tfgan_course.config.parser import from_words

    return made(from_words(words, ClassifierConfig))


def read(path: Path) -> ClassifierConfig:
    """Return the configuration in a classifier's config.yaml."""
    return configure(["--config", str(path)])[0]
