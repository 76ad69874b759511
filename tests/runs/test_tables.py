"""history.csv and timing.csv: written and read by one pair of functions."""

import csv
import json
import math
import os

import pytest

from tests.runs.test_directory import new
from tfgan_course.errors import UserError
from tfgan_course.files import write_json
from tfgan_course.runs.tables import append_row, read_rows

NAMES = ['judge, "big"', "two\nlines", "carriage\rreturn", "Müller", " space "]


def test_names_with_commas_quotes_and_newlines_are_columns_like_any_other(tmp_path):
    run = new(tmp_path / "run")
    rows = [{"epoch": epoch, **{name: epoch + index / 8 for index, name in enumerate(NAMES)}} for epoch in (1, 2, 3)]
    for row in rows:
        run.append(run.history, row)
        run.append_timing(row["epoch"], 2.0, 10)
    assert run.rows() == run.rows_so_far(run.history) == rows
    before = run.history.read_bytes()
    run.cut_back(3)
    assert run.history.read_bytes() == before
    run.cut_back(1)
    assert run.rows() == rows[:1]
    run.append(run.history, rows[1])
    assert run.rows() == rows[:2]
    with run.history.open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file)) == ["epoch", *NAMES]


def test_an_unfinished_line_is_left_out_of_a_growing_table_alone(tmp_path):
    table = tmp_path / "history.csv"
    append_row(table, {"epoch": 1, "loss": 0.5})
    with table.open("a") as file:
        file.write("2,")
    assert read_rows(table, growing=True) == [{"epoch": 1, "loss": 0.5}]
    with pytest.raises(UserError) as error:
        read_rows(table)
    assert "line 3" in error.value.received


@pytest.mark.parametrize(
    "content", [b"\xff\xfe" + b"epoch,loss\n1,2\n", os.urandom(300), b"\x00\x01garbage\n", b"a\n1\n"]
)
@pytest.mark.parametrize("name", ["history.csv", "timing.csv"])
def test_a_table_of_other_bytes_is_one_error_that_names_it_and_what_still_works(tmp_path, name, content):
    run = new(tmp_path / "run")
    run.append(run.history, {"epoch": 1, "loss": 0.5})
    (run.path / name).write_bytes(content)
    for read in (lambda: run.rows_so_far(run.path / name), lambda: run.cut_back(1) or read_rows(run.path / name)):
        with pytest.raises(UserError) as error:
            read()
        assert name in error.value.expected
        assert "load_run" in error.value.remedy
    assert (run.path / name).read_bytes() == content


def test_a_configuration_of_other_bytes_is_an_error_that_names_it(tmp_path):
    run = new(tmp_path / "run")
    run.trained_config.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError) as error:
        run.tables()
    assert "checkpoints/config.yaml" in error.value.expected


def test_json_has_null_and_a_reason_for_what_is_not_finite(tmp_path):
    value = {"a": math.inf, "b": [math.nan, 1.0], "c": {"d": -math.inf, "e": 2}}
    write_json(tmp_path / "x.json", value)
    found = json.loads((tmp_path / "x.json").read_text(), parse_constant=pytest.fail)
    assert (found["a"], found["b"], found["c"]["d"], found["c"]["e"]) == (None, [None, 1.0], None, 2)
    assert "inf" in found["reasons"]["a"]
    assert "-inf" in found["c"]["reasons"]["d"]


def test_the_summary_of_a_run_is_json(tmp_path):
    run = new(tmp_path / "run")
    run.append(run.history, {"epoch": 1, "step": 5, "val_generator_loss": math.nan, "frechet": math.inf})
    run.write_summary()
    summary = json.loads((run.path / "summary.json").read_text(), parse_constant=pytest.fail)
    assert summary["final"]["frechet"] is None
    assert set(summary["final"]["reasons"]) == {"frechet", "val_generator_loss"}


@pytest.mark.parametrize("content", [b"", b"epoch,loss\n", None])
def test_a_history_that_lost_its_rows_is_an_error_where_timing_has_them(tmp_path, content):
    run = new(tmp_path / "run")
    for epoch in (1, 2):
        run.append(run.history, {"epoch": epoch, "loss": 0.5})
        run.append_timing(epoch, 2.0, 10)
    run.history.unlink() if content is None else run.history.write_bytes(content)
    for read in (run.rows, lambda: run.rows_so_far(run.history)):
        with pytest.raises(UserError) as error:
            read()
        assert "history.csv" in error.value.expected
    run.timing.write_bytes(b"\xff")  # then nothing is known, as in the first epoch
    assert run.rows() == []


def test_a_growing_table_without_a_whole_line_is_damaged(tmp_path):
    (tmp_path / "history.csv").write_bytes(b"garbage without an end of line")
    with pytest.raises(UserError) as error:
        read_rows(tmp_path / "history.csv", growing=True)
    assert "garbage" in error.value.received


def test_a_table_that_a_spreadsheet_has_saved_is_read(tmp_path):
    (tmp_path / "history.csv").write_bytes(b"\xef\xbb\xbfepoch,loss\r\n1,0.5\r\n")
    assert read_rows(tmp_path / "history.csv") == [{"epoch": 1, "loss": 0.5}]
