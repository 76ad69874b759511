"""Commands in README and docs are commands: their words are parsed and checked, and nothing is run."""

import pkgutil
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from tfgan_course.cli.main import COMMANDS, main

ROOT = Path(__file__).parents[1]
# Files and classes that a reader is to write; the pages' own tests run these.
READERS = ("my.yaml", "drift.yaml", "best.yaml", "mymodule.", "stripes.", "$@")


def modules(package: str) -> list:
    found = [
        import_module(f"{package}.{module.name}") for module in pkgutil.iter_modules(import_module(package).__path__)
    ]
    return [
        command for module in found for command in ([module] if hasattr(module, "run") else modules(module.__name__))
    ]


def commands() -> list[tuple[str, ...]]:
    found = {}
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for script, words in re.findall(r"(?:python -m tfgan_course|python (train|tune)\.py) ([^`\n#]*)", text):
            if not any(name in words for name in READERS):
                found[tuple(shlex.split(f"{script} {words}".split("&&")[0].strip(" |.,;:")))] = page
    return [words for words in found if words]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_in_the_docs_is_one(words, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for module in modules(COMMANDS):
        monkeypatch.setattr(module, "run", lambda options: None)
    assert main(list(words)) == 0
