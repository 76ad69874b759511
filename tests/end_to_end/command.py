"""Runs the commands a user types, in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
# The smallest run of a variant: networks of a few channels, few steps.
SMALL = ("--generator.width", "2", "--critic.width", "2", "--batch_size", "4", "--samples.count", "4")


def arguments(*words: object) -> list[str]:
    return [sys.executable, "-m", "tfgan_course", *map(str, words)]


def run(*words: object, cwd: Path, timeout: float = 240) -> subprocess.CompletedProcess:
    return subprocess.run(
        arguments(*words), cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, timeout=timeout, check=False
    )


def succeed(*words: object, cwd: Path) -> str:
    done = run(*words, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout
