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

    @property
    def widths(self) -> list[int]:
        """The critic's channels after each halving, down to 4 pixels."""
        return [self.width * 2**level for level in range(int(math.log2(self.size // 4)))]

    @property
    def joint_batches(self) -> bool:
        """Whether the critic judges real and generated images as one batch."""
        return self.normalization != "batch"


NETWORKS = {
    "dcgan32": Network(32, "batch", "non_saturating", None, (2e-4, 0.5, 0.999)),
    "dcgan64": Network(64, "batch", "non_saturating", None, (2e-4, 0.5, 0.999)),
    "wgan_gp32": Network(32, "layer", "wasserstein", 10.0, (1e-4, 0.0, 0.9)),
    "sngan32": Network(32, "spectral", "hinge", None, (2e-4, 0.5, 0.999)),
}


def multiply_adds(network: Network, batch_size: int) -> int:
    """Return the multiply-adds of one training step; only convolutions and dense layers are counted.

    A pass through a layer, its gradient for the input and its gradient for the kernel take the same number. The first
    layer's gradient for the input is left out where it is not needed.
    """
    critic, generator, size = [], [], network.size
    for below, width in zip([network.channels, *network.widths], network.widths, strict=False):
        size //= 2
        # A transposed convolution takes as many multiply-adds as the convolution from its output to its input.
        critic.append(size * size * 16 * below * width)
    generator = [network.latent_size * size * size * network.widths[-1], *reversed(critic)]
    critic.append(size * size * network.widths[-1])
    critic_pass, generator_pass = sum(critic), sum(generator)

    # The generator makes fakes. For real and fake images: forward, gradients for kernels, and for all inputs but the
    # images.
    critic_update = generator_pass + 2 * (3 * critic_pass - critic[0])
    # Fakes pass forward through both networks, then back to the images and to the generator's kernels.
    generator_update = 3 * generator_pass - generator[0] + 2 * critic_pass
    # Interpolates pass forward and back to the images; then both passes are differentiated for kernels and activations.
    penalty = 6 * critic_pass - critic[0] if network.gradient_penalty else 0
    return batch_size * (critic_update + penalty + generator_update)
