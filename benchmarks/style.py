"""Time the train step of StyleGAN2, lazy terms included, or of R3GAN, and the same step in PyTorch.

python benchmarks/style.py --repeats 2
python benchmarks/style.py --variant r3gan_small

Each side runs in its own process, one after the other. A step's time is the mean over whole cycles of 16 steps, one of
them with R1 and four with path length. To measure what a mapping network and AdaIN add to a DCGAN:

python benchmarks/tricks.py --tricks mapping adain
"""

import argparse
import os
import statistics
import sys

from step_time import measure

PYTORCH = {"stylegan2": "pytorch_style_step.py", "r3gan_small": "pytorch_r3gan_step.py"}
CYCLE, MOST = 16, 0.90


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=PYTORCH, default="stylegan2")
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument("--cycles", type=int, default=2, help="number of cycles of 16 steps in each process")
    parser.add_argument("--repeats", type=int, default=2, help="processes a side")
    options = parser.parse_args()
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    shared = {"batch_size": options.batch_size, "threads": threads, "warm_up": 5, "steps": CYCLE * options.cycles}
    scripts = {"ours": "our_style_step.py", "PyTorch, eager": PYTORCH[options.variant]}
    cycles, weights = {side: [] for side in scripts}, {}
    for _ in range(options.repeats):
        for side, script in scripts.items():
            run = measure(script, **shared, **({"variant": options.variant} if side == "ours" else {}))
            if "error" in run:
                sys.exit(f"{side}: {run['error']}")
            weights[side] = run["weights"]
            seconds = run["seconds"]
            cycles[side] += [sum(seconds[first : first + CYCLE]) / CYCLE for first in range(0, len(seconds), CYCLE)]
    if weights["ours"] != weights["PyTorch, eager"]:
        sys.exit(f"the networks are not the same: {weights}")
    ours, other = (1000 * statistics.median(cycles[side]) for side in scripts)
    print(f"| {options.variant}, 32 px | ms/step | ours/PyTorch | at most |\n| --- | ---: | ---: | ---: |")
    print(f"| ours | {ours:.0f} | | |")
    print(f"| PyTorch, eager | {other:.0f} | {ours / other:.3f} | {MOST} |")


if __name__ == "__main__":
    main()
