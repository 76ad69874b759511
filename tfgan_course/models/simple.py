"""Multilayer perceptrons, as in the first GAN paper (Goodfellow et al. 2014, arXiv:1406.2661, section 5).

Generator: latents (batch, n) to images (batch, height, width, channels) in [-1, 1]. Critic: such images to a score.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import require
from tfgan_course.models.critic_layers import Normalization
from tfgan_course.models.network import CriticNetwork, GeneratorNetwork


@dataclass
class SimpleGenerator(GeneratorNetwork):
    """Dense layers with LeakyReLU, then tanh.

    Args:
        width: units of the first layer; each further layer has twice as many.
        depth: number of hidden layers.
    """

    width: int = 256
    depth: int = 3

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        for level in range(self.depth):
            x = keras.layers.Dense(self.width * 2**level)(x)
            x = keras.layers.LeakyReLU(0.2)(x)
        x = keras.layers.Dense(math.prod(image_shape))(x)
        x = keras.layers.Reshape(image_shape)(x)
        return keras.layers.Activation("tanh", dtype="float32")(x)


@dataclass
class SimpleCritic(CriticNetwork):
    """Dense layers with LeakyReLU, then one score. `instance` normalization is an error, because it cannot normalize
    vectors.

    Args:
        width: units of the last hidden layer; each layer before it has twice as many.
        depth: number of hidden layers.
    """

    normalization: Normalization = "none"
    width: int = 256
    depth: int = 2

    def __post_init__(self):
        super().__post_init__()
        expected = "a normalization of SimpleCritic that works on vectors"
        require(self.normalization != "instance", expected, self.normalization, "Use layer")

    def body(self, x) -> tuple:
        x = keras.layers.Flatten()(x)
        features = {}
        for level in range(self.depth):
            x = self.weighted(keras.layers.Dense, self.width * 2 ** (self.depth - 1 - level))(x)
            x = features[f"dense{level + 1}"] = keras.layers.LeakyReLU(0.2)(self.normalize(x) if level else x)
        return x, features
