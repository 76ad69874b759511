"""Kill exports, each at another moment, and watch the folder meanwhile.

    python killed_exports.py MODEL KILLS

Every export is a process of its own, forked from one that has imported TensorFlow and run nothing of it. Prints, as
JSON, what versions were seen while exports ran, and for each kill how far it had come.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from tensorflow import keras

from tfgan_course import GAN
from tfgan_course.serving.export import UNFINISHED, export_savedmodel


def start(model: Path) -> int:
    process = os.fork()
    if process:
        return process
    try:
        keras.utils.set_random_seed(0)
        generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1))])
        critic = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
        export_savedmodel(GAN(generator, critic), model, {})
    finally:
        os._exit(0)


def look(model: Path, seen: dict[str, list[list[str]]]) -> None:
    """Record the files of each version whenever they have changed."""
    for version in model.iterdir() if model.is_dir() else ():
        if version.name.isdigit():
            files = sorted(str(file.relative_to(version)) for file in version.rglob("*") if file.is_file())
            if files not in seen.setdefault(version.name, []):
                seen[version.name].append(files)


def wait_and_watch(process: int, model: Path, seen: dict, seconds: float = 600) -> bool:
    """Return whether the export ended by itself in this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        look(model, seen)
        if os.waitpid(process, os.WNOHANG)[0]:
            return True
        time.sleep(0.0005)
    return False


if __name__ == "__main__":
    model, kills = Path(sys.argv[1]), int(sys.argv[2])
    seen: dict[str, list[list[str]]] = {}
    start_time = time.monotonic()
    process = start(model)
    began = None
    while not os.waitpid(process, os.WNOHANG)[0]:
        if began is None and (model / UNFINISHED).is_dir():
            began = time.monotonic() - start_time
        time.sleep(0.0005)
    whole = time.monotonic() - start_time
    look(model, seen)
    stages = []
    for kill in range(kills):
        # One of three before it writes anything, the others spread over the writing.
        process = start(model)
        if kill % 3 == 0:
            ended = wait_and_watch(process, model, seen, began * kill / kills)
        else:
            while not (model / UNFINISHED).is_dir():
                time.sleep(0.0005)
            ended = wait_and_watch(process, model, seen, (whole - began) * kill / kills)
        if not ended:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        look(model, seen)
        stages.append("ended" if ended else "writing" if (model / UNFINISHED).is_dir() else "before or after")
    wait_and_watch(start(model), model, seen)
    left = sorted(entry.name for entry in model.iterdir() if not entry.name.isdigit())
    print(json.dumps({"seen": seen, "stages": stages, "left": left}))
