"""Time the step of the variant `acgan` (IE 534's networks) and the same step in PyTorch, each in its own process.

python benchmarks/acgan.py --width 128 --steps 5 --repeats 2

Neither side uses data augmentation; both use float32. PyTorch runs in its default layout and in channels_last.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parent))


def ours(width: int, batch_size: int, warm_up: int, steps: int) -> list[float]:
    from tricks import Step

    args = ["--variant", "acgan", "--real_augmentations=[]", f"--batch_size={batch_size}"]
    step = Step([*args, f"--generator.width={width}", f"--critic.width={width}"], batch_size)
    step.run(warm_up, timed=False)
    step.run(steps)
    return step.seconds


def theirs(width: int, batch_size: int, warm_up: int, steps: int, layout: str) -> list[float]:
    import torch
    from torch import nn
    from torch.nn import functional

    class Critic(nn.Module):
        def __init__(self):
            super().__init__()
            layers, below, size = [], 3, 32
            for index in range(1, 9):
                stride = 2 if index in (2, 4, 8) else 1
                size //= stride
                layers += [nn.Conv2d(below, width, 3, stride, 1), nn.LayerNorm([width, size, size]), nn.LeakyReLU()]
                below = width
            self.trunk = nn.Sequential(*layers, nn.MaxPool2d(4, 4), nn.Flatten())
            self.fc1, self.fc10 = nn.Linear(width, 1), nn.Linear(width, 10)

        def forward(self, x):
            x = self.trunk(x)
            return self.fc1(x), self.fc10(x)

    layers = [nn.Linear(100, width * 16), nn.Unflatten(1, (width, 4, 4))]
    for index in range(1, 9):
        layers += [nn.BatchNorm2d(width), nn.ReLU()]
        if index in (1, 5, 7):
            layers.append(nn.ConvTranspose2d(width, width, 4, 2, 1))
        else:
            layers.append(nn.Conv2d(width, 3 if index == 8 else width, 3, 1, 1))
    memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    generator = nn.Sequential(*layers, nn.Tanh()).to(memory_format=memory_format)
    critic = Critic().to(memory_format=memory_format)
    optimizers = [torch.optim.Adam(player.parameters(), 1e-4, (0.0, 0.9)) for player in (generator, critic)]
    real = (torch.rand(batch_size, 3, 32, 32) * 2 - 1).to(memory_format=memory_format)
    real_labels = torch.randint(10, (batch_size,))

    def fakes() -> tuple[torch.Tensor, torch.Tensor]:
        labels = torch.randint(10, (batch_size,))
        noise = torch.cat([functional.one_hot(labels, 10).float(), torch.randn(batch_size, 90)], 1)
        return generator(noise), labels

    def step() -> None:
        critic.requires_grad_(False)
        fake, labels = fakes()
        score, logits = critic(fake)
        optimizers[0].zero_grad()
        (-score.mean() + functional.cross_entropy(logits, labels)).backward()
        optimizers[0].step()
        critic.requires_grad_(True)
        with torch.no_grad():
            fake, labels = fakes()
        scores, logits = critic(torch.cat([real, fake]))
        loss = scores[batch_size:].mean() - scores[:batch_size].mean()
        loss = loss + functional.cross_entropy(logits[:batch_size], real_labels)
        loss = loss + functional.cross_entropy(logits[batch_size:], labels)
        e = torch.rand(batch_size, 1, 1, 1)
        interpolates = (e * real + (1 - e) * fake).requires_grad_()
        (gradient,) = torch.autograd.grad(critic(interpolates)[0].sum(), interpolates, create_graph=True)
        loss = loss + 10 * (gradient.flatten(1).norm(2, dim=1) - 1).square().mean()
        optimizers[1].zero_grad()
        loss.backward()
        optimizers[1].step()
        assert loss.isfinite()

    seconds = []
    for _ in range(warm_up + steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return seconds[warm_up:]


def main() -> None:
    from step_time import measure

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--warm_up", type=int, default=1, help="steps of each process that are not timed")
    parser.add_argument("--steps", type=int, default=5, help="steps of each process that are timed")
    parser.add_argument("--repeats", type=int, default=2, help="processes of each side")
    options = vars(parser.parse_args())
    repeats = options.pop("repeats")
    seconds = {"ours": [], "eager": [], "channels_last": []}
    for _ in range(repeats):
        for side, measured in seconds.items():
            result = measure("acgan.py", side=side, **options)
            if "error" in result:
                sys.exit(f"{side}: {result['error']}")
            measured += result["seconds"]
    medians = {side: 1000 * statistics.median(measured) for side, measured in seconds.items()}
    print("| side | ms/step | ours/PyTorch |\n| --- | ---: | ---: |")
    for side, milliseconds in medians.items():
        ratio = "" if side == "ours" else f"{medians['ours'] / milliseconds:.2f}"
        print(f"| {side} | {milliseconds:.0f} | {ratio} |")


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].startswith("{"):
        asked = json.loads(sys.argv[1])
        side = asked.pop("side")
        print(json.dumps({"seconds": ours(**asked) if side == "ours" else theirs(**asked, layout=side)}))
    else:
        main()
