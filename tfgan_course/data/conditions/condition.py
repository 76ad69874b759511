"""Base classes of the ways to find the condition of each image: the image that a generator is given."""

from abc import ABC, abstractmethod

import numpy as np

from tfgan_course.errors import require


class Condition(ABC):  # noqa: B024 (its subclasses have little in common)
    """Base class of all classes that `data.condition` may name: a degradation, or where the conditions are."""


class Degradation(Condition):
    """Base class of degradations, which make the condition of an image from the image. A new one has `__call__`.

    Its random numbers depend only on `seed`, on the index of the image among the training or the test images, and on
    the number of the pass over the training images. So an image has another condition in each pass of a training, the
    same one after a resume, and in an evaluation always that of the first pass.
    """

    seed: int = 0

    @abstractmethod
    def __call__(self, image: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return the condition of an image, uint8 (height, width, 1, 3 or 4). Its size may differ from the image's.

        Args:
            image: uint8 (height, width, 1, 3 or 4).
            random: random numbers for this image.
        """

    def of(self, image: np.ndarray, index: int, number: int = 0) -> np.ndarray:
        """Return the condition of the image with this index in the pass of this number, uint8."""
        return self(image, np.random.Generator(self._bits(index, number)))

    def _bits(self, index: int, number: int = 0) -> np.random.Philox:
        # Philox is a function of its key and its counter, so no image needs the numbers of another one.
        key, counter = np.array([self.seed, index], np.uint64), np.array([0, 0, 0, number], np.uint64)
        return np.random.Philox(key=key, counter=counter)

    def of_each(self, images: np.ndarray, indices: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Return the conditions of images with these indices in the passes of these numbers, uint8, as one array."""
        made = [self.of(*each) for each in zip(images, indices.tolist(), numbers.tolist(), strict=True)]
        return np.array(made, np.uint8) if made else np.empty((0, *self.shape(images.shape[1:])), np.uint8)

    def is_random(self, image_shape: tuple[int, int, int]) -> bool:
        """Return whether the condition of an image of this shape depends on random numbers."""
        used, fresh = self._bits(0), self._bits(0)
        self(np.full(image_shape, 128, np.uint8), np.random.Generator(used))
        return str(used.state) != str(fresh.state)

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """Return the shape of the conditions of such images; raise `UserError` for a result of another form."""
        made = self.of(np.full(image_shape, 128, np.uint8), 0)
        right = (
            isinstance(made, np.ndarray) and made.dtype == np.uint8 and made.ndim == 3 and made.shape[-1] in (1, 3, 4)
        )
        received = f"{made.dtype} {made.shape}" if isinstance(made, np.ndarray) else type(made).__name__
        expected = f"from {type(self).__name__} a uint8 array (height, width, 1, 3 or 4)"
        require(right, expected, received, "Return np.clip(x, 0, 255).astype(np.uint8), with an axis for the channels")
        return made.shape
