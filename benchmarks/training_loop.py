"""Epochs of a training and their bare steps, timed: prints a line of JSON. Started by step_time.py."""

import json
import os
import statistics
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from tfgan_course.config import TrainConfig, config_parser, dump, instantiate, parse
from tfgan_course.data import load, training_batches, validation_batches
from tfgan_course.training.train import build, train


def main(out: str) -> dict:
    """Seconds an epoch on the packaged images takes: trained with all callbacks, and bare before and after."""
    bare = [bare_epoch(config(1))]
    seconds = {}
    for epochs in (1, 3):
        start = time.perf_counter()
        parser = config_parser()
        train(config(epochs), dump(parser, options(parser, epochs)), f"{out}-{epochs}")
        seconds[epochs] = time.perf_counter() - start
    bare.append(bare_epoch(config(1)))
    # The difference leaves out what is done once: loading, tracing, the last curves.
    return {"loop": (seconds[3] - seconds[1]) / 2, "bare": statistics.mean(bare)}


def options(parser, epochs: int):
    return parse(parser, ["--variant", "lsgan", "--batch_size=64", f"--epochs={epochs}"])


def config(epochs: int) -> TrainConfig:
    parser = config_parser()
    return instantiate(parser, options(parser, epochs))


def bare_epoch(config: TrainConfig) -> float:
    """Seconds of one epoch's steps and its validation, and nothing else."""
    images, test_images = load(config.data)
    gan = build(config, images.images.shape[1:], images.classes)
    batches = iter(training_batches(images, config.batch_size, config.seed))
    validation = validation_batches(test_images, config.batch_size)
    step, validate = gan.make_train_function(), gan.make_test_function()
    step(batches)
    validate(iter(validation))

    start = time.perf_counter()
    for _ in range(len(images.images) // config.batch_size):
        logs = step(batches)
    iterator = iter(validation)
    for _ in range(len(test_images.images) // config.batch_size):
        validate(iterator)
    logs["critic_loss"].numpy()
    return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
