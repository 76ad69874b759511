"""The default augmentation, optimizer and epochs of a classifier's training."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from tfgan_course.augmentation import Augmentation, ColorJitter, DiffAugment, RandomFlip, RandomResizedCrop
from tfgan_course.optimizers.optimizers import Adam, Optimizer
from tfgan_course.schedules import Cosine, Schedule


class TwoDrops(Schedule):
    """The schedule of the IE 534 report: a tenth of the rate from half of the epochs on, a hundredth from 3/4 on."""

    def value(self, start: float, time: tf.Tensor, last: float | None) -> tf.Tensor:
        done = time / last
        return start * tf.where(done < 0.5, 1.0, tf.where(done < 0.75, 0.1, 0.01))


class Recipe(NamedTuple):
    """The defaults of a recipe. `augmentations` makes the list; `optimizer` makes it for a number of epochs."""

    augmentations: Callable[[], list[Augmentation]]
    optimizer: Callable[[int], Optimizer]
    epochs: int


FAST = Recipe(
    augmentations=lambda: [RandomFlip(), DiffAugment(["translation"])],
    # In few epochs, a high learning rate that rises slowly and falls slowly learns most.
    optimizer=lambda epochs: Adam(4e-3, beta_1=0.9, schedule=Cosine(warm_up_epochs=epochs / 10)),
    epochs=20,
)
# The IE 534 report uses random resized crop (scale 0.7 to 1, ratio 1), color jitter of 0.1, flip; Adam 1e-4.
IE534 = Recipe(
    augmentations=lambda: [RandomResizedCrop(), ColorJitter(), RandomFlip()],
    optimizer=lambda epochs: Adam(1e-4, beta_1=0.9, schedule=TwoDrops()),
    epochs=100,
)
