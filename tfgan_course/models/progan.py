"""ProGAN (Karras et al. 2018, arXiv:1710.10196): networks that begin with 4x4 pixels and grow."""

from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import GrowingCritic, GrowingGenerator, PixelNormalization
from tfgan_course.models.equalized_critic import EqualizedCritic, channels, stages
from tfgan_course.models.network import CriticNetwork, GeneratorNetwork, check_positive


@dataclass
class ProGANGenerator(GeneratorNetwork):
    """Latents of one length, then `GrowingGenerator`.

    Give both players the same numbers: they grow by the count of real images that the critic was shown. history.csv has
    `resolution` and `fade_alpha`, means over the epoch.

    Args:
        width: channels at the image's size; each halving of the size doubles them.
        widest: the most channels of any layer.
        stable_images: real images shown to each stage when it is whole; the paper's is 800,000.
        fade_images: real images shown while a stage is faded in; the same.
    """

    width: int = 32
    widest: int = 256
    stable_images: int = 60_000
    fade_images: int = 60_000

    def __post_init__(self):
        _check_growth(self)

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        """See `GeneratorNetwork.body`."""
        size, _, colors = image_shape
        x = GrowingGenerator(colors, **_growth(self, size))(PixelNormalization()(x))
        return keras.layers.Activation("linear", dtype="float32")(x)


@dataclass
class ProGANCritic(EqualizedCritic):
    """`GrowingCritic`, a 3x3 convolution, a dense layer; `MinibatchStandardDeviation` between is the paper's.

    Args:
        width: see `ProGANGenerator`.
        widest: likewise.
        stable_images: likewise.
        fade_images: likewise.
    """

    stable_images: int = 60_000
    fade_images: int = 60_000

    def __post_init__(self):
        super().__post_init__()
        _check_growth(self)
        if self.normalization != "none" or self.weight_clip is not None:
            raise UserError("ProGANCritic has no other bounds: write normalization: none and weight_clip: null")

    def body(self, x) -> tuple:
        """See `CriticNetwork.body`."""
        x = GrowingCritic(**_growth(self, x.shape[1]))(x)
        return x, {"grown": x}


def _check_growth(network: ProGANGenerator | ProGANCritic) -> None:
    check_positive(width=network.width, widest=network.widest, stable_images=network.stable_images)
    if network.fade_images < 0:
        raise UserError(f"fade_images must be at least 0; got {network.fade_images}")


def check_growth_alike(generator: GeneratorNetwork, critic: CriticNetwork) -> None:
    """Refuses two that grow, but not together: one would make images of a size that the other does not look at."""
    if not (isinstance(generator, ProGANGenerator) and isinstance(critic, ProGANCritic)):
        return
    for name in ("stable_images", "fade_images"):
        numbers = getattr(generator, name), getattr(critic, name)
        if numbers[0] != numbers[1]:
            got = f"generator.{name} is {numbers[0]}, critic.{name} {numbers[1]}"
            raise UserError(f"the two networks must grow together: {got}. Give both the same number")


def _growth(network: ProGANGenerator | ProGANCritic, size: int) -> dict:
    """The arguments of `Growing`."""
    sizes = [4 * 2**stage for stage in range(stages(size, network) + 1)]
    widths = [channels(network.width, network.widest, size, smaller) for smaller in sizes]
    schedule = {"stable_images": network.stable_images, "fade_images": network.fade_images}
    return {"size": size, "widths": widths, **schedule}
