"""Time this package's train step of one network, and print a line of JSON. step_time.py starts this script."""

import json
import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from networks import NETWORKS, Network, SRResNet, UNet
from tensorflow import keras

from tfgan_course import GAN
from tfgan_course.config.parser import from_words
from tfgan_course.models import DCGANCritic, DCGANGenerator
from tfgan_course.objectives.losses import Hinge, NonSaturating, Wasserstein
from tfgan_course.objectives.terms import GradientPenalty
from tfgan_course.optimizers.optimizers import Adam
from tfgan_course.runs.build import build

LOSSES = {"non_saturating": NonSaturating, "wasserstein": Wasserstein, "hinge": Hinge}


def make_gan(network: Network | UNet | SRResNet) -> GAN:
    if not isinstance(network, Network):
        side, size = network.condition_size, network.size
        words = ["--variant", network.variant, "--data.size", str(size), "--ema_half_life", "null"]
        precision = ["--precision", "bfloat16"] if keras.mixed_precision.global_policy().name != "float32" else []
        given = (side, side, network.condition_channels)
        return build(from_words([*words, *precision]).make(), (size, size, network.channels), None, 1, given)
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


def main(name: str, batch_size: int, precision: str, threads: int, warm_up: int, steps: int, clock: str) -> dict:
    now = getattr(time, clock)
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    keras.mixed_precision.set_global_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    keras.utils.set_random_seed(0)
    network = NETWORKS[name]
    gan = make_gan(network)
    rng = np.random.default_rng(0)
    shapes = {name: (batch_size, *shape) for name, shape in gan.field_shapes.items()}
    images = {name: rng.integers(0, 256, shape).astype(np.uint8) for name, shape in shapes.items()}
    iterator = iter(tf.data.Dataset.from_tensors(images).repeat())
    step = gan.make_train_function()
    seconds = []
    for _ in range(warm_up + steps):
        start = now()
        logs = step(iterator)
        losses = [logs["critic_loss"].numpy(), logs["generator_loss"].numpy()]
        seconds.append(now() - start)
    assert np.isfinite(losses).all()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    weights = [sum(int(np.prod(w.shape)) for w in network.trainable_weights) for network in (gan.generator, gan.critic)]
    figures = {"seconds": seconds[warm_up:], "memory_kb": memory, "weights": weights}
    return figures | {"product_speed": product_speed(precision)}


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
