"""Multilayer perceptrons, as in the paper that began it all (Goodfellow et al. 2014, arXiv:1406.2661, section 5)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tensorflow import keras

from tfgan_course.errors import UserError
from tfgan_course.models.critic_layers import Normalization
from tfgan_course.models.network import CriticNetwork, GeneratorNetwork, check_positive


@dataclass
class SimpleGenerator(GeneratorNetwork):
    """Dense layers with LeakyReLU, then tanh.

    Args:
        width: units of the first layer; each next one has twice as many.
        depth: hidden layers.
    """

    width: int = 256
    depth: int = 3

    def __post_init__(self):
        check_positive(width=self.width, depth=self.depth)

    def body(self, x, image_shape: tuple[int, int, int], normalize: Callable):
        """See `GeneratorNetwork.body`."""
        for level in range(self.depth):
            x = keras.layers.Dense(self.width * 2**level)(x)
            x = keras.layers.LeakyReLU(0.2)(x)
        x = keras.layers.Dense(math.prod(image_shape))(x)
        x = keras.layers.Reshape(image_shape)(x)
        return keras.layers.Activation("tanh", dtype="float32")(x)


@dataclass
class SimpleCritic(CriticNetwork):
    """Dense layers with LeakyReLU, then one score.

    Args:
        width: units of the last hidden layer; each one before it has twice as many.
        depth: hidden layers.
        normalization: see `CriticNetwork`; `instance` has nothing to normalize in a vector.
    """

    normalization: Normalization = "none"
    width: int = 256
    depth: int = 2

    def __post_init__(self):
        super().__post_init__()
        check_positive(width=self.width, depth=self.depth)
        if self.normalization == "instance":
            raise UserError("SimpleCritic has no instance normalization: its hidden activations are vectors. Use layer")

    def body(self, x) -> tuple:
        """See `CriticNetwork.body`."""
        x = keras.layers.Flatten()(x)
        features = {}
        for level in range(self.depth):
            x = self.weighted(keras.layers.Dense, self.width * 2 ** (self.depth - 1 - level))(x)
            x = keras.layers.LeakyReLU(0.2)(self.normalize(x) if level else x)
            features[f"dense{level + 1}"] = x
        return x, features
