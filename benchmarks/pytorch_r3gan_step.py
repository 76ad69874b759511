"""Time R3GAN's train step in PyTorch, written as the authors write it, and print a line of JSON.

Networks, objective and optimizers are those of configs/r3gan_small.yaml for 32 pixels, RGB. style.py starts this
script.
"""

import math
from itertools import pairwise

import torch
from pytorch_trainer import Trainer, time_steps
from torch import nn
from torch.nn import functional

WIDTHS, GROUP_SIZE, LATENTS, COLORS, GAMMA = [64, 32, 16, 8], 16, 64, 3, 0.05
GAIN = math.sqrt(2 / 1.04) * len(WIDTHS) ** -0.25
FILTER = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8.0


def convolution(inputs: int, outputs: int, kernel: int = 1, groups: int = 1, gain: float = 1.0, bias: bool = False):
    layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=bias)
    nn.init.normal_(layer.weight, 0.0, gain / math.sqrt(layer.weight[0].numel()))
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


class Block(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        inside = 2 * width
        self.layers = nn.Sequential(
            convolution(width, inside, gain=GAIN, bias=True),
            nn.LeakyReLU(0.2),
            convolution(inside, inside, 3, inside // GROUP_SIZE, GAIN, bias=True),
            nn.LeakyReLU(0.2),
            convolution(inside, width, gain=0.0),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x)


class Resample(nn.Module):
    """The filter [1, 3, 3, 1] in both directions, as a depthwise convolution of stride 2 or its transpose."""

    def __init__(self, channels: int, up: bool):
        super().__init__()
        self.channels, self.up = channels, up
        self.register_buffer("kernel", (FILTER[:, None] * FILTER).expand(channels, 1, 4, 4) * (4 if up else 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        apply = functional.conv_transpose2d if self.up else functional.conv2d
        return apply(x, self.kernel, stride=2, padding=1, groups=self.channels)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(LATENTS, WIDTHS[0], bias=False)
        nn.init.normal_(self.linear.weight, 0.0, LATENTS**-0.5)
        self.map = nn.Parameter(torch.randn(WIDTHS[0], 4, 4))
        layers = [Block(WIDTHS[0])]
        for before, width in pairwise(WIDTHS):
            layers += [convolution(before, width), Resample(width, up=True), Block(width)]
        self.layers = nn.Sequential(*layers, convolution(WIDTHS[-1], COLORS))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.layers(self.map * self.linear(z)[:, :, None, None])


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        widths = WIDTHS[::-1]
        layers = [convolution(COLORS, widths[0]), Block(widths[0])]
        for before, width in pairwise(widths):
            layers += [Resample(before, up=False), convolution(before, width), Block(width)]
        depthwise = nn.Conv2d(widths[-1], widths[-1], 4, groups=widths[-1], bias=False)
        nn.init.normal_(depthwise.weight, 0.0, 0.25)
        linear = nn.Linear(widths[-1], 1, bias=False)
        nn.init.normal_(linear.weight, 0.0, widths[-1] ** -0.5)
        self.layers = nn.Sequential(*layers, depthwise, nn.Flatten(), linear)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(images)[:, 0]


def penalty(images: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    (gradient,) = torch.autograd.grad(scores.sum(), images, create_graph=True)
    return gradient.square().sum([1, 2, 3]).mean()


class R3GAN(Trainer):
    def __init__(self, batch_size: int):
        super().__init__(Generator(), Critic(), (2e-4, 2e-4), [(0.0, 0.99)] * 2, 1e-8)
        self.batch_size = batch_size
        self.real = [torch.rand(batch_size, COLORS, 32, 32) * 2 - 1 for _ in range(2)]

    def critic_loss(self) -> torch.Tensor:
        real = self.real[0].clone().requires_grad_()
        with torch.no_grad():
            fake = self.generator(torch.randn(self.batch_size, LATENTS))
        fake.requires_grad_()
        real_score, fake_score = self.critic(real), self.critic(fake)
        loss = functional.softplus(fake_score - real_score).mean()
        return loss + GAMMA / 2 * (penalty(real, real_score) + penalty(fake, fake_score))

    def generator_loss(self) -> torch.Tensor:
        fake_score = self.critic(self.generator(torch.randn(self.batch_size, LATENTS)))
        return functional.softplus(self.critic(self.real[1]) - fake_score).mean()


if __name__ == "__main__":
    time_steps(R3GAN)
