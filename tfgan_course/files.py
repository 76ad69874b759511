"""Write files completely or not at all: a process that dies leaves no half file."""

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; rename it to `path` if all went well, else delete it."""
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, completely or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: object) -> None:
    """Write indented JSON as UTF-8. A number that is not finite becomes null, and the entry `reasons` next to it has
    its value. JSON has no NaN and no Infinity, so most programs refuse a file that contains them.
    """
    write_text(path, json.dumps(_finite(value), indent=2, allow_nan=False) + "\n")


def _finite(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        reasons = {name: f"the value was {item}" for name, item in value.items() if _is_not_finite(item)}
        return {name: _finite(item) for name, item in value.items()} | (
            {"reasons": value.get("reasons", {}) | reasons} if reasons else {}
        )
    return None if _is_not_finite(value) else value


def _is_not_finite(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
