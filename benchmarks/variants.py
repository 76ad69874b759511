"""Train every variant for a few steps on the same images, and print the figures of each.

python benchmarks/variants.py --steps 200
python benchmarks/variants.py --steps 200 --options --data.name cifar10 --data.size 32

If a figure of a run becomes NaN or infinite, the command ends with an error. The default batch size is small, so that
all variants finish in some minutes on two cores; for realistic times, set --batch_size to the variants' own.
"""

import argparse
import contextlib
import io
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from tqdm import tqdm

from tfgan_course.cli.main import main as command
from tfgan_course.config.variants import variants
from tfgan_course.runs.directory import RunDirectory

FIGURES = ["critic_loss", "generator_loss", "val_critic_accuracy", "val_generator_loss"]


def trained(variant: str, folder: str, options: argparse.Namespace) -> str:
    """Return the table row of a variant's run."""
    out = Path(folder) / variant
    epochs = ["--epochs", "2", "--steps_per_epoch", str(options.steps // 2), "--batch_size", str(options.batch_size)]
    start = time.perf_counter()
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = command(["train", "--variant", variant, *epochs, "--out", str(out), *options.options])
    if status:
        sys.exit(f"{variant}: {said.getvalue().splitlines()[-1]}")
    row = RunDirectory(out).rows()[-1]
    assert all(np.isfinite(row[figure]) for figure in FIGURES), f"{variant}: {row}"
    cells = [f"{row[figure]:.3f}" for figure in FIGURES]
    return f"| {variant} | {row['step']:.0f} | {' | '.join(cells)} | {time.perf_counter() - start:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", nargs="+", choices=variants(), default=list(variants()), help="default: all")
    parser.add_argument("--steps", type=int, default=200, help="number of generator updates")
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[], help="any options of train")
    options = parser.parse_args()
    print(f"| variant | steps | {' | '.join(FIGURES)} | seconds |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for variant in tqdm(options.variants):
            print(trained(variant, folder, options), flush=True)


if __name__ == "__main__":
    main()
