"""Mapping networks: from latents z to a learned space w, in front of any generator."""

from abc import ABC, abstractmethod

from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.layers import EqualizedDense, MovingAverage, PixelNormalization


class Mapping(ABC):
    """Base of mapping networks. A new one is a subclass with `layers`.

    Args:
        depth: layers.
        size: numbers in w.
    """

    def __init__(self, depth: int, size: int):
        if depth < 1 or size < 1:
            raise UserError(f"{type(self).__name__} needs depth and size of at least 1; got {depth} and {size}")
        self.depth, self.size = depth, size

    @abstractmethod
    def layers(self, x):
        """Keras tensors: what stands for the latents, (batch, n), to activations (batch, size)."""

    def build(self, inputs, x) -> keras.Model:
        """A Keras model named `mapping`, to w, float32 (batch, size), whose moving average it keeps.

        Args:
            inputs: the generator's inputs, Keras tensors: latents, or [latents, labels].
            x: what stands for the latents, made of these.
        """
        return keras.Model(inputs, MovingAverage(name="average")(self.layers(x)), name="mapping")


class MappingNetwork(Mapping):
    """Dense layers, each with LeakyReLU 0.2: the mapping network of the DCGAN report, 4 layers from 100 to 100 numbers.

    A normal distribution need not be what the images' properties are distributed like; a learned function of it can be
    (Karras et al. 2019, arXiv:1812.04948, section 4). Kernels start from He's normal distribution.

    Args:
        depth: layers.
        size: numbers in w, and units of every layer.
    """

    def __init__(self, depth: int = 4, size: int = 100):
        super().__init__(depth, size)

    def layers(self, x):
        """See `Mapping.layers`."""
        for _ in range(self.depth):
            x = keras.layers.Dense(self.size, kernel_initializer=keras.initializers.HeNormal())(x)
            x = keras.layers.LeakyReLU(0.2)(x)
        return x


class StyleGANMapping(Mapping):
    """StyleGAN's: latents brought to length, then dense layers with a hundredth of the learning rate.

    Karras et al. 2019, arXiv:1812.04948, section 2 and appendix C: `PixelNormalization`, then `depth` times
    `EqualizedDense` and LeakyReLU 0.2.

    Args:
        depth: layers.
        size: numbers in w, and units of every layer.
        learning_rate: of the mapping, as a factor of the generator's.
    """

    def __init__(self, depth: int = 8, size: int = 512, learning_rate: float = 0.01):
        super().__init__(depth, size)
        if learning_rate <= 0:
            raise UserError(f"StyleGANMapping's learning_rate is a factor above 0; got {learning_rate}")
        self.learning_rate = learning_rate

    def layers(self, x):
        """See `Mapping.layers`."""
        x = PixelNormalization()(x)
        for _ in range(self.depth):
            x = EqualizedDense(self.size, learning_rate=self.learning_rate)(x)
            x = keras.layers.LeakyReLU(0.2)(x)
        return x
