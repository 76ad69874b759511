"""A training on the packaged images and its bare steps, timed: prints a line of JSON. Started by step_time.py."""

import csv
import json
import os
import statistics
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from tfgan_course.config import config_parser, dump, instantiate, parse
from tfgan_course.data import load, training_batches
from tfgan_course.training.train import build, train

STEPS = 93  # the packaged images once, in batches of 64
EPOCHS = 3


def main(out: str) -> dict:
    parser = config_parser()
    options = parse(parser, ["--variant", "lsgan", "--batch_size=64", f"--epochs={EPOCHS}"])
    bare = [bare_steps(instantiate(parser, options))]
    run = train(instantiate(parser, options), dump(parser, options), out)
    bare.append(bare_steps(instantiate(parser, options)))
    with run.timing.open(newline="") as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    # The first epoch traces the step.
    loop = statistics.median(seconds[1:]) / STEPS
    return {"loop_milliseconds": 1000 * loop, "bare_milliseconds": 1000 * statistics.mean(bare)}


def bare_steps(config) -> float:
    """Seconds a step of the train function alone, on the training's own batches."""
    images, _ = load(config.data)
    gan = build(config, images.images.shape[1:])
    iterator = iter(training_batches(images, config.batch_size * config.critic_updates, config.seed))
    step = gan.make_train_function()
    for _ in range(5):
        step(iterator)
    start = time.perf_counter()
    for _ in range(STEPS):
        logs = step(iterator)
    logs["critic_loss"].numpy()
    return (time.perf_counter() - start) / STEPS


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
