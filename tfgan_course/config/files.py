"""Read a YAML file of options, and find the line of each option."""

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tfgan_course.errors import UserError, require
from tfgan_course.files import shown, what_is
from tfgan_course.plugins.types import Loader

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark is its beginning
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""The encoding of a file by its byte order mark: the first bytes, which some editors write."""


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8 or, if it begins with a byte order mark, UTF-16 or UTF-32.

    Raises:
        UserError: if there is no such file, or it is in another encoding.
    """
    if not path.is_file():
        raise UserError(
            expected="a YAML file of options",
            received=f"{shown(path)}, {what_is(path)}",
            remedy="Name a file, or a variant of this package (the command `variants` lists them)",
        )
    content = path.read_bytes()
    encoding = next((name for mark, name in MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text, reason = content.decode(encoding), ""
    except UnicodeDecodeError as error:
        text, reason = "", f"no {encoding.upper()} (byte {error.start})"
    if b"\0" in content and encoding.startswith("utf-8"):
        reason = "zero bytes, as in UTF-16 without a byte order mark"
    require(not reason, f"text in UTF-8 in {path}", reason, "Save it as UTF-8")
    return text


def read_yaml_file(path: Path) -> tuple[Any, Callable[[str], str]]:
    """Return the content of a YAML file, and a function that says where the file has a key.

    Raises:
        UserError: if the file cannot be read.
    """
    text = read_text(path)
    try:
        content, lines = yaml.load(text, Loader), _lines(yaml.compose(text, Loader))
    except (yaml.YAMLError, ValueError) as error:
        said = str(error).replace("\n", " ")
        tab = "'\\t'" in said  # as PyYAML names the character
        raise UserError(
            expected=f"YAML in {path}",
            received=f"text that is not YAML: {said}",
            remedy="Write spaces, not tabs, outside of quotes" if tab else "Correct that line",
        ) from error

    def found(key: str) -> str:
        parts = key.split(".")
        known = (lines.get(".".join(parts[:count])) for count in range(len(parts), 0, -1))
        line = next((line for line in known if line is not None), None)
        return f"{path}{'' if line is None else f', line {line}'}: {key}"

    return content, found


def read_options(path: Path) -> tuple[dict, Callable[[str], str]]:
    """Return the options in a YAML file, and a function that says where the file has an option.

    Raises:
        UserError: if the file cannot be read or holds no options.
    """
    options, found = read_yaml_file(path)
    kind = "none" if options is None else "a list" if isinstance(options, list) else f"{options!r:.40}"
    require(isinstance(options, dict), f"options in {path}", kind, "Write lines like `batch_size: 32`")
    return options, found


def _lines(node: yaml.Node | None, above: str = "") -> dict[str, int]:
    """Return the line of each key, counted from 1; a key is written without `init_args`."""
    lines: dict[str, int] = {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        name = above if key.value == "init_args" else f"{above}.{key.value}" if above else str(key.value)
        lines.setdefault(name, key.start_mark.line + 1)
        lines |= _lines(value, name)
    return lines
