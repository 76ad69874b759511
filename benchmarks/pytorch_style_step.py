"""Time StyleGAN2's train step in PyTorch, with grouped convolutions as users write it, and print a line of JSON.

Networks, objective and schedule are those of configs/stylegan2.yaml for 32 pixels, RGB. style.py starts this script.
"""

import math
import random
from itertools import pairwise

import torch
from pytorch_trainer import Trainer, time_steps
from torch import nn
from torch.nn import functional

SIZES, WIDTHS = [4, 8, 16, 32], {4: 256, 8: 128, 16: 64, 32: 32}
W_SIZE, MAPPING_DEPTH, COLORS = 128, 8, 3
LAYERS = 2 * len(SIZES)
FILTER = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8.0


def filtered(x: torch.Tensor, pad: tuple[int, int], up: int = 1, down: int = 1, gain: float = 1.0) -> torch.Tensor:
    """Put zeros between pixels, apply the separable filter by depthwise convolutions, and take every `down`th pixel."""
    n, c, h, w = x.shape
    if up > 1:
        x = functional.pad(x.reshape(n, c, h, 1, w, 1), [0, up - 1, 0, 0, 0, up - 1]).reshape(n, c, h * up, w * up)
    x = functional.pad(x, [*pad, *pad])
    kernel = (FILTER * gain**0.5).repeat(c, 1, 1)
    x = functional.conv2d(x, kernel[:, :, None], groups=c)
    return functional.conv2d(x, kernel[:, :, :, None], groups=c)[:, :, ::down, ::down]


class Equalized(nn.Module):
    """A dense layer or a convolution with an equalized learning rate."""

    def __init__(self, *shape: int, gain: float = 1.0, rate: float = 1.0, bias: float | None = 0.0, stride: int = 1):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(shape) / rate)
        self.bias = None if bias is None else nn.Parameter(torch.full([shape[0]], bias / rate))
        self.scale, self.rate, self.stride = gain * rate / math.sqrt(math.prod(shape[1:])), rate, stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight, bias = self.weight * self.scale, None if self.bias is None else self.bias * self.rate
        if weight.ndim == 2:
            return functional.linear(x, weight, bias)
        padding = weight.shape[-1] // 2 if self.stride == 1 else 0
        return functional.conv2d(x, weight, bias, self.stride, padding)


class Modulated(nn.Module):
    """A grouped convolution with a separate kernel for each image."""

    def __init__(self, inputs: int, outputs: int, kernel: int, demodulate: bool = True, up: bool = False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.style = Equalized(inputs, W_SIZE, bias=1.0)
        self.scale = 1 / math.sqrt(inputs * kernel * kernel)
        self.demodulate, self.up = demodulate, up

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        n, c, height, width = x.shape
        weight = self.scale * self.weight * self.style(w)[:, None, :, None, None]
        if self.demodulate:
            weight = weight * (weight.square().sum([2, 3, 4], keepdim=True) + 1e-8).rsqrt()
        x = x.reshape(1, n * c, height, width)
        if self.up:
            x = functional.conv_transpose2d(x, weight.transpose(1, 2).flatten(0, 1), stride=2, groups=n)
        else:
            x = functional.conv2d(x, weight.flatten(0, 1), padding=weight.shape[-1] // 2, groups=n)
        x = x.reshape(n, -1, *x.shape[2:])
        return filtered(x, (1, 1), gain=4.0) if self.up else x


class Layer(nn.Module):
    def __init__(self, inputs: int, outputs: int, up: bool):
        super().__init__()
        self.convolution = Modulated(inputs, outputs, 3, up=up)
        self.strength = nn.Parameter(torch.zeros([]))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        x = self.convolution(x, w)
        x = x + self.strength * torch.randn(x.shape[0], 1, *x.shape[2:]) + self.bias[:, None, None]
        return functional.leaky_relu(x, 0.2) * math.sqrt(2)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.mapping = nn.ModuleList(
            Equalized(W_SIZE, W_SIZE, gain=math.sqrt(2), rate=0.01) for _ in range(MAPPING_DEPTH)
        )
        self.constant = nn.Parameter(torch.randn(WIDTHS[4], 4, 4))
        self.layers = nn.ModuleList([Layer(WIDTHS[4], WIDTHS[4], up=False)])
        for before, size in pairwise(SIZES):
            self.layers += [Layer(WIDTHS[before], WIDTHS[size], True), Layer(WIDTHS[size], WIDTHS[size], False)]
        self.colors = nn.ModuleList(Modulated(WIDTHS[size], COLORS, 1, demodulate=False) for size in SIZES)
        self.biases = nn.ParameterList(torch.zeros(COLORS, 1, 1) for _ in SIZES)

    def map(self, z: torch.Tensor) -> torch.Tensor:
        x = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for layer in self.mapping:
            x = functional.leaky_relu(layer(x), 0.2)
        return x

    def synthesize(self, styles: torch.Tensor) -> torch.Tensor:
        x = self.layers[0](self.constant.expand(len(styles), -1, -1, -1), styles[:, 0])
        image = self.colors[0](x, styles[:, 1]) + self.biases[0]
        for stage in range(1, len(SIZES)):
            x = self.layers[2 * stage - 1](x, styles[:, 2 * stage - 1])
            x = self.layers[2 * stage](x, styles[:, 2 * stage])
            finer = self.colors[stage](x, styles[:, 2 * stage + 1]) + self.biases[stage]
            image = filtered(image, (2, 1), up=2, gain=4.0) + finer
        return image

    def forward(self, count: int) -> torch.Tensor:
        """Return images from new latents; nine of ten batches mix two styles."""
        styles = self.map(torch.randn(count, W_SIZE))[:, None].repeat(1, LAYERS, 1)
        if random.random() < 0.9:
            crossover = random.randrange(1, LAYERS)
            other = self.map(torch.randn(count, W_SIZE))[:, None].expand(-1, LAYERS - crossover, -1)
            styles = torch.cat([styles[:, :crossover], other], 1)
        return self.synthesize(styles)


class Block(nn.Module):
    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.first = Equalized(inputs, inputs, 3, 3, gain=math.sqrt(2))
        self.second = Equalized(outputs, inputs, 3, 3, gain=math.sqrt(2), stride=2)
        self.beside = Equalized(outputs, inputs, 1, 1, bias=None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.leaky_relu(self.first(x), 0.2)
        y = functional.leaky_relu(self.second(filtered(y, (2, 2))), 0.2)
        return (y + self.beside(filtered(x, (1, 1), down=2))) / math.sqrt(2)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.colors = Equalized(WIDTHS[32], COLORS, 1, 1, gain=math.sqrt(2))
        sizes = SIZES[::-1]
        self.blocks = nn.ModuleList(Block(WIDTHS[size], WIDTHS[half]) for size, half in pairwise(sizes))
        self.last = Equalized(WIDTHS[4], WIDTHS[4] + 1, 3, 3, gain=math.sqrt(2))
        self.dense = Equalized(WIDTHS[4], 16 * WIDTHS[4], gain=math.sqrt(2))
        self.score = Equalized(1, WIDTHS[4])

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = functional.leaky_relu(self.colors(images), 0.2)
        for block in self.blocks:
            x = block(x)
        groups = x.reshape(4, -1, *x.shape[1:])
        deviation = (groups.var(0, unbiased=False) + 1e-8).sqrt().mean([1, 2, 3], keepdim=True)
        x = torch.cat([x, deviation.repeat(4, 1, 1, 1).expand(-1, 1, *x.shape[2:])], 1)
        x = functional.leaky_relu(self.last(x), 0.2)
        return self.score(functional.leaky_relu(self.dense(x.flatten(1)), 0.2))


class StyleGAN2(Trainer):
    def __init__(self, batch_size: int):
        betas = [(0.0, 0.991992), (0.0, 0.990586)]
        super().__init__(Generator(), Critic(), (1.6e-3, 1.88235e-3), betas, 1e-8)
        self.batch_size = batch_size
        self.real = torch.rand(batch_size, COLORS, 32, 32) * 2 - 1
        self.average = torch.zeros([])

    def critic_loss(self) -> torch.Tensor:
        with torch.no_grad():
            fake = self.generator(self.batch_size)
        loss = functional.softplus(-self.critic(self.real)).mean() + functional.softplus(self.critic(fake)).mean()
        if self.steps % 16 == 0:
            real = self.real.clone().requires_grad_()
            (gradient,) = torch.autograd.grad(self.critic(real).sum(), real, create_graph=True)
            loss = loss + 16 * 0.1 * 0.5 * gradient.square().sum([1, 2, 3]).mean()
        return loss

    def generator_loss(self) -> torch.Tensor:
        loss = functional.softplus(-self.critic(self.generator(self.batch_size))).mean()
        if self.steps % 4 == 0:
            loss = loss + 4 * 2.0 * self.path_length()
        return loss

    def path_length(self) -> torch.Tensor:
        w = self.generator.map(torch.randn(self.batch_size // 2, W_SIZE))
        styles = w[:, None].repeat(1, LAYERS, 1)
        images = self.generator.synthesize(styles)
        noise = torch.randn_like(images) / 32
        (gradient,) = torch.autograd.grad((images * noise).sum(), styles, create_graph=True)
        lengths = gradient.square().sum(2).mean(1).sqrt()
        self.average = self.average.lerp(lengths.mean().detach(), 0.01)
        return (lengths - self.average).square().mean()


if __name__ == "__main__":
    time_steps(StyleGAN2)
