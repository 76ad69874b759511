"""The networks and objectives of configs/pix2pix.yaml and configs/srresnet.yaml in PyTorch; see pytorch_step.py."""

import torch
from networks import SRResNet, UNet
from pytorch_trainer import Trainer
from torch import nn
from torch.nn import functional


class UNetGenerator(nn.Module):
    """Each stage's activations are appended to those of the decoder at the same size."""

    def __init__(self, network: UNet):
        super().__init__()
        widths, depth = network.generator_widths, len(network.generator_widths)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for stage, (below, width) in enumerate(zip([network.condition_channels, *widths], widths, strict=False)):
            norm = [nn.BatchNorm2d(width)] if 0 < stage < depth - 1 else []
            self.down.append(nn.Sequential(nn.Conv2d(below, width, 4, 2, 1, bias=False), *norm, nn.LeakyReLU(0.2)))
        for stage in range(depth - 2, -1, -1):
            below = widths[stage + 1] * (1 if stage == depth - 2 else 2)
            drop = [nn.Dropout(0.5)] if stage >= depth - 4 else []
            layers = nn.ConvTranspose2d(below, widths[stage], 4, 2, 1, bias=False), nn.BatchNorm2d(widths[stage])
            self.up.append(nn.Sequential(*layers, *drop, nn.ReLU()))
        self.last = nn.Sequential(nn.ConvTranspose2d(2 * widths[0], network.channels, 4, 2, 1), nn.Tanh())
        self.apply(_initialize)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        stages = []
        for layer in self.down:
            x = layer(x)
            stages.append(x)
        for layer, beside in zip(self.up, stages[-2::-1], strict=True):
            x = torch.cat([layer(x), beside], 1)
        return self.last(x)


class PatchGANCritic(nn.Module):
    def __init__(self, network: UNet):
        super().__init__()
        first, second = network.critic_widths
        self.layers = nn.Sequential(
            nn.Conv2d(network.channels + network.condition_channels, first, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(first, second, 4, padding="same", bias=False),
            nn.BatchNorm2d(second),
            nn.LeakyReLU(0.2),
            nn.Conv2d(second, 1, 4, padding="same"),
        ).apply(_initialize)

    def forward(self, images: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        return self.layers(torch.cat([images, condition], 1))


def _initialize(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)


class Block(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        first, second = (nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(2))
        self.layers = nn.Sequential(first, nn.BatchNorm2d(width), nn.PReLU(width), second, nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x)


class SRResNetGenerator(nn.Module):
    def __init__(self, network: SRResNet):
        super().__init__()
        width = network.width
        self.first = nn.Sequential(nn.Conv2d(network.channels, width, 9, padding=4), nn.PReLU(width))
        last = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.blocks = nn.Sequential(*(Block(width) for _ in range(network.blocks)), *last)
        doubling = nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.PReLU(width)
        self.last = nn.Sequential(*doubling, nn.Conv2d(width, network.channels, 9, padding=4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        return self.last(x + self.blocks(x))


class Translation(Trainer):
    """The step of a GAN from image to image: images and conditions are float tensors that are made beforehand."""

    def __init__(self, network: UNet | SRResNet, batch_size: int, precision: str, layout: torch.memory_format):
        self.network, self.precision, self.unet = network, precision, isinstance(network, UNet)
        rate, *betas = network.adam
        if self.unet:
            generator, critic = UNetGenerator(network), PatchGANCritic(network)
        else:
            generator = SRResNetGenerator(network)
            inputs = network.channels * network.size**2
            critic = nn.Sequential(nn.Flatten(), nn.Linear(inputs, 2), nn.LeakyReLU(0.2), nn.Linear(2, 1))
        generator, critic = (player.to(memory_format=layout) for player in (generator, critic))
        super().__init__(generator, critic, (rate, rate), [betas, betas], 1e-7)
        shape, small = (batch_size, network.channels), (batch_size, network.condition_channels)
        self.real = (torch.rand(*shape, network.size, network.size) * 2 - 1).to(memory_format=layout)
        side = network.condition_size
        self.condition = (torch.rand(*small, side, side) * 2 - 1).to(memory_format=layout)

    def autocast(self) -> torch.autocast:
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.precision == "bfloat16")

    def score(self, images: torch.Tensor) -> torch.Tensor:
        return (self.critic(images, self.condition) if self.unet else self.critic(images)).float()

    def critic_loss(self) -> torch.Tensor:
        with self.autocast():
            with torch.no_grad():
                fake = self.generator(self.condition).float()
            if self.unet:  # BatchNorm: real and fake images are separate batches
                real_score, fake_score = self.score(self.real), self.score(fake)
            else:
                real_score, fake_score = self.score(torch.cat([self.real, fake])).chunk(2)
            return functional.softplus(-real_score).mean() + functional.softplus(fake_score).mean()

    def generator_loss(self) -> torch.Tensor:
        with self.autocast():
            fake = self.generator(self.condition).float()
            adversarial = functional.softplus(-self.score(fake)).mean()
        if self.unet:
            return adversarial + 100 * (self.real - fake).abs().mean()
        return 0 * adversarial + (self.real - fake).square().mean()
