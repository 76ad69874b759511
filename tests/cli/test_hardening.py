"""Every option of every command, made from the parsers, refuses a wrong value by name, before any work is done."""

import json
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Literal, get_origin

import pytest

from tests.cli.test_main import all_commands
from tfgan_course.cli.main import main
from tfgan_course.cli.parsing import Parser
from tfgan_course.config.names import nested, options_in
from tfgan_course.plugins.signatures import Parameter, parameters
from tfgan_course.plugins.types import in_words

REQUIRED = {("explain", "maximize-feature"): ["--layer", "x"], ("latents", "path-length"): ["--features", "random"]}


def options_of(command: tuple[str, ...]) -> tuple[Parser, dict[str, Parameter]]:
    """Return the parser of a command, and all its options by key, except those that need TensorFlow."""
    module = import_module(all_commands()[command])
    parser = Parser("command", schema=module.configuration() if hasattr(module, "configuration") else None)
    module.add_options(parser)
    found = {**(options_in(parser.schema) if parser.schema else {}), **parser.options}
    for name, group in nested(found).items():
        found |= {f"{name}.{part}": option for part, option in parameters(group, False).items()}
    return parser, found


def wrong_values(option: Parameter) -> Iterator[str]:
    """Return values that an option must refuse: values of a wrong type, and values out of its range."""
    if isinstance(option.hint, str):
        return
    words, kinds = in_words(option.hint), option.kinds
    if not any(word in words for word in ("text", "an object")) and not any(kind is list for kind in kinds):
        yield "{no: {such: value}}"
        yield "nonsense"
    if any(get_origin(kind) is Literal for kind in kinds) and "text" not in words:
        yield "another"
    if "whole number" in words:
        yield "1.5"
    if "of at least" in words or "above" in words:
        yield "-1"


def cases() -> Iterator[tuple[tuple[str, ...], str, str]]:
    for command in all_commands():
        for key, option in options_of(command)[1].items():
            for value in wrong_values(option):
                yield command, key, value


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hardening")
    (folder / "a_file").write_text("no run")
    (folder / "a_folder").mkdir()
    (folder / "a_run").mkdir()
    (folder / "a_run" / "config.yaml").write_text("epochs: 1")
    (folder / "a_run" / "data.json").write_text(json.dumps({"image_shape": [28, 28, 1], "class_names": None}))
    (folder / "images").mkdir()
    (folder / "images" / "00000.png").write_bytes(b"an earlier one")
    return folder


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(words: list[str], named: str, capsys) -> None:
    capsys.readouterr()
    status, (out, err) = main(words), capsys.readouterr()
    assert status == 2, (words, out)
    assert err.startswith("error: expected "), (words, err)
    assert err.count("\n") == 1, (words, err)
    assert named in err, (words, err)


def test_a_wrong_value_of_any_option_is_refused_by_name(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    tried, before = 0, files(folder)
    for command, key, value in cases():
        positional = ["a_folder"] * len(options_of(command)[0].positional)
        others = [] if f"--{key}" in REQUIRED.get(command, ()) else REQUIRED.get(command, [])
        refused([*command, *positional, f"--{key}={value}", *others], f"--{key}", capsys)
        tried += 1
    assert tried > 300
    assert files(folder) == before


@pytest.fixture
def unusual(folder, monkeypatch) -> Path:
    """The folder with a named pipe, a link to nothing and a link to itself; it is the working directory."""
    monkeypatch.chdir(folder)
    if not os.path.lexists("a_pipe"):
        os.mkfifo("a_pipe")
        os.symlink("nothing", "a_link")
        os.symlink("a_loop", "a_loop")
    return folder


UNUSUAL = ("a_pipe", "a_link", "a_loop", "/dev/null")


@pytest.mark.parametrize("path", ["nowhere", "a_file", "a_folder", "a_file/below", *UNUSUAL])
def test_a_path_that_is_no_run_is_refused(path, unusual, capsys):
    for command in all_commands():
        names = list(options_of(command)[0].positional)
        if names and not (command == ("evaluate",) and path == "a_folder"):
            refused([*command, *[path] * len(names), *REQUIRED.get(command, [])], path, capsys)


def test_paths_that_cannot_be_read_or_written_are_refused(unusual, capsys):
    for command in all_commands():
        parser, _ = options_of(command)
        if parser.schema is not None:
            for key in ("config", "resume") if "resume" in parser.options else ("config",):
                for path in ("nowhere", "a_folder", *UNUSUAL):
                    refused([*command, f"--{key}", path], path, capsys)
            for path in ("nowhere", "a_file", *UNUSUAL):
                refused([*command, "--data.folder", path], path, capsys)
            for out in (".", "..", "a_file", "a_file/below", "/proc/nothing/can/be/written", *UNUSUAL):
                refused([*command, "--out", out], "--out", capsys)


@pytest.mark.parametrize(
    ("path", "named"),
    [(os.fsdecode(b"r/\xffx"), r"'r/\xffx'"), ("", "''"), ("n" * 300, "nnn"), ("a[1]", "'a[1]'"), (".", "'.'")],
)
def test_a_path_that_cannot_be_used_is_refused_by_every_command(path, named, folder, monkeypatch, capsys):
    """The folder exists, and the value is refused before images are read (the test has no images)."""
    monkeypatch.chdir(folder)
    before = files(folder)
    pattern, here = path == "a[1]", path == "."
    for command in all_commands():
        parser, options = options_of(command)
        positional = [*parser.positional]
        if positional and not (here and command == ("evaluate",)) and not (pattern and command == ("evaluate",)):
            refused([*command, *[path] * len(positional), *REQUIRED.get(command, [])], named, capsys)
        writes_run = parser.schema is not None or command == ("export",)
        if "out" in options and (writes_run or not (pattern or here)):
            typed = [*command, *["a_run"] * len(positional), *REQUIRED.get(command, [])]
            refused([*typed, f"--out={path}"], named, capsys)
        if "resume" in options and not here:
            refused([*command, f"--resume={path}"], named, capsys)
        if parser.schema is not None and not (pattern or here):
            refused([*command, f"--data.folder={path}"], named, capsys)
            refused([*command, f"--config={path}"], named, capsys)
    assert files(folder) == before
    assert Path(path).parent.name != "r" or not Path("r").exists()


def test_outputs_are_checked_before_a_run_is_opened(unusual, capsys):
    folder, before = unusual, files(unusual)
    for command in all_commands():
        parser, options = options_of(command)
        if "out" in options and parser.schema is None:
            typed = [*command, *["a_run"] * len(parser.positional), *REQUIRED.get(command, [])]
            for out in ("a_file/below.png", "/proc/no.png", *UNUSUAL):
                refused([*typed, "--out", out], "--out", capsys)
    for command in (["sample", "a_run"], ["request"]):
        for out in ("a_file", "images", "a.txt", "."):
            refused([*command, "--out", out], "out", capsys)
    refused(["evaluate", "a_run", "--out", "a_folder"], "--out", capsys)
    for out in ("a_file", "a_folder", "a.txt", "."):
        refused(["report", "a_run", "--out", out], "--out", capsys)
    assert files(folder) == before
