"""Measure what each trick adds to a training step: the step with it and the step without it, alternately.

python benchmarks/tricks.py --tricks ema diffaugment
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from tfgan_course.config.parser import from_words
from tfgan_course.runs.build import build

SHAPE, CLASSES = (32, 32, 3), 10
PLAIN = ["--variant", "dcgan", "--ema_half_life", "null"]
SPECTRAL = ["--variant", "sngan", "--ema_half_life", "null"]
# The step without the trick, the step with it, and the largest ratio of their times that is acceptable.
TRICKS = {
    "historical_averaging": (PLAIN, ["--variant", "historical_averaging", "--ema_half_life", "null"], 1.05),
    "feature_matching": (PLAIN, [*PLAIN, "--generator_terms+=FeatureMatching"], 1.10),
    "spectral_normalization": ([*SPECTRAL, "--critic.normalization", "none"], SPECTRAL, 1.08),
    "gradient_penalty": (PLAIN, ["--variant", "wgan_gp", "--critic_updates", "1", "--ema_half_life", "null"], 1.60),
    "diffaugment": (SPECTRAL, ["--variant", "diffaugment", "--ema_half_life", "null"], 1.10),
    "ema": (PLAIN, ["--variant", "dcgan"], 1.03),
    "mapping": (PLAIN, ["--variant", "dcgan_mapping", "--ema_half_life", "null"], 1.05),
    "adain": (PLAIN, ["--variant", "dcgan_adain", "--ema_half_life", "null"], 1.25),
}


class Step:
    """The train function of a configuration, called on the same images each time, `batch_size` for each update."""

    def __init__(self, args: list[str], batch_size: int):
        gan = build(from_words(args).make(), SHAPE, CLASSES)
        rng, count = np.random.default_rng(0), batch_size * gan.batches_per_step
        images = rng.integers(0, 256, (count, *SHAPE)).astype(np.uint8)
        labels = rng.integers(0, CLASSES, count).astype(np.int32)
        self.batches = iter(tf.data.Dataset.from_tensors((images, labels)).repeat())
        self.function = gan.make_train_function()
        networks = (gan.generator, gan.critic)
        self.weights = [sum(int(np.prod(w.shape)) for w in network.trainable_weights) for network in networks]
        self.seconds = []

    def run(self, steps: int, timed: bool = True) -> None:
        for _ in range(steps):
            start = time.perf_counter()
            loss = self.function(self.batches)["critic_loss"].numpy()
            if timed:
                self.seconds.append(time.perf_counter() - start)
        assert np.isfinite(loss)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tricks", nargs="+", choices=TRICKS, default=list(TRICKS), help="default: all")
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=5, help="number of steps in a row of each side")
    parser.add_argument("--repeats", type=int, default=6, help="how often each side is measured")
    options = parser.parse_args()
    print("| trick | without, ms | with, ms | ratio | at most |\n| --- | ---: | ---: | ---: | ---: |", flush=True)
    for name in options.tricks:
        without, with_it, most = TRICKS[name]
        steps = [Step(args, options.batch_size) for args in (without, with_it)]
        for step in steps:
            step.run(3, timed=False)
        for _ in range(options.repeats):
            for step in steps:
                step.run(options.steps)
        before, after = (1000 * statistics.median(step.seconds) for step in steps)
        print(f"| {name} | {before:.1f} | {after:.1f} | {after / before:.3f} | {most} |", flush=True)


if __name__ == "__main__":
    main()
