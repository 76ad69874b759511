"""Make a configuration from files, a command line or Python's arguments."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import yaml

from tfgan_course.config.files import read_options
from tfgan_course.config.former import average_of, translated
from tfgan_course.config.making import completed, made, naming
from tfgan_course.config.merging import Place, assign
from tfgan_course.config.names import Option, keys_of, options_in, options_of, unknown_option
from tfgan_course.config.objects import described
from tfgan_course.config.schema import TrainConfig
from tfgan_course.config.variants import variant_path
from tfgan_course.errors import UserError, require
from tfgan_course.files import real_path, shown, usable
from tfgan_course.plugins.types import read_yaml

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Config = TypeVar("Config", bound="DataclassInstance")


class Settings(Generic[Config]):
    """The options of a configuration with their values; `make` makes the objects that the values describe.

    Args:
        schema: the configuration's class.
        given: the options that the user has set, nested.
        files: the YAML files from which the options come.
        typed: for each option that was set, the function that returns a key as the user wrote it; see `Place`.
        complete: check objects as well, which imports TensorFlow.
    """

    def __init__(
        self,
        schema: type[Config],
        given: Mapping = {},
        files: Sequence[Path] = (),
        typed: Mapping[str, Callable[[str], str]] = {},
        *,
        complete: bool = True,
    ):
        self.schema, self.given, self.files, self.complete = schema, dict(given), [*files], complete
        self.typed = dict(typed)
        self.options = options_in(schema, complete)

    def changed(self, options: Iterable[Option]) -> "Settings[Config]":
        """Return these settings, changed by the options of a command line.

        The options `config` and `variant` name files. A later file overrides an earlier one. All other options override
        the files, before or after them on the command line. A class is set before its arguments: `--critic.width 8
        --critic SimpleCritic` is a perceptron of width 8.

        Raises:
            UserError: for an option, a class or a value that does not exist.
        """
        settings = Settings(self.schema, self.given, self.files, self.typed, complete=self.complete)
        options = [*options]
        lists = tuple(f"{option.key}." for option in options if option.append)
        for option in sorted(options, key=lambda option: _place(option, lists)):
            if option.key in FILES:
                settings._read(
                    variant_path(option.value) if option.key == "variant" else usable(option.value, "--config")
                )
            else:
                settings._set(option.key, option.value, Place("", "--{}".format), option.append)
        return settings

    def with_options(self, options: Mapping[str, object], path: Path | None = None) -> "Settings[Config]":
        """Return these settings, changed by a file, if there is one, and then by options from Python."""
        settings = Settings(self.schema, self.given, self.files, self.typed)
        if path is not None:
            settings._read(path)
        for key, value in options.items():
            settings._set(key, value, Place(""))
        return settings

    def _set(self, key: str, value: object, place: Place, append: bool = False) -> None:
        written = str(place.part(key))
        if key in FILES:
            raise UserError(
                expected="an option of the configuration",
                received=f"{written}, which names a file",
                remedy="Name files on the command line, one after the other: --config first.yaml --config second.yaml. "
                "In Python, name one as the first argument",
            )
        if key == "ema_decay" and "ema_half_life" in self.options:
            self.given["ema_half_life"] = average_of(value, place)
            return
        if key.partition(".")[0] not in self.options:
            files = FILES if written.startswith("--") else ()
            raise unknown_option(key, [*keys_of(self.options), *files], written)
        assign(self.given, self.options, place, key, value, append)
        self.typed[key] = place.typed

    def _read(self, path: Path) -> None:
        options, typed = read_options(path)
        self.files.append(path)
        for key, value in options.items():
            self._set(str(key), value, Place("", typed))

    @cached_property
    def values(self) -> dict[str, Any]:
        """The values of all options; options that are not set have their defaults."""
        return translated(completed(self.given, self.options, Place("")))

    def __getitem__(self, key: str) -> object:
        """Return the value of an option."""
        return self.values[key]

    @property
    def name(self) -> str:
        """The name of the last file, without its ending; for a run's config.yaml, the name of the run directory."""
        path = self.files[-1] if self.files else Path("dcgan.yaml")
        return real_path(path).parent.name if path.name == "config.yaml" else path.stem

    def make(self) -> Config:
        """Return the configuration with real objects. With several replicas, call it inside the strategy's scope.

        Raises:
            UserError: for values and combinations that cannot work.
        """
        places = Place("", self._written)
        values = {name: made(value, self.options[name].hint, places.part(name)) for name, value in self.values.items()}
        with naming(places, values):
            config = self.schema(**values)
        if isinstance(config, TrainConfig):
            from tfgan_course.config.combinations import check_combinations  # this needs TensorFlow

            check_combinations(config)
        return config

    def _written(self, key: str) -> str:
        """Return a key as the user wrote it, or wrote the object that it is a part of."""
        parts = key.split(".")
        above = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
        typed = next((self.typed[name] for name in above if name in self.typed), str)
        return typed(key)

    def yaml(self) -> str:
        """Return the options as YAML, defaults included."""
        # For options such as ema_half_life, null has a meaning. Without writing null, such an option would be read as
        # its default.
        return yaml.safe_dump(described(self.values), sort_keys=False, allow_unicode=True)


FILES = ("config", "variant")
"""The options of a command line that name a file of other options."""


def check_quickly(options: Iterable[Option], schema: type) -> None:
    """Raise `UserError` for the mistakes in a command line and its files that can be found without TensorFlow.

    These are wrong names of options, wrong values that are not objects, missing files and folders, and unknown
    variants.

    Raises:
        UserError: for the first mistake.
    """
    settings: Settings = Settings(schema, complete=False).changed(options)
    data = settings.given.get("data") or {}
    folder, file = data.get("folder"), data.get("file")
    found = folder is None or usable(folder, "data.folder").is_dir()
    require(found, "for data.folder a folder of images", f"{shown(folder)}, which is not a folder", "Correct the path")
    found = file is None or usable(file, "data.file").is_file()
    require(found, "for data.file a .npz or .npy file", f"{shown(file)}, which is not a file", "Correct the path")
    labels = (data.get("labels") or {}).get("file")
    if labels is not None:
        path = usable(labels, "data.labels")
        found = path.is_file() or (folder is not None and (usable(folder, "data.folder") / path).is_file())
        received = f"{shown(labels)}, which is not a file"
        require(found, "for --data.labels a CSV or JSON file", received, "Correct the path")
    start = (settings.given.get("init_from") or {}).get("run")
    # If several workers train together, only the chief has the earlier run.
    if start is not None and settings.given.get("strategy") != "multi_worker":
        found = (usable(start, "--init_from") / "config.yaml").is_file()
        require(found, "for --init_from the directory of a run", f"{shown(start)}, which is none", "Correct the path")


def _place(option: Option, lists: tuple[str, ...]) -> float:
    """Return a sorting key: options that name files come first, then classes, outermost first, then all others.

    Args:
        option: the option.
        lists: the beginnings of keys that mean the last entry of a list; entries are added in the order of the line.
    """
    if option.key in FILES:
        return -1
    if option.key.startswith(lists):
        return math.inf
    content = None if option.append else read_yaml(option.value)
    named = isinstance(content, str) and re.fullmatch(r"([A-Za-z_]\w*\.)*[A-Z]\w*", content)
    return option.key.count(".") if named or (isinstance(content, dict) and "class_path" in content) else math.inf


def from_words(
    words: Sequence[str],
    schema: type[Config] = TrainConfig,  # type: ignore[assignment]  # mypy's issue 3737
) -> Settings[Config]:
    """Return the settings from the words of a command line, which must all be options; see `Settings.changed`."""
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


def from_python(variant: str | Path | TrainConfig | None = None, **options: object) -> Settings[TrainConfig]:
    """Return the settings from a variant and keyword arguments.

    Args:
        variant: the name of a variant, the path of a YAML file, or a configuration; None starts from the defaults.
        **options: any key of a YAML file with its value: a number, a text, a mapping such as `critic={"width": 32}`, or
            an object such as `loss=LeastSquares()`.

    Raises:
        UserError: for an option, a class or a value that does not exist.
    """
    if isinstance(variant, TrainConfig):
        variant, options = None, {**vars(variant), **options}
    is_file = str(variant).endswith((".yaml", ".yml"))
    path = None if variant is None else usable(variant, "variant") if is_file else variant_path(str(variant))
    return Settings(TrainConfig).with_options(options, path)
