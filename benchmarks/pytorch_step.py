"""Time the train step of one network in PyTorch, and print a line of JSON. step_time.py starts this script."""

import torch
from networks import NETWORKS, Network
from pytorch_trainer import Trainer, time_steps
from pytorch_translation import Translation
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations


def initialize(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(layer.weight, 0.0, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)


def make_generator(network: Network) -> nn.Module:
    widths = network.widths[::-1]
    layers = [nn.Linear(network.latent_size, 16 * widths[0], bias=False), nn.Unflatten(1, (widths[0], 4, 4))]
    for width, above in zip(widths, [*widths[1:], network.channels], strict=True):
        last = above == network.channels
        layers += [nn.BatchNorm2d(width), nn.ReLU(), nn.ConvTranspose2d(width, above, 4, 2, 1, bias=last)]
    return nn.Sequential(*layers, nn.Tanh()).apply(initialize)


def make_critic(network: Network) -> nn.Module:
    batch = network.normalization == "batch"
    norms = {
        "batch": nn.BatchNorm2d,
        "layer": lambda width: nn.GroupNorm(1, width),
        "spectral": lambda _: nn.Identity(),
    }
    layers = []
    for below, width in zip([network.channels, *network.widths], network.widths, strict=False):
        first = not layers
        layers.append(nn.Conv2d(below, width, 4, 2, 1, bias=first or not batch))
        layers += [nn.LeakyReLU(0.2)] if first else [norms[network.normalization](width), nn.LeakyReLU(0.2)]
    critic = nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * network.widths[-1], 1)).apply(initialize)
    if network.normalization == "spectral":
        for layer in critic:
            if isinstance(layer, nn.Conv2d | nn.Linear):
                parametrizations.spectral_norm(layer)
    return critic


def critic_loss(name: str, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    if name == "non_saturating":
        return functional.softplus(-real).mean() + functional.softplus(fake).mean()
    if name == "hinge":
        return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()
    return fake.mean() - real.mean()


def generator_loss(name: str, fake: torch.Tensor) -> torch.Tensor:
    return functional.softplus(-fake).mean() if name == "non_saturating" else -fake.mean()


class DCGAN(Trainer):
    def __init__(self, network: Network, batch_size: int, precision: str, layout: torch.memory_format):
        self.network, self.batch_size, self.precision = network, batch_size, precision
        rate, *betas = network.adam
        players = (player.to(memory_format=layout) for player in (make_generator(network), make_critic(network)))
        super().__init__(*players, (rate, rate), [betas, betas], 1e-7)
        images = torch.rand(batch_size, network.channels, network.size, network.size) * 2 - 1
        self.real = images.to(memory_format=layout)

    def autocast(self) -> torch.autocast:
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.precision == "bfloat16")

    def critic_loss(self) -> torch.Tensor:
        with self.autocast():
            with torch.no_grad():
                fake = self.generator(torch.randn(self.batch_size, self.network.latent_size)).float()
            if self.network.joint_batches:
                real_score, fake_score = self.critic(torch.cat([self.real, fake])).float().chunk(2)
            else:
                real_score, fake_score = self.critic(self.real).float(), self.critic(fake).float()
            loss = critic_loss(self.network.loss, real_score, fake_score)
            if self.network.gradient_penalty:
                loss = loss + self.network.gradient_penalty * self.gradient_penalty(fake)
        return loss

    def gradient_penalty(self, fake: torch.Tensor) -> torch.Tensor:
        e = torch.rand(self.batch_size, 1, 1, 1)
        interpolates = (e * self.real + (1 - e) * fake).requires_grad_()
        score = self.critic(interpolates)
        (gradient,) = torch.autograd.grad(score.sum(), interpolates, create_graph=True)
        return (gradient.float().square().sum([1, 2, 3]).add(1e-12).sqrt() - 1).square().mean()

    def generator_loss(self) -> torch.Tensor:
        with self.autocast():
            fake = self.generator(torch.randn(self.batch_size, self.network.latent_size))
            return generator_loss(self.network.loss, self.critic(fake).float())


def trainer(name: str, batch_size: int, precision: str, side: str) -> Trainer:
    network = NETWORKS[name]
    layout = torch.contiguous_format if side == "eager" else torch.channels_last
    kind = DCGAN if isinstance(network, Network) else Translation
    made = kind(network, batch_size, precision, layout)
    if side == "compile":
        made.compile()
    return made


if __name__ == "__main__":
    time_steps(trainer)
