"""The networks of the step time benchmark, and how many multiply-adds a training step of each takes."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """A benchmark that both sides build: DCGAN networks of width 64 for RGB images, an objective and Adam's numbers."""

    size: int
    normalization: str
    loss: str
    gradient_penalty: float | None
    adam: tuple[float, float, float]
    channels: int = 3
    width: int = 64
    latent_size: int = 100
    batch_size: int = 64

    @property
    def widths(self) -> list[int]:
        """The critic's channels after each halving, down to 4 pixels."""
        return [self.width * 2**level for level in range(int(math.log2(self.size // 4)))]

    @property
    def joint_batches(self) -> bool:
        """Whether the critic judges real and generated images as one batch."""
        return self.normalization != "batch"

    @property
    def multiply_adds(self) -> tuple[list[int], list[int]]:
        """Those of each layer for one image, of the generator and of the critic."""
        critic, size = [], self.size
        for below, width in zip([self.channels, *self.widths], self.widths, strict=False):
            size //= 2
            # A transposed convolution takes as many multiply-adds as the convolution from its output to its input.
            critic.append(size * size * 16 * below * width)
        generator = [self.latent_size * size * size * self.widths[-1], *reversed(critic)]
        return generator, [*critic, size * size * self.widths[-1]]


@dataclass(frozen=True)
class UNet:
    """The variant pix2pix at 64 pixels: RGB images from drawings in gray; see `pytorch_translation.py`."""

    variant: str = "pix2pix"
    size: int = 64
    channels: int = 3
    condition_size: int = 64
    condition_channels: int = 1
    batch_size: int = 16
    adam: tuple[float, float, float] = (2e-4, 0.5, 0.999)
    generator_widths: tuple[int, ...] = (64, 128, 256, 512, 512, 512)
    critic_widths: tuple[int, int] = (64, 128)
    gradient_penalty = None

    @property
    def multiply_adds(self) -> tuple[list[int], list[int]]:
        """Those of each layer for one image, of the generator and of the critic."""
        down, up, size = [], [], self.size
        widths, last = self.generator_widths, self.channels
        for stage, width in enumerate(widths):
            size //= 2
            below = self.condition_channels if stage == 0 else widths[stage - 1]
            down.append(size * size * 16 * below * width)
            joined = width if stage == len(widths) - 1 else 2 * width
            up.append(size * size * 16 * joined * (last if stage == 0 else widths[stage - 1]))
        half, (first, second) = (self.size // 2) ** 2 * 16, self.critic_widths
        return down + up[::-1], [half * (self.channels + 1) * first, half * first * second, half * second]


@dataclass(frozen=True)
class SRResNet:
    """The variant srresnet from 36 to 72 pixels, RGB; see `pytorch_translation.py`."""

    variant: str = "srresnet"
    size: int = 72
    channels: int = 3
    condition_size: int = 36
    condition_channels: int = 3
    batch_size: int = 16
    adam: tuple[float, float, float] = (1e-4, 0.9, 0.999)
    width: int = 64
    blocks: int = 16
    gradient_penalty = None

    @property
    def multiply_adds(self) -> tuple[list[int], list[int]]:
        """Those of each layer for one image, of the generator and of the critic."""
        small, large, width = self.condition_size**2, self.size**2, self.width
        ends = 81 * self.channels * width
        inside = [small * 9 * width * width] * (2 * self.blocks + 1)
        generator = [small * ends, *inside, small * 9 * width * 4 * width, large * ends]
        return generator, [large * self.channels * 2, 2]


NETWORKS = {
    "dcgan32": Network(32, "batch", "non_saturating", None, (2e-4, 0.5, 0.999)),
    "dcgan64": Network(64, "batch", "non_saturating", None, (2e-4, 0.5, 0.999)),
    "wgan_gp32": Network(32, "layer", "wasserstein", 10.0, (1e-4, 0.0, 0.9)),
    "sngan32": Network(32, "spectral", "hinge", None, (2e-4, 0.5, 0.999)),
    "unet64": UNet(),
    "srresnet72": SRResNet(),
}


def multiply_adds(network: Network | UNet | SRResNet, batch_size: int) -> int:
    """Return the multiply-adds of one training step; only convolutions and dense layers are counted.

    A pass through a layer, its gradient for the input and its gradient for the kernel take the same number. The first
    layer's gradient for the input is left out where it is not needed.
    """
    generator, critic = network.multiply_adds
    critic_pass, generator_pass = sum(critic), sum(generator)

    # The generator makes fakes. For real and fake images: forward, gradients for kernels, and for all inputs but the
    # images.
    critic_update = generator_pass + 2 * (3 * critic_pass - critic[0])
    # Fakes pass forward through both networks, then back to the images and to the generator's kernels.
    generator_update = 3 * generator_pass - generator[0] + 2 * critic_pass
    # Interpolates pass forward and back to the images; then both passes are differentiated for kernels and activations.
    penalty = 6 * critic_pass - critic[0] if network.gradient_penalty else 0
    return batch_size * (critic_update + penalty + generator_update)
