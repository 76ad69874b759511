"""Base classes of the ways to find the condition of each image: the image that a generator is given."""

from abc import ABC, abstractmethod

import numpy as np

from tfgan_course.errors import require


class Condition(ABC):  # noqa: B024 (its subclasses have little in common)
    """Base class of all classes that `data.condition` may name: a degradation, or where the conditions are."""


class Degradation(Condition):
    """Base class of degradations, which make the condition of an image from the image. A new one has `__call__`.

    Its random numbers depend only on `seed` and on the index of the image among the training or the test images. So an
    image has the same condition in each pass, in an evaluation and after a resume.
    """

    seed: int = 0

    @abstractmethod
    def __call__(self, image: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return the condition of an image, uint8 (height, width, 1 or 3). Its size may differ from the image's.

        Args:
            image: uint8 (height, width, 1 or 3).
            random: random numbers for this image.
        """

    def of(self, image: np.ndarray, index: int) -> np.ndarray:
        """Return the condition of the image with this index, uint8."""
        # Philox is a function of its key, so no image needs the numbers of another one.
        key = np.array([self.seed, index], np.uint64)
        return self(image, np.random.Generator(np.random.Philox(key=key)))

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """Return the shape of the conditions of such images; raise `UserError` for a result of another form."""
        made = self.of(np.full(image_shape, 128, np.uint8), 0)
        right = isinstance(made, np.ndarray) and made.dtype == np.uint8 and made.ndim == 3 and made.shape[-1] in (1, 3)
        received = f"{made.dtype} {made.shape}" if isinstance(made, np.ndarray) else type(made).__name__
        expected = f"from {type(self).__name__} a uint8 array (height, width, 1 or 3)"
        require(right, expected, received, "Return np.clip(x, 0, 255).astype(np.uint8), with an axis for the channels")
        return made.shape
