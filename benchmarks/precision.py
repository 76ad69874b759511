"""Compare trainings of wgan_gp in float32, bfloat16 and float16: PYTHONPATH=. python benchmarks/precision.py

The script trains a small DCGAN with wgan_gp's loss and penalty on the packaged images: each precision with three seeds
for 300 steps, and bfloat16 and float16 with the first seed for 2,000 steps. It prints the sliced Wasserstein distance
of the averaged generator to the training images after 300 steps, and whether every figure of every step was finite. A
rounding error soon makes another training, so a single seed proves nothing, and the means over the seeds are compared.
"""

import argparse
import itertools
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from tfgan_course.config.parser import from_words
from tfgan_course.config.schema import TrainConfig
from tfgan_course.data import load, training_batches
from tfgan_course.gan.sampling import generate, latents
from tfgan_course.metrics import sliced_wasserstein_distance
from tfgan_course.runs.build import build


def config(args: argparse.Namespace, precision: str, seed: int) -> TrainConfig:
    """Return the configuration: wgan_gp with small networks and one critic update in each step."""
    options = [f"--generator.width={args.width}", f"--critic.width={args.width}", f"--batch_size={args.batch_size}"]
    options += [f"--critic_updates={args.critic_updates}", f"--precision={precision}", f"--seed={seed}"]
    return from_words(["--variant", "wgan_gp", "--ema_half_life=4400", *options]).make()


def trained(args: argparse.Namespace, precision: str, seed: int, steps: int) -> dict:
    """Return the distance after `args.judged` steps, the step in which a figure became NaN, the loss scales."""
    made = config(args, precision, seed)
    images, _ = load(made.data)
    gan = build(made, images.shape, images.classes)
    step = gan.make_train_function()
    batches = iter(training_batches(images, made.batch_size * made.critic_updates, seed))
    found = {"distance": None, "broken": None, "begin": time.perf_counter()}
    real = images.images[np.random.default_rng(0).permutation(len(images))[: args.samples]]
    for number in range(1, steps + 1):
        logs = step(batches)
        # The figures are running means, which stay NaN after one NaN.
        looks = found["broken"] is None and (number % 20 == 0 or number == steps)
        if looks and not np.isfinite([float(value) for value in logs.values()]).all():
            found["broken"] = number
        if number == args.judged:
            fake = generate(gan, latents(seed, args.samples, gan))
            found["distance"] = sliced_wasserstein_distance(real, fake).distance
    found["scales"] = {player: float(scale.scale) for player, scale in gan.loss_scales.items()}
    found["weights"] = all(np.isfinite(w).all() for w in gan.generator.get_weights() + gan.critic.get_weights())
    found["seconds"] = time.perf_counter() - found.pop("begin")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=8, help="width of the networks")
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--critic_updates", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2000, help="steps of bfloat16 and float16 with the first seed")
    parser.add_argument("--judged", type=int, default=300, help="step after which distances are compared")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--samples", type=int, default=2000, help="number of real and of generated images")
    args = parser.parse_args()
    print("| precision | seed | steps | sliced Wasserstein x 1000 | finite | ms/step | loss scales at the end |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    distances = {}
    for precision, seed in itertools.product(("float32", "bfloat16", "float16"), args.seeds):
        longer = precision != "float32" and seed == args.seeds[0]
        steps = args.steps if longer else args.judged
        found = trained(args, precision, seed, steps)
        distances.setdefault(precision, []).append(found["distance"])
        finite = "yes" if found["broken"] is None and found["weights"] else f"no, by step {found['broken']}"
        scales = ", ".join(f"{player} {scale:g}" for player, scale in found["scales"].items())
        speed = 1000 * found["seconds"] / steps
        print(
            f"| {precision} | {seed} | {steps} | {found['distance']:.2f} | {finite} | {speed:.0f} | {scales} |",
            flush=True,
        )
    low, high = min(distances["float32"]), max(distances["float32"])
    for precision in ("bfloat16", "float16"):
        mean = statistics.mean(distances[precision])
        inside = "within" if low <= mean <= high else "outside"
        print(f"{precision}: mean {mean:.2f}, {inside} float32's {low:.2f} to {high:.2f}")


if __name__ == "__main__":
    main()
