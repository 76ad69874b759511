"""Measure the speed of serving: PYTHONPATH=. python benchmarks/serving.py

- `sample` of the SavedModel, divided by the generator alone (a `tf.function` of the Keras model), in images per second
  at batch 64, alternately in one process. Goal: at least 0.95.
- The command `python -m tfgan_course export` for a DCGAN. Goal: at most 10 s.
- Loading the SavedModel and its first answer for each signature, as in TF Serving's warm-up, in a process that has
  already imported TensorFlow. Goal: at most 3 s.
- The input pipeline alone, with images in memory, divided by the training that uses it, in images per second at batch
  64. Goal: at least 20.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

from tfgan_course.cli.main import main as command
from tfgan_course.data import load, training_batches
from tfgan_course.runs.open import load_run

FIRST_ANSWER = """
import json, sys, time
import numpy as np, tensorflow as tf
begin = time.perf_counter()
model = tf.saved_model.load(sys.argv[1])
for name in ("sample", "sample_png"):
    model.signatures[name](seed=tf.constant([1], tf.int64), truncation=tf.constant([10.0]))
print(json.dumps(time.perf_counter() - begin))
"""


def seconds(call: Callable, count: int) -> float:
    """Return the seconds of one call, as the mean of `count` calls."""
    begin = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - begin) / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", default="dcgan")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--calls", type=int, default=5, help="number of calls in a row of each side")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run, out = Path(folder) / "run", Path(folder) / "gan"
        options = ["--epochs=1", "--steps_per_epoch=2", "--metrics.names=[]", "--samples.count=4"]
        assert command(["train", "--variant", args.variant, *options, "--out", str(run)]) == 0
        export = [sys.executable, "-m", "tfgan_course", "export", str(run), "--out", str(out)]
        exported = seconds(lambda: subprocess.run(export, check=True, stdout=subprocess.DEVNULL), 1)
        answer = [sys.executable, "-c", FIRST_ANSWER, str(out / "1")]
        first = json.loads(subprocess.run(answer, check=True, capture_output=True, text=True).stdout)

        opened = load_run(run)
        config, gan = opened.config, opened.gan
        bare = tf.function(lambda latents: gan.ema_generator(latents, training=False))
        served = tf.saved_model.load(str(out / "1")).signatures["sample"]
        latents = tf.random.normal([64, gan.latent_size])
        seeds, truncation = tf.range(64, dtype=tf.int64), tf.fill([64], 10.0)
        sides = {
            "bare": lambda: bare(latents).numpy(),
            "sample": lambda: served(seed=seeds, truncation=truncation)["images"].numpy(),
        }
        images, _ = load(config.data)
        batches = iter(training_batches(images, 64, 0))
        step, own = gan.make_train_function(), iter(training_batches(images, 64 * config.critic_updates, 0))
        sides["pipeline"] = lambda: next(batches)
        sides["training"] = lambda: step(own)["critic_loss"].numpy()
        calls = {name: args.calls * (40 if name == "pipeline" else 1) for name in sides}
        for call in sides.values():
            call()
        times = {name: [] for name in sides}
        for _ in range(args.repeats):
            for name, call in sides.items():
                times[name].append(seconds(call, calls[name]))
    ratio = statistics.median(b / s for b, s in zip(times["bare"], times["sample"], strict=True))
    fed = statistics.median(t / p for t, p in zip(times["training"], times["pipeline"], strict=True))
    rate = {name: 64 / statistics.median(found) for name, found in times.items()}
    print("| what | found | goal |\n| --- | --- | --- |")
    print(f"| `sample` / bare generator, images/s | {rate['sample']:.0f} / {rate['bare']:.0f} = {ratio:.2f} | 0.95 |")
    print(f"| export, s | {exported:.1f} | 10 |")
    print(f"| load and first answers, s | {first:.1f} | 3 |")
    print(f"| pipeline / training, images/s at 64 | {rate['pipeline']:.0f} / {rate['training']:.0f} = {fed:.0f} | 20 |")


if __name__ == "__main__":
    main()
