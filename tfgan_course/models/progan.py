"""ProGAN (Karras et al. 2018, arXiv:1710.10196): networks that begin with 4x4 pixels and grow.

Generator: latents (batch, n) to images (batch, size, size, channels). Critic: such images to a score.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import require, require_at_least
from tfgan_course.layers import GrowingCritic, GrowingGenerator, PixelNormalization
from tfgan_course.models.equalized_critic import EqualizedCritic
from tfgan_course.models.network import CriticNetwork, GeneratorNetwork
from tfgan_course.models.sizes import Pyramid


@dataclass
class GrowingNetwork(Pyramid):
    """Base of the two networks. Give both the same numbers: they grow by the count of real images shown to the critic.

    Args:
        stable_images: real images shown to each complete stage; 800,000 in the paper.
        fade_images: real images shown while a stage fades in; 800,000 in the paper.
    """

    stable_images: int = 60_000
    fade_images: int = 60_000

    def __post_init__(self):
        super().__post_init__()
        require_at_least(1, stable_images=self.stable_images)
        require_at_least(0, fade_images=self.fade_images)

    def doublings(self, height: int, width: int) -> int:
        square = f"for {type(self).__name__} square images, which grow from 4 x 4 pixels: 8, 16, 32, 64, 128, 256..."
        near = 2 ** max(3, round(math.log2(min(height, width))))
        require(height == width, square, f"{height} x {width}", f"Set data.size to {near}, or use another network")
        return super().doublings(height, width)

    def growth(self, height: int, width: int) -> dict:
        """Return the arguments of `Growing` for images of this size."""
        size, stages = height, self.doublings(height, width) + 1
        widths = [self.channels(4 * 2**stage, size) for stage in range(stages)]
        schedule = {"stable_images": self.stable_images, "fade_images": self.fade_images}
        return {"size": size, "widths": widths, **schedule}


@dataclass
class ProGANGenerator(GrowingNetwork, GeneratorNetwork):
    """Normalized latents, then `GrowingGenerator`. history.csv has the epoch's mean `resolution` and `fade_alpha`."""

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        height, width, colors = image_shape
        x = GrowingGenerator(colors, **self.growth(height, width))(PixelNormalization()(x))
        return keras.layers.Activation("linear", dtype="float32")(x)


@dataclass
class ProGANCritic(GrowingNetwork, EqualizedCritic):
    """`GrowingCritic`, a 3x3 convolution, a dense layer. The paper's batch_statistics: MinibatchStandardDeviation."""

    def __post_init__(self):
        super().__post_init__()
        plain = self.normalization == "none" and self.weight_clip is None
        received = f"normalization {self.normalization}, weight_clip {self.weight_clip}"
        expected = "for ProGANCritic normalization none and weight_clip null, which its growing layers need"
        require(plain, expected, received, "Remove both options")

    def body(self, x) -> tuple:
        x = GrowingCritic(**self.growth(*x.shape[1:3]))(x)
        return x, {"grown": x}


def check_growth_alike(generator: GeneratorNetwork, critic: CriticNetwork) -> None:
    """Raise a `UserError` if both networks grow, but at different times, when their images would differ in size."""
    if isinstance(generator, ProGANGenerator) and isinstance(critic, ProGANCritic):
        for name in ("stable_images", "fade_images"):
            ours, theirs = getattr(generator, name), getattr(critic, name)
            received = f"generator.{name} {ours}, critic.{name} {theirs}"
            require(ours == theirs, f"the same {name} for both networks", received, "Give both the same number")
