"""Time this package's train step of one network, and print a line of JSON. step_time.py starts this script."""

import json
import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from networks import NETWORKS, Network
from tensorflow import keras

from tfgan_course import GAN
from tfgan_course.models import DCGANCritic, DCGANGenerator
from tfgan_course.objectives.losses import Hinge, NonSaturating, Wasserstein
from tfgan_course.objectives.terms import GradientPenalty
from tfgan_course.optimizers.optimizers import Adam

LOSSES = {"non_saturating": NonSaturating, "wasserstein": Wasserstein, "hinge": Hinge}


def make_gan(network: Network) -> GAN:
    shape = (network.size, network.size, network.channels)
    weight = network.gradient_penalty
    return GAN(
        DCGANGenerator(width=network.width).build(shape, network.latent_size),
        DCGANCritic(width=network.width, normalization=network.normalization).build(shape),
        loss=LOSSES[network.loss](),
        critic_terms=[GradientPenalty(weight)] if weight else [],
        generator_optimizer=Adam(*network.adam).build(),
        critic_optimizer=Adam(*network.adam).build(),
        ema_half_life=None,
    )


def product_speed(precision: str) -> float:
    """Return the speed of a product of 2048 x 2048 matrices in floating-point operations per second."""
    size = 2048
    matrix = tf.cast(tf.random.normal([size, size]), precision)
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        tf.matmul(matrix, matrix).numpy()
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds)


def main(name: str, batch_size: int, precision: str, threads: int, warm_up: int, steps: int) -> dict:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    keras.mixed_precision.set_global_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    keras.utils.set_random_seed(0)
    network = NETWORKS[name]
    gan = make_gan(network)
    images = np.random.default_rng(0).integers(0, 256, (batch_size, network.size, network.size, network.channels))
    iterator = iter(tf.data.Dataset.from_tensors(images.astype(np.uint8)).repeat())
    step = gan.make_train_function()
    seconds = []
    for _ in range(warm_up + steps):
        start = time.perf_counter()
        logs = step(iterator)
        losses = [logs["critic_loss"].numpy(), logs["generator_loss"].numpy()]
        seconds.append(time.perf_counter() - start)
    assert np.isfinite(losses).all()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds[warm_up:], "memory_kb": memory, "product_speed": product_speed(precision)}


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
