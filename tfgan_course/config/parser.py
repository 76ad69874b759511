"""From files, a command line or Python's arguments to a configuration, with jsonargparse to check every value."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Generic, TypeVar

import yaml
from jsonargparse import ArgumentError, ArgumentParser, Namespace

from tfgan_course.config.merging import Given, copied
from tfgan_course.config.names import Option, groups, options_of
from tfgan_course.config.objects import described
from tfgan_course.config.schema import TrainConfig
from tfgan_course.config.variants import variant_path
from tfgan_course.errors import UserError

Config = TypeVar("Config")


class Settings(Generic[Config]):
    """All options of a configuration, with their values checked; the objects among them are made later, by `make`.

    Args:
        schema: the configuration's class.
        given: the options that differ from the defaults.
        files: the YAML files that they are from.

    Raises:
        UserError: for a value of the wrong type.
    """

    def __init__(self, schema: type[Config], given: Given, files: Sequence[Path] = ()):
        self.schema, self.given, self.files = schema, given, list(files)
        self.values = parsed(schema, given)

    def __getitem__(self, key: str) -> object:
        """Return the value of an option."""
        return self.values[key]

    def changed(self, options: Iterable[Option]) -> "Settings[Config]":
        """Return these settings, changed by the options of a command line."""
        given = self.given.copy()
        given.merge_options(options, self.schema)
        return Settings(self.schema, given, self.files)

    @property
    def name(self) -> str:
        """The name of the last file, for what is made from it; of a run's own config.yaml, the name of the run."""
        path = self.files[-1] if self.files else Path("dcgan.yaml")
        return path.resolve().parent.name if path.name == "config.yaml" else path.stem

    def make(self) -> Config:
        """Return the configuration with its objects made; several replicas need the scope of their strategy around it.

        Raises:
            UserError: for values and combinations that cannot work.
        """
        try:
            made = parser_of(self.schema).instantiate(self.values)
            names = [field.name for field in dataclasses.fields(self.schema)]
            return self.schema(**{name: made[name] for name in names})
        except (ArgumentError, ValueError, TypeError) as error:
            raise error if isinstance(error, UserError) else UserError(str(error)) from error

    def yaml(self) -> str:
        """Return the options as YAML, defaults included."""
        # Without its null, an option that means something by it, like ema_decay, would come back as its default.
        return parser_of(self.schema).dump(described(self.values), skip_validation=True, skip_unset=False)


@cache
def parser_of(schema: type) -> ArgumentParser:
    """Return jsonargparse's parser for every option of a configuration."""
    parser = ArgumentParser(exit_on_error=False)
    for group in groups(schema):
        parser.add_class_arguments(group)
    return parser


def parsed(schema: type, given: Given) -> Namespace:
    """Return the options, each of its type, with the defaults of all others.

    Raises:
        UserError: for the first value of another type; it names the option.
    """
    try:
        return _parsed(schema, given.tree)
    except (ArgumentError, ValueError, TypeError):
        for key, value in given.tree.items():
            try:
                _parsed(schema, {key: value})
            except (ArgumentError, ValueError, TypeError) as error:
                message = str(getattr(error, "message", None) or error).removeprefix(f'Parser key "{key}":').strip()
                raise UserError(f"{given.typed[key]}: {message}") from error
        raise


def _parsed(schema: type, tree: Mapping[str, object]) -> Namespace:
    # An object begins with its class's own defaults, not with those of the class that is the option's default.
    objects = {key: None for key, value in tree.items() if isinstance(value, Mapping) and "class_path" in value}
    return parser_of(schema).parse_object(copied(tree), namespace=Namespace(objects))


def from_words(words: Sequence[str], schema: type[Config] = TrainConfig) -> Settings[Config]:
    """Return the settings that a command line comes to; what stands behind a file overrides it.

    Raises:
        UserError: for an option, a class or a value that there is not.
    """
    options, others = options_of(words)
    if others:
        raise UserError(
            expected="options alone", received=others[0], remedy=f"Write --variant {others[0]}, for example"
        )
    return from_options(options, schema)


def from_options(options: Sequence[Option], schema: type[Config] = TrainConfig) -> Settings[Config]:
    """Return the settings that the options of a command line come to; see `from_words`."""
    given = Given()
    files = []
    for is_file, part in groupby(options, key=lambda option: option.key in ("config", "variant")):
        if not is_file:
            given.merge_options(part, schema)
            continue
        for option in part:
            files.append(variant_path(option.value) if option.key == "variant" else Path(option.value))
            merge_file(given, files[-1], schema)
    return Settings(schema, given, files)


def merge_file(given: Given, path: Path, schema: type) -> None:
    """Set the options that a YAML file has."""
    if not path.is_file():
        raise UserError(
            expected="a YAML file behind --config",
            received=f"{path}, which does not exist",
            remedy="A variant of ours goes in with --variant NAME",
        )
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no YAML: {error}") from error
    if not isinstance(settings, dict):
        raise UserError(expected=f"options in {path}", received="none", remedy="Write lines such as `batch_size: 32`")
    given.merge(settings, schema, lambda key: f"{path}: {key}")


def from_file(path: str | Path, words: Sequence[str] = (), schema: type[Config] = TrainConfig) -> Settings[Config]:
    """Return the settings in a YAML file, changed by the options of a command line."""
    return from_options([Option("config", str(path)), *options_of(words)[0]], schema)


def read(path: str | Path) -> TrainConfig:
    """Return the configuration in a YAML file."""
    return from_file(path).make()


def configured(variant: str | Path | None = None, **options: object) -> tuple[TrainConfig, str]:
    """Return a configuration from Python, and the same as YAML.

    Args:
        variant: a variant of ours to start from, or the path of a YAML file; the defaults unless given.
        **options: any key of the YAML, nested as there: numbers, texts, mappings, or objects that are ready,
            `loss=LeastSquares()`, `critic={"width": 32}`.

    Raises:
        UserError: for an option, a class or a value that there is not, and for combinations that cannot work.
    """
    settings = from_python(variant, **options)
    return settings.make(), settings.yaml()


def from_python(variant: str | Path | None = None, **options: object) -> Settings[TrainConfig]:
    """Return the settings that a variant and keyword arguments come to; see `configured`."""
    given = Given()
    is_file = str(variant).endswith((".yaml", ".yml"))
    files = [] if variant is None else [Path(variant) if is_file else variant_path(variant)]
    for file in files:
        merge_file(given, file, TrainConfig)
    given.merge(options, TrainConfig, str)
    return Settings(TrainConfig, given, files)
