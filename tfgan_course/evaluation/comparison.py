"""Generated images beside the real ones that they are compared with: what a metric looks at."""

from functools import cached_property
from pathlib import Path

import numpy as np

from tfgan_course.data import Images, ImageSet, take_random
from tfgan_course.errors import UserError
from tfgan_course.evaluation.cache import cached_features
from tfgan_course.evaluation.extractor import FeatureExtractor, FeatureTable
from tfgan_course.metrics import FEWEST, Gaussian


class Reference:
    """Real images, and their features, which are computed when first asked for.

    Args:
        train: the images that the generator was trained on.
        test: images of the same kind that it was not trained on.
        features: the extractor of features; None where no metric needs any.
        split: which of the two, `train` or `test`, the generated images are compared with.
        cache: the folder where features are kept; None keeps none.
        most: how many real images are used at most, a random choice that is always the same; all unless given.
    """

    def __init__(
        self,
        train: ImageSet,
        test: ImageSet,
        features: FeatureExtractor | None = None,
        split: str = "train",
        cache: Path | None = None,
        most: int | None = None,
    ):
        self.features, self.split, self.cache = features, split, cache
        self.parts = {"train": take_random(train, most), "test": take_random(test, most)}
        if features is not None:
            features.check_shape(self.images.shape)
        self._tables: dict[str, FeatureTable] = {}

    @property
    def images(self) -> Images:
        """The real images to compare with."""
        return self.parts[self.split]

    @property
    def labeled(self) -> bool:
        """Whether the class of every real image is known."""
        return all(part.labels is not None and (part.labels >= 0).all() for part in self.parts.values())

    def features_of(self, part: str) -> FeatureTable:
        """Return the features of the `train` or the `test` images; raise `UserError` if there are none."""
        if part not in self._tables:
            if not len(self.parts[part]):
                remedy = "Give some, or leave this metric out"
                raise UserError(expected=f"real images to {part}", received="none", remedy=remedy)
            self._tables[part] = cached_features(self.features, self.parts[part].images, self.cache)
        return self._tables[part]

    @cached_property
    def gaussian(self) -> Gaussian:
        """The normal distribution of the features of the images to compare with."""
        return Gaussian.fit(self.features_of(self.split).embeddings, "real features")


class Comparison:
    """What a metric looks at.

    Args:
        reference: the real images.
        images: uint8 (n, height, width, channels), the generated images.
        labels: int32 (n,), the classes that they were made for; None if they were made for none.

    Raises:
        UserError: if generated and real images differ in shape, or there are fewer than 50 of either.
    """

    def __init__(self, reference: Reference, images: np.ndarray, labels: np.ndarray | None = None):
        if images.shape[1:] != reference.images.shape:
            raise UserError(
                expected=f"generated images of the real images' shape, {reference.images.shape}",
                received=f"{images.shape[1:]}",
                remedy="Give both the same size and channels",
            )
        for whose, count in (("generated", len(images)), ("real", len(reference.images))):
            if count < FEWEST:
                raise UserError(f"metrics need at least {FEWEST} images; got {count} {whose} ones. Give more")
        self.reference, self.images = reference, images
        self.labels = labels if reference.labeled else None

    @property
    def real_images(self) -> np.ndarray:
        """The real images to compare with, uint8 (m, height, width, channels)."""
        return self.reference.images.images

    @property
    def real_labels(self) -> np.ndarray | None:
        """The classes of the real images, int32 (m,), -1 where one is unknown; None if they have none."""
        return self.reference.images.labels

    @cached_property
    def features(self) -> FeatureTable:
        """The features of the generated images."""
        return self.reference.features(self.images)

    @property
    def real_features(self) -> FeatureTable:
        """The features of the real images to compare with."""
        return self.reference.features_of(self.reference.split)

    @cached_property
    def equally_many_real(self) -> np.ndarray:
        """Embeddings of as many random real images as there are generated ones, or of all if there are fewer."""
        real = self.real_features.embeddings
        return real[np.random.default_rng(0).permutation(len(real))[: len(self.images)]]
