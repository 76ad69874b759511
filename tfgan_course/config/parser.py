"""From files, a command line or Python's arguments to a configuration, with jsonargparse to check every value."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import yaml
from jsonargparse import ArgumentError, ArgumentParser, Namespace

from tfgan_course.config.combinations import check_combinations
from tfgan_course.config.merging import Typed, assign, copied, read_yaml
from tfgan_course.config.names import Option, check_key, groups, options_of
from tfgan_course.config.objects import described
from tfgan_course.config.schema import TrainConfig
from tfgan_course.config.variants import variant_path
from tfgan_course.errors import UserError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Config = TypeVar("Config", bound="DataclassInstance")
REFUSED = (ArgumentError, ValueError, TypeError)
"""What jsonargparse raises for a value of the wrong type, and constructors for one that they cannot take."""


class Settings(Generic[Config]):
    """The options of a configuration with their values; the objects among them are made later, by `make`.

    Args:
        schema: the configuration's class.
        given: the options that the user has set, nested.
        typed: how the user wrote each of them, for errors.
        files: the YAML files that they are from.
    """

    def __init__(
        self, schema: type[Config], given: Mapping = {}, typed: Mapping[str, str] = {}, files: Sequence[Path] = ()
    ):
        self.schema, self.given, self.typed, self.files = schema, copied(dict(given)), dict(typed), [*files]

    def changed(self, options: Iterable[Option]) -> "Settings[Config]":
        """Return these settings, changed by the options of a command line; what stands behind a file overrides it.

        Between two files a class comes before its arguments wherever both stand: `--critic.width 8 --critic
        SimpleCritic` is a perceptron of width 8.

        Raises:
            UserError: for an option, a class or a value that does not exist.
        """
        settings = Settings(self.schema, self.given, self.typed, self.files)
        for is_file, part in groupby(options, key=lambda option: option.key in ("config", "variant")):
            for option in part if is_file else sorted(part, key=_place):
                if is_file:
                    settings._read(variant_path(option.value) if option.key == "variant" else Path(option.value))
                else:
                    settings._set(option.key, option.value, "--{}".format, option.append)
        return settings.checked()

    def with_options(self, options: Mapping[str, object], path: Path | None = None) -> "Settings[Config]":
        """Return these settings, changed by a file, if there is one, and then by options from Python."""
        settings = Settings(self.schema, self.given, self.typed, self.files)
        if path is not None:
            settings._read(path)
        for key, value in options.items():
            settings._set(key, value, str)
        return settings.checked()

    def _set(self, key: str, value: object, typed: Typed, append: bool = False) -> None:
        check_key(key, self.schema, (), typed(key))
        assign(self.given, self.schema, key, value, typed, append)
        first = key.partition(".")[0]
        self.typed[first] = typed(first)

    def _read(self, path: Path) -> None:
        if not path.is_file():
            raise UserError(
                expected="a YAML file behind --config",
                received=f"{path}, which does not exist",
                remedy="A variant of ours goes in with --variant NAME",
            )
        try:
            options = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise UserError(f"{path} is no YAML: {error}") from error
        if not isinstance(options, dict):
            raise UserError(expected=f"options in {path}", received="none", remedy="Write lines like `batch_size: 32`")
        self.files.append(path)
        for key, value in options.items():
            self._set(str(key), value, lambda key: f"{path}: {key}")

    def checked(self) -> "Settings[Config]":
        """Return these settings, or raise `UserError` for a value of the wrong type."""
        annotations = {field.name: str(field.type) for field in fields(self.schema)}
        for key, value in self.given.items():
            if value is None and "None" not in annotations[key]:
                raise UserError(
                    expected=f"a value for {self.typed[key]}", received="null", remedy="Leave it out for the default"
                )
        try:
            _ = self.values
        except REFUSED:
            for key, value in self.given.items():
                try:
                    parsed(self.schema, {key: value})
                except REFUSED as error:
                    message = str(getattr(error, "message", None) or error).removeprefix(f'Parser key "{key}":')
                    raise UserError(f"{self.typed[key]}: {message.strip()}") from error
            raise
        return self

    @cached_property
    def values(self) -> Namespace:
        """All options, with the defaults of those that are not set."""
        return parsed(self.schema, self.given)

    def __getitem__(self, key: str) -> object:
        """Return the value of an option."""
        return self.values[key]

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
            config = self.schema(**{field.name: made[field.name] for field in fields(self.schema)})
            if isinstance(config, TrainConfig):
                check_combinations(config)
            return config
        except REFUSED as error:
            raise error if isinstance(error, UserError) else UserError(str(error)) from error

    def yaml(self) -> str:
        """Return the options as YAML, defaults included."""
        # Without its null, an option that means something by it, like ema_decay, would come back as its default.
        return parser_of(self.schema).dump(described(self.values), skip_validation=True, skip_unset=False)


def _place(option: Option) -> float:
    """Return where an option stands among others: those that name a class come first, the outermost before others."""
    content = None if option.append else read_yaml(option.value)
    named = isinstance(content, str) and re.fullmatch(r"([A-Za-z_]\w*\.)*[A-Z]\w*", content)
    return option.key.count(".") if named or (isinstance(content, dict) and "class_path" in content) else math.inf


@cache
def parser_of(schema: type) -> ArgumentParser:
    """Return jsonargparse's parser for every option of a configuration."""
    parser = ArgumentParser(exit_on_error=False)
    for group in groups(schema):
        parser.add_class_arguments(group)
    return parser


def parsed(schema: type, given: Mapping[str, object]) -> Namespace:
    """Return the options, each of its type, with the defaults of all others."""
    # An object begins with its class's own defaults, not with those of the class that is the option's default.
    objects = {key: None for key, value in given.items() if isinstance(value, Mapping) and "class_path" in value}
    return parser_of(schema).parse_object(copied(given), namespace=Namespace(objects))


def from_words(
    words: Sequence[str],
    schema: type[Config] = TrainConfig,  # type: ignore[assignment]  # mypy's issue 3737
) -> Settings[Config]:
    """Return the settings that the words of a command line come to, all of them options; see `Settings.changed`."""
    return Settings(schema).changed(options_of(words)[0])


def from_file(
    path: str | Path,
    words: Sequence[str] = (),
    schema: type[Config] = TrainConfig,  # type: ignore[assignment]  # mypy's issue 3737
) -> Settings[Config]:
    """Return the settings in a YAML file, changed by the options of a command line."""
    return Settings(schema).changed([Option("config", str(path)), *options_of(words)[0]])


def read(path: str | Path) -> TrainConfig:
    """Return the configuration in a YAML file."""
    return from_file(path).make()


def from_python(variant: str | Path | None = None, **options: object) -> Settings[TrainConfig]:
    """Return the settings that a variant and keyword arguments come to; see `configured`."""
    is_file = str(variant).endswith((".yaml", ".yml"))
    path = None if variant is None else Path(variant) if is_file else variant_path(str(variant))
    return Settings(TrainConfig).with_options(options, path)


def configured(variant: str | Path | None = None, **options: object) -> tuple[TrainConfig, str]:
    """Return a configuration from Python, and the same as YAML.

    Args:
        variant: a variant of ours to start from, or the path of a YAML file; the defaults unless given.
        **options: any key of the YAML, nested as there: numbers, texts, mappings, or objects that are ready,
            `loss=LeastSquares()`, `critic={"width": 32}`.

    Raises:
        UserError: for an option, a class or a value that does not exist, and for combinations that cannot work.
    """
    settings = from_python(variant, **options)
    return settings.make(), settings.yaml()
