"""The check of the paths that users give, and the files that are written."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from tfgan_course.errors import UserError
from tfgan_course.files import (
    advice_on,
    csv_records,
    csv_text,
    model_folder,
    new_folder,
    printable,
    read_json,
    shown,
    tensorflow_folder,
    usable,
    what_is,
    write_json,
    write_text,
)

NOT_UTF8 = os.fsdecode(b"r/\xffx")


@pytest.mark.parametrize(
    ("path", "shown_as"),
    [
        ("", "''"),
        ("a\0b", r"'a\x00b'"),
        (NOT_UTF8, r"r/\xffx"),
        ("a" * 241, "aaa"),
        ("é" * 121, "ééé"),
        ("/".join(["a" * 200] * 20), "aaa"),
        (b"a", "b'a'"),
        (3, "3"),
        (None, "None"),
    ],
)
def test_a_path_that_cannot_be_used_is_refused(path, shown_as):
    for check in (usable, tensorflow_folder, new_folder, model_folder):
        with pytest.raises(UserError) as error:
            check(path, "out")
        assert shown_as in error.value.received
        assert "out" in error.value.expected


def test_a_link_to_a_path_that_is_not_utf8_is_refused(tmp_path):
    (tmp_path / os.fsdecode(b"\xff")).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / os.fsdecode(b"\xff"))
    with pytest.raises(UserError) as error:
        usable(tmp_path / "link" / "run", "out")
    assert r"\xff/run" in error.value.received


def test_the_users_home_stands_for_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert usable("~/runs", "out") == tmp_path / "runs"
    assert usable(Path("~"), "out") == tmp_path
    assert usable("a~/~b", "out") == Path("a~/~b")


def test_usual_paths_are_unchanged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in (".", "..", "runs/ü ñ-2", "/", "a" * 240, "line\nbreak", "x{1}'\"#%&|$"):
        assert usable(path, "out") == Path(path)


@pytest.mark.parametrize("character", "[]?*\\")
def test_a_path_that_tensorflow_reads_as_a_pattern_is_refused(character, tmp_path, monkeypatch):
    path = tmp_path / f"real{character}" / "m"
    assert usable(path, "out") == path
    for check in (tensorflow_folder, new_folder, model_folder):
        with pytest.raises(UserError) as error:
            check(path, "out")
        assert shown(path) in error.value.received
    # TensorFlow finds what is named by a link or from inside; but models.config names a model without links.
    path.mkdir(parents=True)
    (tmp_path / "link").symlink_to(path)
    monkeypatch.chdir(path)
    for inside in (tmp_path / "link" / "m", Path("m")):
        assert new_folder(inside, "out") == inside
        with pytest.raises(UserError) as error:
            model_folder(inside, "out")
        assert shown(path / "m") in error.value.received


@pytest.mark.parametrize("path", [".", "..", "a/..", "/", "./"])
def test_a_new_folder_has_a_name(path):
    for check in (new_folder, model_folder):
        with pytest.raises(UserError) as error:
            check(path, "out")
        assert repr(path) in error.value.received


def test_a_path_is_shown_on_one_line():
    assert shown(Path("a b")) == "'a b'"
    assert shown(".") == "'.'"
    assert shown("a\nb") == r"'a\nb'"
    assert shown(NOT_UTF8) == r"'r/\xffx'"


def test_text_with_a_name_that_is_not_utf8_can_be_written(tmp_path):
    write_text(tmp_path / "report.html", NOT_UTF8)
    assert (tmp_path / "report.html").read_text("utf-8") == r"r/\udcffx"


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.ENOSPC, "Free space"), (errno.EROFS, "writable"), (errno.EACCES, "writable")]
)
def test_the_advice_on_an_error_in_writing_fits_its_reason(number, advice):
    assert advice in advice_on(OSError(number, os.strerror(number), "/runs/a"))
    assert advice in advice_on(RuntimeError(f"{{{{function_node}}}} /runs/a; {os.strerror(number)} [Op:SaveV2]"))
    assert advice not in advice_on(OSError(errno.EIO, os.strerror(errno.EIO)))


@pytest.mark.parametrize("content", [b"", b"[1", b"[" * 100_000, b'{"a":' * 100_000, b'["\xff"]'])
def test_a_damaged_json_file_is_a_value_error(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        read_json(tmp_path / "a.json")


def test_what_json_has_no_word_for_is_null_with_a_reason(tmp_path):
    lists, numbers = [1.0, float("nan"), float("-inf")], np.array([0.5, np.nan], np.float32)
    write_json(
        tmp_path / "a.json", {"lists": lists, "numbers": numbers, "one": np.float32(np.inf), "good": np.int64(3)}
    )
    found = json.loads((tmp_path / "a.json").read_text(), parse_constant=pytest.fail)
    assert found["lists"] == [1.0, None, None]
    assert found["numbers"] == [0.5, None]
    assert (found["one"], found["good"]) == (None, 3)
    reasons = found["reasons"]
    assert reasons.keys() == {"lists", "numbers", "one"}
    assert "nan" in reasons["lists"]
    assert "-inf" in reasons["lists"]
    assert "inf" in reasons["one"]


def test_a_table_holds_any_name():
    records = [["a,b", 'c"d', "e\nf", "g\rh", "i\r\nj", " x ", ""], ["\u2028", "=1", "'", ";", "\t", "\\", "ü"]]
    assert csv_records(csv_text(records)) == records


def test_names_are_printed_without_control_characters():
    assert printable("größe 家 👨‍👩‍👧") == "größe 家 👨‍👩‍👧"
    assert printable("\x1b[31m\t\n\x7f\x85") == r"\x1b[31m\t\n\x7f\x85"
    assert printable("\u202e\u2028\u2066") == r"\u202e\u2028\u2066"
    assert printable(NOT_UTF8 + "\ud800") == r"r/\xffx\ud800"


def test_what_is_at_a_path_is_said_truly(tmp_path):
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for link, target in (("link", "nothing"), ("loop", "loop"), ("good", "file")):
        (tmp_path / link).symlink_to(target)
    said = [what_is(tmp_path / name) for name in ("", "file", "good", "no")]
    assert said == ["a folder", "a file", "a file", "which does not exist"]
    assert "link" in what_is(tmp_path / "link")
    assert "link" in what_is(tmp_path / "loop")
    assert what_is(tmp_path / "pipe") == "neither a file nor a folder"
