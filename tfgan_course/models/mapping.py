"""Mapping networks, which map latents z, (batch, n), to a learned space w, (batch, size), before any generator."""

from abc import ABC, abstractmethod

from tensorflow import keras

from tfgan_course.errors import require, require_at_least
from tfgan_course.layers import EqualizedDense, MovingAverage, PixelNormalization


class Mapping(ABC):
    """Base class of mapping networks. A new one is a subclass with `layers`.

    Args:
        depth: number of layers.
        size: numbers in w.
    """

    def __init__(self, depth: int, size: int):
        require_at_least(1, depth=depth, size=size)
        self.depth, self.size = depth, size

    @abstractmethod
    def layers(self, x):
        """Return w, (batch, size), from the latents with their class, (batch, n). Both are Keras tensors."""

    def build(self, inputs, x) -> keras.Model:
        """Return a Keras model named `mapping`. It gives w, float32 (batch, size), and keeps w's moving average.

        Args:
            inputs: the generator's inputs, Keras tensors: latents, or [latents, labels].
            x: the latents with their class, made from these inputs.
        """
        return keras.Model(inputs, MovingAverage(name="average")(self.layers(x)), name="mapping")


class MappingNetwork(Mapping):
    """Dense layers, each with LeakyReLU 0.2: the mapping network of the DCGAN report, 4 layers from 100 to 100 numbers.

    The properties of images need not have a normal distribution, and a learned function of normal numbers can have any
    distribution (Karras et al. 2019, arXiv:1812.04948, section 4). Kernels start from He's normal distribution.

    Args:
        depth: number of layers.
        size: numbers in w, and units of every layer.
    """

    def __init__(self, depth: int = 4, size: int = 100):
        super().__init__(depth, size)

    def layers(self, x):
        for _ in range(self.depth):
            x = keras.layers.Dense(self.size, kernel_initializer=keras.initializers.HeNormal())(x)
            x = keras.layers.LeakyReLU(0.2)(x)
        return x


class StyleGANMapping(Mapping):
    """StyleGAN's mapping network: normalized latents, then dense layers with a hundredth of the learning rate.

    Karras et al. 2019, arXiv:1812.04948, section 2 and appendix C: `PixelNormalization`, then `depth` times
    `EqualizedDense` and LeakyReLU 0.2.

    Args:
        depth: number of layers.
        size: numbers in w, and units of every layer.
        learning_rate: the mapping's learning rate divided by the generator's.
    """

    def __init__(self, depth: int = 8, size: int = 512, learning_rate: float = 0.01):
        super().__init__(depth, size)
        require(learning_rate > 0, "a factor learning_rate above 0", learning_rate, "Set learning_rate to 0.01")
        self.learning_rate = learning_rate

    def layers(self, x):
        x = PixelNormalization()(x)
        for _ in range(self.depth):
            x = EqualizedDense(self.size, learning_rate=self.learning_rate)(x)
            x = keras.layers.LeakyReLU(0.2)(x)
        return x
