"""What makes features of images. A figure means something only beside the name of its features."""

import hashlib
from abc import ABC, abstractmethod
from functools import cached_property
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfgan_course.errors import UserError
from tfgan_course.gan.batches import images_of
from tfgan_course.plugins.by_name import short_name


class FeatureTable(NamedTuple):
    """`embeddings` float32 (n, d); `probabilities` of the classes float32 (n, classes), or None."""

    embeddings: np.ndarray
    probabilities: np.ndarray | None = None


class FeatureExtractor(ABC):
    """Base class of all extractors of features.

    A subclass writes `weights_checksum`, and `embeddings` or, if it has no gradients or gives probabilities, `read`.
    A user names it by its `short_name`, which is the name of the class unless it is given, or by its dotted path.

    Args:
        name: stored beside every figure; the short name unless given.
        kind: what makes the features, in a word or two; the class unless given.
    """

    image_shape: tuple[int | None, ...] = (None, None, None)
    """The height, width and channels of the images that it takes; None where any will do."""
    tells_classes = False
    """Whether `read` gives probabilities beside the embeddings."""

    def __init__(self, name: str | None = None, kind: str | None = None):
        cls = type(self)
        self.name, self.kind = name or short_name(cls), kind or f"{cls.__module__}.{cls.__qualname__}"

    def embeddings(self, images: tf.Tensor) -> tf.Tensor:
        """Return features, float32 (n, d), with gradients.

        Args:
            images: float32 [-1, 1] (n, height, width, channels), of `image_shape`.
        """
        raise UserError(
            expected="features that have gradients",
            received=f"{self.name}, whose class {type(self).__name__} has no method `embeddings`",
            remedy="Write one, or use the features of a classifier",
        )

    def read(self, images: np.ndarray) -> FeatureTable:
        """Return the features of uint8 images (n, height, width, channels) of `image_shape`."""
        parts = (tf.constant(images[first : first + 128]) for first in range(0, len(images), 128))
        return FeatureTable(np.concatenate([self.embeddings(images_of(part)).numpy() for part in parts]))

    @abstractmethod
    def weights_checksum(self) -> str:
        """Return eight hexadecimal digits of everything that decides what features come out; see `digest`."""

    @cached_property
    def checksum(self) -> str:
        """See `weights_checksum`."""
        return self.weights_checksum()

    @property
    def identity(self) -> dict[str, str]:
        """What is stored beside every figure."""
        return {"name": self.name, "kind": self.kind, "checksum": self.checksum}

    @property
    def label(self) -> str:
        """The name and the checksum: figures under equal labels are from equal features."""
        return f"{self.name}-{self.checksum}"

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise `UserError` unless these features are made for images of the shape (height, width, channels)."""
        if any(wanted not in (None, size) for wanted, size in zip(self.image_shape, shape, strict=True)):
            wanted = " x ".join("any" if size is None else str(size) for size in self.image_shape)
            raise UserError(
                f"the features {self.name} are made for images of {wanted}; these are {' x '.join(map(str, shape))} "
                "(height, width, channels): use features for that shape, a classifier trained on these for example"
            )

    def __call__(self, images: np.ndarray) -> FeatureTable:
        """Return the features of uint8 images (n, height, width, channels).

        Raises:
            UserError: if the images have another shape than these features are made for, or what comes out is no table.
        """
        self.check_shape(images.shape[1:])
        table = self.read(images)
        if table.embeddings.ndim != 2 or len(table.embeddings) != len(images):
            raise UserError(
                f"the features {self.name} must come as (images, features); of {len(images)} images came "
                f"{table.embeddings.shape}: end the network with Flatten or GlobalAveragePooling2D"
            )
        return table


def digest(*parts: np.ndarray | bytes | str | float) -> str:
    """Return a checksum of these parts, of arrays the shape and the values as float32: eight hexadecimal digits."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            found.update(f"{part.shape}".encode())
            part = np.ascontiguousarray(part, np.float32).tobytes()
        found.update(part if isinstance(part, bytes) else str(part).encode())
    return found.hexdigest()[:8]
