from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Images:
    """Images of one shape, in memory. `labels` and `class_names` are both there or both None.

    Args:
        images: uint8 (n, size, size, channels), 0 to 255; channels is 1 (gray) or 3 (RGB).
        labels: int32 (n,), 0 to len(class_names) - 1, or None. -1 is an image whose class is kept secret.
        class_names: the name of each label, or None.
    """

    images: np.ndarray
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None

    @property
    def classes(self) -> int | None:
        """How many classes there are, or None."""
        return None if self.class_names is None else len(self.class_names)


@dataclass
class Pictures:
    """What a source has read: uint8 (size, size, 1 or 3) arrays, gray and RGB side by side, and the label of each."""

    pictures: list[np.ndarray]
    labels: list[int] | None

    def take(self, indices: np.ndarray) -> "Pictures":
        """Returns the pictures at these indices."""
        labels = None if self.labels is None else [self.labels[i] for i in indices]
        return Pictures([self.pictures[i] for i in indices], labels)

    def stack(self, channels: int, class_names: tuple[str, ...] | None) -> Images:
        """Returns one array of all pictures, gray repeated where channels is 3. Empties the list as it goes.

        So that memory holds the images about once.
        """
        count = len(self.pictures)
        images = np.empty((count, *self.pictures[0].shape[:2], channels), np.uint8)
        for i in range(count):
            images[i] = self.pictures[i]
            self.pictures[i] = None
        return Images(images, None if self.labels is None else np.array(self.labels, np.int32), class_names)
