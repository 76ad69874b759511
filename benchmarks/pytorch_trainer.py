"""A GAN's train step in PyTorch, as its users write it, and how it is timed. The scripts pytorch_*.py use it."""

import json
import random
import resource
import sys
import time
from collections.abc import Callable

import torch
from torch import nn


class Trainer:
    """Two networks and their optimizers; a subclass has the losses. A step updates the critic, then the generator."""

    def __init__(self, generator: nn.Module, critic: nn.Module, rates: tuple[float, float], betas: list, eps: float):
        self.generator, self.critic = generator, critic
        players = zip((generator, critic), rates, betas, strict=True)
        self.optimizers = [torch.optim.Adam(net.parameters(), rate, beta, eps) for net, rate, beta in players]
        self.steps = 0

    def critic_loss(self) -> torch.Tensor:
        raise NotImplementedError

    def generator_loss(self) -> torch.Tensor:
        raise NotImplementedError

    def compile(self) -> None:
        self.generator, self.critic = torch.compile(self.generator), torch.compile(self.critic)

    def step(self) -> list[torch.Tensor]:
        for_generator, for_critic = self.optimizers
        losses = [self._updated(for_critic, self.critic_loss())]
        self.critic.requires_grad_(False)
        losses.append(self._updated(for_generator, self.generator_loss()))
        self.critic.requires_grad_(True)
        self.steps += 1
        return losses

    def _updated(self, optimizer: torch.optim.Optimizer, loss: torch.Tensor) -> torch.Tensor:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()


def time_steps(make: Callable[..., Trainer]) -> None:
    """Time the steps of a trainer, and print a line of JSON.

    The first word of the command line has the options of `make` as JSON, and threads, warm_up, steps and perhaps clock,
    a function of Python's `time`.
    """
    options = json.loads(sys.argv[1])
    threads, warm_up, steps = (options.pop(name) for name in ("threads", "warm_up", "steps"))
    now = getattr(time, options.pop("clock", "perf_counter"))
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    random.seed(0)
    trainer = make(**options)
    weights = [sum(p.numel() for p in network.parameters()) for network in (trainer.generator, trainer.critic)]
    seconds = []
    for _ in range(warm_up + steps):
        start = now()
        losses = trainer.step()
        seconds.append(now() - start)
    assert all(loss.isfinite() for loss in losses)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds[warm_up:], "memory_kb": memory, "weights": weights}))
