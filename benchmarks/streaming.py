"""Measure memory and speed of a training from a streamed folder: PYTHONPATH=. python benchmarks/streaming.py

The script makes folders of 50,000 and of 200,000 images of 64 x 64 (the packaged images, enlarged, moved and tinted, in
a sub-folder for each class). From each folder it trains a small network for 500 steps with `python -m tfgan_course
train`. It prints the peak of the process's memory, from /proc, and how many images the pipeline alone delivers per
second. Another training, with the 7,000 packaged images in memory, shows how much memory TensorFlow and the network
need.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from PIL import Image

from tfgan_course.data import DataConfig, load, training_batches


def make(folder: Path, count: int) -> None:
    """Write `count` PNG files into 10 folders."""
    images, _ = load(DataConfig())
    names = images.class_names
    for name in names:
        (folder / name.replace("/", "-")).mkdir(parents=True)
    for number in range(count):
        rng = np.random.default_rng(number)
        index = number % len(images)
        pixels = np.zeros((64, 64, 3), np.uint8)
        top, left = rng.integers(0, 64 - 56, 2)
        tint = rng.uniform(0.4, 1.0, 3)
        pixels[top : top + 56, left : left + 56] = np.kron(images.images[index], np.ones((2, 2, 1))) * tint
        name = names[images.labels[index]].replace("/", "-")
        Image.fromarray(pixels).save(folder / name / f"{number:07d}.png", compress_level=1)


def peak_of(command: list[str]) -> tuple[float, float]:
    """Return the seconds and the peak memory in GB of a command: VmHWM of /proc, without the system's file cache."""
    begin, peak = time.perf_counter(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            peak = max(peak, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM")))
        except (FileNotFoundError, ProcessLookupError, TypeError):
            pass
        time.sleep(0.05)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: {process.returncode}")
    return time.perf_counter() - begin, peak * 1024 / 1e9


def pipeline_speed(folder: Path, batches: int) -> float:
    """Return the images per second of the pipeline alone, at batch 64."""
    images, _ = load(DataConfig(folder=str(folder), size=64, stream=True))
    data = iter(training_batches(images, 64, seed=0))
    next(data)
    begin = time.perf_counter()
    for _ in range(batches):
        next(data)
    return 64 * batches / (time.perf_counter() - begin)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[50_000, 200_000])
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--width", type=int, default=4)
    parser.add_argument("--folder", help="folder for the images, or with them; a temporary folder unless given")
    args = parser.parse_args()
    print("| images | peak memory, GB | seconds | images/s of the pipeline alone |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(args.folder or temporary)
        for count in [None, *args.counts]:
            data = ["--data.size", "64", "--data.channels", "3"]
            if count is not None:
                folder = root / str(count)
                if not folder.is_dir():
                    make(folder, count)
                data += ["--data.folder", str(folder), "--data.stream", "true"]
            out = Path(temporary) / f"run-{count}"
            command = [sys.executable, "-m", "tfgan_course", "train", "--variant", "lsgan", *data, "--out", str(out)]
            command += [f"--{part}.width={args.width}" for part in ("generator", "critic")]
            command += ["--batch_size", "64", "--epochs", "1", "--steps_per_epoch", str(args.steps)]
            command += ["--metrics.samples", "1000"]
            seconds, peak = peak_of(command)
            speed = "" if count is None else f"{pipeline_speed(folder, 100):.0f}"
            print(f"| {count or 'packaged, in memory'} | {peak:.2f} | {seconds:.0f} | {speed} |", flush=True)


if __name__ == "__main__":
    main()
