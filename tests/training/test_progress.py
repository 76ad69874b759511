"""What a training prints: on a terminal of 80 columns, and into a file."""

import os
import pty
import subprocess

import pytest

from tests.end_to_end.command import ENVIRONMENT, SMALL, arguments
from tfgan_course.training.callbacks.progress import columns, duration, number


def words(tmp_path) -> list[str]:
    options = ("--epochs", 3, "--steps_per_epoch", 4, "--out", tmp_path / "run")
    return arguments("train", "--variant", "lsgan", *SMALL, "--metrics.names=[sliced_wasserstein]", *options)


def test_a_file_gets_a_line_for_each_epoch_and_no_escape_sequence(tmp_path):
    done = subprocess.run(words(tmp_path), env=ENVIRONMENT, capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    assert b"\x1b" not in done.stdout
    assert b"\r" not in done.stdout
    assert len(lines) < 30
    assert max(map(len, lines[lines.index(header(lines)) :][:4])) < 80
    assert [line.split()[:2] for line in lines if "/3 " in line] == [["1/3", "4/4"], ["2/3", "4/4"], ["3/3", "4/4"]]


def header(lines: list[str]) -> str:
    return next(line for line in lines if "critic_loss" in line)


def test_a_terminal_of_80_columns_does_not_wrap(tmp_path):
    """No text between two carriage returns or line ends is wider than the terminal."""
    reader, writer = pty.openpty()
    environment = {**ENVIRONMENT, "COLUMNS": "80"}
    with subprocess.Popen(words(tmp_path), env=environment, stdout=writer, stderr=subprocess.DEVNULL) as process:
        os.close(writer)
        written = b""
        while True:
            try:
                part = os.read(reader, 4096)
            except OSError:  # how Linux reports the end of a terminal
                break
            if not part:
                break
            written += part
    os.close(reader)
    assert process.returncode == 0
    shown = written.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    table = shown[shown.index(header(shown)) :]
    last = max(index for index, line in enumerate(table) if "3/3" in line)
    assert max(map(len, table[: last + 1])) < 80
    assert len(table[: last + 1]) >= 4
    assert "\x1b" not in written.decode()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_columns_fit(width):
    found = columns(["critic_loss", "generator_loss", "frechet@judge-12ab", "critic_accuracy"], width)
    assert sum(found.values()) + len(found) - 1 < width
    assert ("critic_accuracy" in found) == (width == 200)


def test_texts():
    assert duration(3725.4) == "1:02:05"
    assert number(0.00012345678, 8) == "1.2e-04"
    assert number(-1234.5678, 8) == "-1235"
    assert number(float("nan"), 8) == "nan"
