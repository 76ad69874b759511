"""A training that is killed at random moments, again and again, ends bit for bit as one that nobody killed."""

import random
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.end_to_end.command import SMALL, assert_same
from tests.end_to_end.test_stops import start
from tfgan_course.cli.main import main

KILLS = 10
# A checkpoint every third step, so that some kills fall into the writing of one.
OPTIONS = ("--variant", "wgan_gp", *SMALL, "--critic_updates", "2", "--generator=SimpleGenerator")
OPTIONS += ("--critic=SimpleCritic", "--checkpoints.every_steps", "3", "--epochs", "60", "--steps_per_epoch", "40")


def newest(run: Path) -> int:
    """When a file of the checkpoints was written last, in nanoseconds; 0 before the first."""
    times = [0]
    for file in run.glob("checkpoints/*"):
        with suppress(FileNotFoundError):  # it was temporary
            times.append(file.stat().st_mtime_ns)
    return max(times)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_ten_kills_lose_nothing(tmp_path):
    assert main(["train", *OPTIONS, "--out", str(tmp_path / "whole")]) == 0
    killed, chance, kills = tmp_path / "killed", random.Random(0), 0
    while kills < KILLS:
        before = newest(killed)
        words = ["--resume", "killed"] if (killed / "config.yaml").is_file() else [*OPTIONS, "--out", "killed"]
        process = start("train", *words, cwd=tmp_path)
        # Every fifth is killed while it starts, the others after they have begun to write.
        while kills % 5 and newest(killed) == before and process.poll() is None:
            time.sleep(0.001)
        try:
            process.wait(chance.uniform(0, 0.3 if kills % 5 else 5))
            assert process.returncode == 0, process.stderr.read()
            break  # the training is at its end
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    assert kills == KILLS
    assert main(["train", "--resume", str(killed)]) == 0
    assert_same(tmp_path / "whole", killed)
