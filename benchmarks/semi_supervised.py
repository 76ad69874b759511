"""Compare the test accuracy of the variant `ssgan` with its critic as a classifier on the labeled images alone.

python benchmarks/semi_supervised.py --labels_per_class 100 --seeds 0 1 2
"""

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.parser import from_words
from tfgan_course.data import load
from tfgan_course.runs.build import build
from tfgan_course.schedules import TrainingLength
from tfgan_course.training.session import TrainingSession


def semi_supervised(args: list[str]) -> float:
    """Return the critic's test accuracy after the last epoch of the GAN."""
    settings = from_words(args)
    # Standard output is reserved for the table.
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        run = TrainingSession(settings.make(), settings.yaml()).begin(Path(folder) / "run")
        return float(run.rows()[-1]["val_class_accuracy_real"])


def supervised(args: list[str], steps: int) -> tuple[float, float]:
    """Return two test accuracies of the same network, optimizer and initial weights on the labels alone: the accuracy
    after the last epoch, and the best of all epochs. The best is chosen on the test images, so it is too high.
    """
    config = from_words(args).make()
    train_images, test_images = load(config.data)
    gan = build(config, train_images.images.shape[1:], train_images.classes)
    known = train_images.labels >= 0
    images, labels = train_images.images[known] / np.float32(127.5) - 1, train_images.labels[known]
    model = keras.Model(gan.critic.inputs, gan.critic(gan.critic.inputs[0])["class_logits"])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    updates = len(labels) // config.batch_size
    epochs = max(steps // updates, 1)
    length = TrainingLength(updates * config.batch_size, epochs)
    optimizer = config.critic_optimizer.build(config.batch_size, length)
    model.compile(optimizer, loss, metrics=["accuracy"])
    batches = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(len(labels), seed=config.seed)
    test = test_images.images / np.float32(127.5) - 1
    history = model.fit(
        batches.batch(config.batch_size, drop_remainder=True),
        epochs=epochs,
        validation_data=(test, test_images.labels),
        verbose=0,
    )
    return history.history["val_accuracy"][-1], max(history.history["val_accuracy"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels_per_class", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=30, help="number of epochs of the GAN, over all images")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[], help="options of train, passed on")
    options = parser.parse_args()
    results = []
    print(
        "| seed | labels alone | labels alone, best epoch | semi-supervised |\n| --- | ---: | ---: | ---: |", flush=True
    )
    for seed in options.seeds:
        args = ["--variant", "ssgan", "--seed", str(seed), "--epochs", str(options.epochs)]
        args += ["--data.labels_per_class", str(options.labels_per_class), *options.options]
        results.append((*supervised(args, steps=1500), semi_supervised(args)))
        print(f"| {seed} | " + " | ".join(f"{accuracy:.3f}" for accuracy in results[-1]) + " |", flush=True)
    if len(results) > 1:
        cells = [f"{statistics.mean(side):.3f} +- {statistics.stdev(side):.3f}" for side in zip(*results, strict=True)]
        print(f"| mean +- spread | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
