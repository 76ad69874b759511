"""How a classifier is trained: augmentation, learning rate, schedule."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tfgan_course.augmentation import Augmentation, ColorJitter, DiffAugment, RandomFlip, RandomResizedCrop


@dataclass(frozen=True)
class Recipe:
    """Defaults that go together.

    Args:
        augmentations: makes what training images go through.
        learning_rate: of Adam, the largest.
        factor: of the learning rate, from the share of the training that is done, 0 to 1.
        epochs: epochs to train.
    """

    augmentations: Callable[[], list[Augmentation]]
    learning_rate: float
    factor: Callable[[float], float]
    epochs: int


def warmed_up_cosine(done: float, warm_up: float = 0.1) -> float:
    """From 0 up to 1 in the first tenth, then along a cosine down to 0."""
    if done < warm_up:
        return done / warm_up
    return (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up))) / 2


def two_drops(done: float) -> float:
    """IE 534's: 1, a tenth from half-way on (epoch 50 of 100), a hundredth from three quarters on (epoch 75)."""
    return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01


FAST = Recipe(
    augmentations=lambda: [RandomFlip(), DiffAugment(["translation"])],
    learning_rate=4e-3,
    factor=warmed_up_cosine,
    epochs=20,
)
# The IE 534 report: random resized crop (scale 0.7 to 1, ratio 1), color jitter of 0.1, flip; Adam 1e-4.
IE534 = Recipe(
    augmentations=lambda: [RandomResizedCrop(), ColorJitter(), RandomFlip()],
    learning_rate=1e-4,
    factor=two_drops,
    epochs=100,
)
