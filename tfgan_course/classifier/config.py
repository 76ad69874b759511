"""The configuration of a classifier's training."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from jsonargparse import ArgumentError, ArgumentParser, Namespace, lazy_instance
from jsonargparse.typing import NonNegativeInt, PositiveInt

from tfgan_course.augmentation import Augmentation
from tfgan_course.classifier.recipe import FAST, IE534
from tfgan_course.config.parser import ConfigFile, parse
from tfgan_course.data import DataConfig
from tfgan_course.errors import UserError
from tfgan_course.models import CriticNetwork, IE534Critic
from tfgan_course.models.classifier import FastClassifier
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
    network: CriticNetwork = field(default_factory=lambda: lazy_instance(FastClassifier))
    recipe: Literal["fast", "ie534"] | None = None
    augmentations: list[Augmentation] | None = None
    optimizer: Optimizer | None = None
    batch_size: PositiveInt = 128
    epochs: PositiveInt | None = None
    seed: NonNegativeInt = 0
    precision: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self):
        self.recipe = self.recipe or ("ie534" if isinstance(self.network, IE534Critic) else "fast")
        recipe = {"fast": FAST, "ie534": IE534}[self.recipe]
        self.epochs = self.epochs or recipe.epochs
        self.augmentations = recipe.augmentations() if self.augmentations is None else self.augmentations
        self.optimizer = self.optimizer or recipe.optimizer(self.epochs)
        if self.seed >= 2**32:
            raise UserError(f"seed must be below 2**32; got {self.seed}")


def classifier_parser(**kwargs) -> ArgumentParser:
    """A parser for every field of `ClassifierConfig`, and `--config`."""
    parser = ArgumentParser(exit_on_error=False, allow_abbrev=False, **kwargs)
    parser.add_argument("--config", action=ConfigFile, metavar="FILE", help="a YAML file with any of the options below")
    parser.add_class_arguments(ClassifierConfig)
    return parser


def instantiate(parser: ArgumentParser, options: Namespace) -> ClassifierConfig:
    """The configuration with its objects made.

    Raises:
        UserError: for values and combinations that cannot work.
    """
    try:
        made = parser.instantiate(options)
        return ClassifierConfig(**{option.name: made[option.name] for option in fields(ClassifierConfig)})
    except (ArgumentError, ValueError, TypeError) as error:
        raise error if isinstance(error, UserError) else UserError(str(error)) from error


def dump(parser: ArgumentParser, options: Namespace, config: ClassifierConfig) -> str:
    """The options as YAML, with the values that the recipe has given."""
    kept = Namespace({option.name: options[option.name] for option in fields(ClassifierConfig)})
    for name in ("recipe", "epochs"):
        kept[name] = getattr(config, name)
    return parser.dump(kept, skip_validation=True, skip_unset=False)


def configure(args: Sequence[str]) -> tuple[ClassifierConfig, str]:
    """The configuration that options on a command line come to, and the same as YAML."""
    parser = classifier_parser()
    options = parse(parser, args)
    config = instantiate(parser, options)
    return config, dump(parser, options, config)


def read(path: Path) -> ClassifierConfig:
    """The configuration in a classifier's config.yaml."""
    return configure(["--config", str(path)])[0]
