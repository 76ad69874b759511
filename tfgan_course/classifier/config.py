"""The configuration of a classifier's training. Importing this module does not import TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jsonargparse.typing import NonNegativeInt, PositiveInt

from tfgan_course.data.config import DataConfig
from tfgan_course.errors import UserError
from tfgan_course.gan.options import lazily

if TYPE_CHECKING:
    from tfgan_course.augmentation import Augmentation
    from tfgan_course.config.parser import Settings
    from tfgan_course.models import CriticNetwork
    from tfgan_course.optimizers.optimizers import Optimizer


@dataclass
class ClassifierConfig:
    """Everything that decides the numbers of a classifier's training.

    Args:
        data: the images; they need labels.
        network: any critic network; its score is left out.
        recipe: what augmentations, optimizer and epochs are unless given: `ie534` is the IE 534 report's, `fast` learns
            in a tenth of the time. Unless given, the report's for its own network and the fast one for any other.
        augmentations: what the training images go through.
        optimizer: with its schedule, if any.
        batch_size: images in one update.
        epochs: epochs to train; the recipe's schedule is stretched over them.
        seed: decides weights, augmentation and the order of the images.
        precision: float32, or bfloat16 for the network with float32 weights and losses.
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
        from tfgan_course.classifier.recipe import FAST, IE534  # which knows TensorFlow
        from tfgan_course.models import IE534Critic

        self.recipe = self.recipe or ("ie534" if isinstance(self.network, IE534Critic) else "fast")
        recipe = {"fast": FAST, "ie534": IE534}[self.recipe]
        self.epochs = self.epochs or recipe.epochs
        self.augmentations = recipe.augmentations() if self.augmentations is None else self.augmentations
        self.optimizer = self.optimizer or recipe.optimizer(self.epochs)
        if self.seed >= 2**32:
            raise UserError(f"seed must be below 2**32; got {self.seed}")


def made(settings: Settings[ClassifierConfig]) -> tuple[ClassifierConfig, str]:
    """Return the configuration that settings come to, and the same as YAML, with the values that the recipe gives."""
    config = settings.make()
    settings.values["recipe"], settings.values["epochs"] = config.recipe, config.epochs
    return config, settings.yaml()


def configure(words: Sequence[str]) -> tuple[ClassifierConfig, str]:
    """Return the configuration that options on a command line come to, and the same as YAML."""
    from tfgan_course.config.parser import from_words

    return made(from_words(words, ClassifierConfig))


def read(path: Path) -> ClassifierConfig:
    """Return the configuration in a classifier's config.yaml."""
    return configure(["--config", str(path)])[0]
