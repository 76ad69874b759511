"""Reads a configuration from YAML files and the command line, with jsonargparse."""

import json
import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

import yaml
from jsonargparse import ActionConfigFile, ArgumentError, ArgumentParser, Namespace

from tfgan_course.config.parsing import classes_first, explain, forget_other_classes, with_moved_classes
from tfgan_course.config.schema import TrainConfig
from tfgan_course.config.variants import variant_path
from tfgan_course.errors import UserError
from tfgan_course.models import CriticNetwork, GeneratorNetwork
from tfgan_course.optimizers.optimizers import Optimizer


class ConfigFile(ActionConfigFile):
    """`--config FILE`, and `--variant NAME` for a file of ours; what `classes_first` makes of a class likewise."""

    def __call__(self, parser, namespace, value, option_string=None):
        """See `argparse.Action`."""
        inline = value.startswith("{")
        if option_string == "--variant":
            value = str(variant_path(value))
        elif not inline and not Path(value).is_file():
            raise UserError(f"there is no configuration file {value!r}. A variant of ours goes in with --variant NAME")
        try:
            settings = yaml.safe_load(value if inline else Path(value).read_text(encoding="utf-8"))
            if not isinstance(settings, dict):
                raise UserError(f"{value} holds no options: write lines such as `batch_size: 32`")
            settings = with_moved_classes(settings)
            forget_other_classes(namespace, settings)
            files = [*(namespace.get(self.dest) or [])]
            super().__call__(parser, namespace, json.dumps(settings), option_string)
            namespace[self.dest] = files if inline else [*files, value]
        except UserError:
            raise
        except (ArgumentError, ValueError, TypeError, yaml.YAMLError) as error:
            message = explain(str(getattr(error, "message", None) or error), [], class_options())
            raise UserError(message if inline else f"{value}: {message}") from error


def config_parser(**kwargs) -> ArgumentParser:
    """Return a parser for every field of `TrainConfig`, and `--config` and `--variant`."""
    parser = ArgumentParser(exit_on_error=False, allow_abbrev=False, **kwargs)
    add_configuration(parser)
    return parser


def add_configuration(parser: ArgumentParser) -> None:
    """Declare an option for every field of `TrainConfig`, and `--config` and `--variant`."""
    parser.add_argument(
        "--config",
        "--variant",
        action=ConfigFile,
        metavar="FILE|NAME",
        help="--config FILE: a YAML file with any of the options below. --variant NAME: one of ours.",
    )
    parser.add_class_arguments(TrainConfig)


def parse(parser: ArgumentParser, args: Sequence[str]) -> Namespace:
    """The options on a command line, validated.

    Raises:
        UserError: for anything the parser does not take.
    """
    options = re.findall(r"--[\w.]+", parser.format_usage())
    try:
        return parser.parse_args(classes_first(args, options) if "--config" in options else list(args))
    except UserError:
        raise
    except (ArgumentError, ValueError, TypeError) as error:
        message = str(getattr(error, "message", None) or error)
        raise UserError(explain(message, options, class_options())) from error


def class_options() -> dict[str, type]:
    """The base class of every option that names a class, by its key."""
    hints = {
        **get_type_hints(GeneratorNetwork),
        **get_type_hints(CriticNetwork),
        **get_type_hints(Optimizer),
        **get_type_hints(TrainConfig),
    }
    # Those of the classifier, which knows this module.
    hints |= {"network": CriticNetwork, "optimizer": Optimizer}
    return {
        key: cls
        for key, hint in hints.items()
        for cls in (hint, *get_args(hint))
        if isinstance(cls, type) and cls.__module__.startswith("tfgan_course.") and cls.__subclasses__()
    }


def instantiate(parser: ArgumentParser, namespace: Namespace) -> TrainConfig:
    """The configuration with its objects made.

    Raises:
        UserError: for values and combinations that cannot work.
    """
    try:
        made = parser.instantiate(namespace)
        return TrainConfig(**{option.name: made[option.name] for option in fields(TrainConfig)})
    except (ArgumentError, ValueError, TypeError) as error:
        raise error if isinstance(error, UserError) else UserError(str(error)) from error


def dump(parser: ArgumentParser, namespace: Namespace) -> str:
    """The `TrainConfig` part of the options, resolved, as YAML."""
    kept = Namespace({option.name: namespace[option.name] for option in fields(TrainConfig)})
    # Without its null, an option that means something by it, like ema_decay, would come back as its default.
    return parser.dump(kept, skip_validation=True, skip_unset=False)


def read(path: Path) -> TrainConfig:
    """The configuration in a YAML file."""
    parser = config_parser()
    return instantiate(parser, parse(parser, ["--config", str(path)]))
