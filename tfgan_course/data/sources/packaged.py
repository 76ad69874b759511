"""The Fashion-MNIST images that are part of the package."""

from pathlib import Path

import numpy as np

from tfgan_course.data.source import DataSource

PACKAGED = Path(__file__).parents[1] / "fashion_mnist.npz"


class Packaged(DataSource):
    """A source of 6,000 training and 1,000 test images of Fashion-MNIST: gray, ten classes (docs/guides/data.md)."""

    def __init__(self):
        with np.load(PACKAGED) as arrays:
            self._arrays = dict(arrays)
        self.class_names = self._arrays["class_names"].tolist()

    def train(self) -> tuple[np.ndarray, np.ndarray]:
        return self._arrays["train_images"], self._arrays["train_labels"]

    def test(self) -> tuple[np.ndarray, np.ndarray]:
        return self._arrays["test_images"], self._arrays["test_labels"]

    def __str__(self) -> str:
        return "packaged"
