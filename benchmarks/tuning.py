"""Time a search of four trials and the four trainings alone, one after the other in one process.

The table has wall time and CPU time. On a machine that is also used by others, only the CPU time is meaningful.

python -m benchmarks.tuning
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from tfgan_course.cli.main import main as command

OPTIONS = ["--variant", "dcgan", "--generator.width=16", "--critic.width=16", "--epochs=3", "--steps_per_epoch=100"]
RATES = (1e-4, 2e-4, 3e-4, 5e-4)


def main(repeats: int = 2) -> dict:
    alone, searched = [], []
    with tempfile.TemporaryDirectory() as folder:
        seconds(
            ["tune", *OPTIONS, "--epochs=1", "--steps_per_epoch=1", "--space=learning_rate", f"--out={folder}/warm"]
        )
        for repeat in range(repeats):
            trainings = [
                seconds(
                    ["train", *OPTIONS, "--out", f"{folder}/{repeat}-{rate}"]
                    + [f"--{player}_optimizer.learning_rate={rate}" for player in ("generator", "critic")]
                )
                for rate in RATES
            ]
            alone.append(np.sum(trainings, axis=0))
            out = str(Path(folder) / f"search-{repeat}")
            searched.append(seconds(["tune", *OPTIONS, "--space", "learning_rate", "--out", out]))
    clock, processor = (np.min(searched, axis=0) / np.min(alone, axis=0) - 1).tolist()
    return {
        "alone": np.min(alone, axis=0).tolist(),
        "search": np.min(searched, axis=0).tolist(),
        "overhead_clock": clock,
        "overhead_processor": processor,
    }


def seconds(words: list[str]) -> tuple[float, float]:
    """Return the wall time and the CPU time of a command in seconds."""
    clock, processor = time.perf_counter(), time.process_time()
    if command(words):
        sys.exit(f"{words} failed")
    return time.perf_counter() - clock, time.process_time() - processor


if __name__ == "__main__":
    print(json.dumps(main()))
