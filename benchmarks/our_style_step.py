"""Time the train step of a variant at 32 pixels, RGB; print a line of JSON. style.py starts this script."""

import json
import sys

import tensorflow as tf
from tricks import Step


def main(batch_size: int, threads: int, warm_up: int, steps: int, variant: str) -> dict:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    step = Step(["--variant", variant, "--ema_half_life", "null"], batch_size)
    step.run(warm_up, timed=False)
    step.run(steps)
    return {"seconds": step.seconds, "weights": step.weights}


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
