"""Time epochs of a training and the same steps alone; print a line of JSON. step_time.py starts this script."""

import json
import os
import statistics
import sys
import time
from itertools import pairwise

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from tfgan_course.config.parser import from_words
from tfgan_course.data import load, training_batches, validation_batches
from tfgan_course.runs.build import build
from tfgan_course.training.session import TrainingSession

OPTIONS = ["--variant", "lsgan", "--batch_size=64"]
EPOCHS = 4


def main(out: str) -> dict:
    """Print the median seconds of an epoch: steps alone, a training without metrics and health, and a full training."""
    bare = bare_epochs(2)
    plain = trained_epochs(f"{out}-plain", ["--metrics.names=[]", "--health=null"])
    measured = trained_epochs(f"{out}-metrics", [])
    bare += bare_epochs(2)
    epochs = {"bare": bare, "loop": plain, "metrics and health": measured}
    return {name: statistics.median(seconds) for name, seconds in epochs.items()}


def trained_epochs(out: str, options: list[str]) -> list[float]:
    """Return the seconds of each epoch with all callbacks, without the first epoch, which traces."""
    settings = from_words([*OPTIONS, *options, f"--epochs={EPOCHS}"])
    calls = []

    def asked_to_stop() -> bool:
        # The last callback calls this function after every step and after every epoch.
        calls.append(time.perf_counter())
        return False

    TrainingSession(settings.make(), settings.yaml(), asked_to_stop=asked_to_stop).begin(out)
    # The function is also called once before the first step.
    ends = calls[:: (len(calls) - 1) // EPOCHS]
    return [end - start for start, end in pairwise(ends)][1:]


def bare_epochs(count: int) -> list[float]:
    """Return the seconds of `count` epochs of the same steps and validation batches, and nothing else."""
    config = from_words(OPTIONS).make()
    images, test_images = load(config.data)
    gan = build(config, images.images.shape[1:], images.classes)
    batches = iter(training_batches(images, config.batch_size, config.seed))
    validation = validation_batches(test_images, config.batch_size)
    step, validate = gan.make_train_function(), gan.make_test_function()
    step(batches)
    validate(iter(validation))

    seconds = []
    for _ in range(count):
        start = time.perf_counter()
        for _ in range(len(images.images) // config.batch_size):
            logs = step(batches)
        held_out = iter(validation)
        for _ in range(len(validation)):
            validate(held_out)
        logs["critic_loss"].numpy()
        seconds.append(time.perf_counter() - start)
    return seconds


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
