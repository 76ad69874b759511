"""Seconds of a search of four trials beside those of the four trainings alone, in one process, in turn.

python -m benchmarks.tuning
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from tfgan_course.cli import main as command

OPTIONS = ["--variant", "dcgan", "--generator.width=16", "--critic.width=16", "--epochs=3", "--steps_per_epoch=100"]
RATES = (1e-4, 2e-4, 3e-4, 5e-4)


def main(repeats: int = 2) -> dict:
    alone, searched = [], []
    with tempfile.TemporaryDirectory() as folder:
        seconds(["train", *OPTIONS, "--out", f"{folder}/warm"])
        for repeat in range(repeats):
            alone.append(
                sum(
                    seconds(
                        ["train", *OPTIONS, "--out", f"{folder}/{repeat}-{rate}"]
                        + [f"--{player}_optimizer.learning_rate={rate}" for player in ("generator", "critic")]
                    )
                    for rate in RATES
                )
            )
            out = str(Path(folder) / f"search-{repeat}")
            searched.append(seconds(["tune", *OPTIONS, "--space", "learning_rate", "--out", out]))
    return {"alone": min(alone), "search": min(searched), "overhead": min(searched) / min(alone) - 1}


def seconds(words: list[str]) -> float:
    start = time.perf_counter()
    if command(words):
        sys.exit(f"{words} failed")
    return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps(main()))
