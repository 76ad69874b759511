"""Advice against a finding, and whether a run's configuration follows it already."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Settings = Mapping[str, Any]
"""The content of a config.yaml."""
Follows = Callable[[Settings], bool]
"""A function that returns whether a run with these settings follows an advice already."""
OURS = "tfgan_course."


def uses(*names: str, under: str | None = None) -> Follows:
    """Return a test: do the settings, or their part `under` this key, have an object of one of these classes?"""

    def follows(settings: Settings) -> bool:
        found = settings if under is None else settings.get(under)
        return any(path.rpartition(".")[2] in names for path in class_paths(found))

    return follows


def has(key: str, *values: object) -> Follows:
    """Return a test: does the key, with dots, have one of these values (without values: any value but null)?"""

    def follows(settings: Settings) -> bool:
        found: Any = settings
        for name in key.split("."):
            found = found.get("init_args", found) if isinstance(found, Mapping) else None
            found = found.get(name) if isinstance(found, Mapping) else None
        return found in values if values else found is not None

    return follows


def package_generator(settings: Settings) -> bool:
    """Return whether the generator is one of this package, whose kernels' sizes are multiples of their strides."""
    generator = settings.get("generator")
    path = next(class_paths(generator), "")
    return path.startswith(OURS) or (bool(path) and "." not in path)


def either(*tests: Follows) -> Follows:
    """Return a test that holds if one of the given tests holds."""
    return lambda settings: any(test(settings) for test in tests)


def class_paths(value: object) -> Iterator[str]:
    """Yield all class paths in a part of a configuration."""
    if isinstance(value, Mapping):
        if isinstance(value.get("class_path"), str):
            yield value["class_path"]
        for part in value.values():
            yield from class_paths(part)
    elif isinstance(value, list):
        for part in value:
            yield from class_paths(part)


SPECTRAL = either(
    has("critic.normalization", "spectral", "spectral+batch"), uses("SpectralNormalization", under="critic")
)
