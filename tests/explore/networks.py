"""Networks that are small enough for a calculation by hand or by finite differences."""

import numpy as np
from tensorflow import keras

from tfgan_course.classifier.network import build
from tfgan_course.models import DCGANCritic, IE534Critic
from tfgan_course.models.conditioning import AuxiliaryClassifier, CriticConditioning

SHAPE, CLASSES = (28, 28, 1), 3


def stronger(model: keras.Model, factor: float = 15.0) -> keras.Model:
    """Make the weights larger, because with initial weights of 0.02 the gradients are almost 0."""
    model.set_weights([factor * weight if weight.ndim > 1 else weight for weight in model.get_weights()])
    return model


def classifier(normalization: str = "none") -> keras.Model:
    return stronger(build(DCGANCritic(normalization, width=2), SHAPE, CLASSES))


def critic(conditioning: CriticConditioning | None = None, normalization: str = "none") -> keras.Model:
    return stronger(DCGANCritic(normalization, width=2).build(SHAPE, conditioning, CLASSES))


def report_critic() -> keras.Model:
    return IE534Critic(width=3).build((32, 32, 3), AuxiliaryClassifier(), CLASSES)


def linear(weights: np.ndarray) -> keras.Model:
    """Plain logits, images times weights (pixels, classes)."""
    side = int(np.sqrt(len(weights)))
    model = keras.Sequential(
        [keras.Input((side, side, 1)), keras.layers.Flatten(), keras.layers.Dense(weights.shape[1], use_bias=False)]
    )
    model.set_weights([weights])
    return model


def images(count: int = 5, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, *shape)).astype(np.uint8)


def labels(count: int = 5) -> np.ndarray:
    return np.arange(count) % CLASSES
