"""The base class of feature extractors. A figure has a meaning only together with its features."""

import hashlib
from abc import ABC, abstractmethod
from functools import cached_property
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfgan_course.errors import UserError, require
from tfgan_course.gan.batches import images_of
from tfgan_course.plugins.by_name import short_name


class FeatureTable(NamedTuple):
    """Features of n images: `embeddings`, float32 (n, d), and `probabilities`, float32 (n, classes) or None."""

    embeddings: np.ndarray
    probabilities: np.ndarray | None = None


class FeatureExtractor(ABC):
    """Base class of all feature extractors.

    A subclass defines `weights_checksum`, and either `embeddings` or, if it has no gradients or gives probabilities,
    `read`. A user names it by its `short_name` (default: the name of the class) or by its dotted path.

    Args:
        name: the name that is stored beside every figure; default: the short name.
        kind: a word or two for the kind of the features; default: the class.
    """

    image_shape: tuple[int | None, ...] = (None, None, None)
    """The height, width and channels of its images; None stands for any value."""
    tells_classes = False
    """Whether `read` returns class probabilities as well."""

    def __init__(self, name: str | None = None, kind: str | None = None):
        cls = type(self)
        self.name, self.kind = name or short_name(cls), kind or f"{cls.__module__}.{cls.__qualname__}"

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        """Return features, float32 (n, d), through which gradients flow.

        Args:
            images: float32 [-1, 1] (n, height, width, channels), of `image_shape`.
        """
        raise UserError(
            expected="features that have gradients",
            received=f"{self.name}, whose class {type(self).__name__} has no method `embeddings`",
            remedy="Define this method, or use the features of a classifier",
        )

    def read(self, images: np.ndarray) -> FeatureTable:
        """Return the features of uint8 images (n, height, width, channels) of `image_shape`."""
        parts = (tf.constant(images[first : first + 128]) for first in range(0, len(images), 128))
        return FeatureTable(np.concatenate([self.embeddings(images_of(part)).numpy() for part in parts]))

    @abstractmethod
    def weights_checksum(self) -> str:
        """Return eight hexadecimal digits, a checksum of everything that influences the features; see `digest`."""

    @cached_property
    def checksum(self) -> str:
        """See `weights_checksum`."""
        return self.weights_checksum()

    @property
    def identity(self) -> dict[str, str]:
        """The description of the features that is stored together with every figure."""
        return {"name": self.name, "kind": self.kind, "checksum": self.checksum}

    @property
    def label(self) -> str:
        """Name and checksum: equal labels mean equal features."""
        return f"{self.name}-{self.checksum}"

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise `UserError` if the features cannot be made of images of the shape (height, width, channels)."""
        wanted = " x ".join("any" if size is None else str(size) for size in self.image_shape)
        require(
            all(size in (None, given) for size, given in zip(self.image_shape, shape, strict=True)),
            f"for the features {self.name} images of {wanted} (height, width, channels)",
            " x ".join(map(str, shape)),
            "Use features for this shape, for example of a classifier trained on these images",
        )

    def __call__(self, images: np.ndarray) -> FeatureTable:
        """Return the features of uint8 images (n, height, width, channels).

        Raises:
            UserError: if the extractor takes other images, or does not return a row of numbers for each image.
        """
        self.check_shape(images.shape[1:])
        table = self.read(images)
        require(
            table.embeddings.ndim == 2 and len(table.embeddings) == len(images),
            f"from the extractor {self.name} features of shape ({len(images)}, features) of {len(images)} images",
            table.embeddings.shape,
            "End the network with Flatten or GlobalAveragePooling2D",
        )
        return table


def digest(*parts: np.ndarray | bytes | str | float) -> str:
    """Return eight hexadecimal digits, the checksum of these parts; arrays count by shape and float32 values."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            found.update(f"{part.shape}".encode())
            part = np.ascontiguousarray(part, np.float32).tobytes()
        found.update(part if isinstance(part, bytes) else str(part).encode())
    return found.hexdigest()[:8]
