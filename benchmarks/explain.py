"""Time feature maximization (IE 534, part 2) and the same loop in PyTorch eager, each in its own process.

python benchmarks/explain.py
python benchmarks/explain.py --width 16 --steps 20

Both maximize every channel of conv8 of the report's critic, as one batch that starts from one image, in float32 and
with random weights. PyTorch runs in its default layout and in channels_last, with the report's loop, but without
`create_graph=True`, which the loop does not need.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parent))


def ours(width: int, steps: int, layer: int) -> float:
    import numpy as np
    from tensorflow import keras

    from tfgan_course.explore import maximize_feature
    from tfgan_course.models import IE534Critic
    from tfgan_course.models.conditioning import AuxiliaryClassifier

    keras.utils.set_random_seed(0)
    critic = IE534Critic(width=width).build((32, 32, 3), AuxiliaryClassifier(), 10)
    start = np.random.default_rng(0).uniform(-0.1, 0.1, (32, 32, 3)).astype(np.float32)
    begin = time.perf_counter()  # the time includes tracing
    found = maximize_feature(critic, f"conv{layer}", start, steps=steps)
    seconds = time.perf_counter() - begin
    assert found.values[-1].mean() > found.values[0].mean()
    return seconds


def theirs(width: int, steps: int, layer: int, layout: str) -> float:
    import torch
    from torch import nn
    from torch.nn import functional

    torch.manual_seed(0)
    layers, below, size = [], 3, 32
    for index in range(1, layer + 1):
        stride = 2 if index in (2, 4, 8) else 1
        size //= stride
        layers += [nn.Conv2d(below, width, 3, stride, 1), nn.LayerNorm([width, size, size]), nn.LeakyReLU()]
        below = width
    memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    trunk = nn.Sequential(*layers).to(memory_format=memory_format).requires_grad_(False)
    x = ((torch.rand(1, 3, 32, 32) * 2 - 1) * 0.1).repeat(width, 1, 1, 1).contiguous(memory_format=memory_format)
    units = torch.arange(width)
    begin, values = time.perf_counter(), []
    for _ in range(steps):
        x.requires_grad_()
        features = functional.max_pool2d(trunk(x), size, size).flatten(1)
        reached = features[units, units]
        (gradient,) = torch.autograd.grad(-reached, x, torch.ones_like(reached))
        with torch.no_grad():
            x = (x - 0.1 * gradient - 0.001 * x * x.abs()).clamp(-1.0, 1.0)
        values.append(reached.detach())
    seconds = time.perf_counter() - begin
    assert values[-1].mean() > values[0].mean()
    return seconds


def multiply_adds(width: int, layer: int) -> int:
    """Return the multiply-adds of the convolutions in a forward pass of one image."""
    total, below, size = 0, 3, 32
    for index in range(1, layer + 1):
        size //= 2 if index in (2, 4, 8) else 1
        total += size * size * 9 * below * width
        below = width
    return total


def main() -> None:
    from step_time import measure

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=128, help="features of the critic, and images in the batch")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--layer", type=int, default=8, help="the convolution, 1 to 8")
    parser.add_argument("--sides", nargs="+", default=["ours", "eager", "channels_last"])
    options = vars(parser.parse_args())
    found = {}
    for side in options.pop("sides"):
        result = measure("explain.py", side=side, **options)
        if "error" in result:
            sys.exit(f"{side}: {result['error']}")
        found[side] = result["seconds"]
    # A forward pass, and a backward pass to the images.
    operations = 2 * 2 * multiply_adds(options["width"], options["layer"]) * options["width"] * options["steps"]
    print("| side | seconds | GFLOP/s | ours/PyTorch |\n| --- | ---: | ---: | ---: |")
    for side, seconds in found.items():
        ratio = f"{found['ours'] / seconds:.2f}" if "ours" in found and side != "ours" else ""
        print(f"| {side} | {seconds:.1f} | {operations / seconds / 1e9:.0f} | {ratio} |")


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].startswith("{"):
        asked = json.loads(sys.argv[1])
        side = asked.pop("side")
        print(json.dumps({"seconds": ours(**asked) if side == "ours" else theirs(**asked, layout=side)}))
    else:
        main()
