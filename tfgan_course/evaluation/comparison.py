"""Holds generated images and the real images that metrics compare them with."""

from functools import cached_property
from pathlib import Path

import numpy as np

from tfgan_course.data import Images, ImageSet, take_random
from tfgan_course.errors import UserError
from tfgan_course.evaluation.cache import cached_features
from tfgan_course.evaluation.extractor import FeatureExtractor, FeatureTable
from tfgan_course.metrics import FEWEST, Gaussian


class Reference:
    """Real images and their features, which are computed when they are first needed.

    Args:
        train: the images that the generator was trained on.
        test: images of the same kind that it was not trained on.
        features: the feature extractor; None if no metric needs features.
        split: `train` or `test`, the images that generated images are compared with.
        cache: the folder where features are kept; None keeps no features.
        most: use at most this many real images of each split, always the same random ones. Default: all.
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
        """The real images of the split to compare with."""
        return self.parts[self.split]

    @property
    def labeled(self) -> bool:
        """Whether the class of every real image is known."""
        return all(part.labels is not None and (part.labels >= 0).all() for part in self.parts.values())

    def features_of(self, part: str) -> FeatureTable:
        """Return the features of the `train` or the `test` images; raise `UserError` if there are none."""
        if part not in self._tables:
            if not len(self.parts[part]):
                remedy = "Give real=(train, test), or leave this metric out"
                raise UserError(expected=f"real images to {part}", received="none", remedy=remedy)
            self._tables[part] = cached_features(self.features, self.parts[part].images, self.cache)
        return self._tables[part]

    @cached_property
    def gaussian(self) -> Gaussian:
        """The normal distribution of the features of the real images to compare with."""
        return Gaussian.fit(self.features_of(self.split).embeddings, "real features")


class Comparison:
    """The argument of every metric: generated images, real images, labels and features.

    Args:
        reference: the real images.
        images: uint8 (n, height, width, channels), the generated images.
        labels: int32 (n,), the classes of the generated images; None without classes.
        targets: the real image that each generated image should equal, in the same form; None without pairs.

    Raises:
        UserError: if generated and real images differ in shape, or, without pairs, there are fewer than 50 of either.
    """

    def __init__(
        self,
        reference: Reference,
        images: np.ndarray,
        labels: np.ndarray | None = None,
        targets: np.ndarray | None = None,
    ):
        if images.shape[1:] != reference.images.shape:
            raise UserError(
                expected=f"generated images of the real images' shape, {reference.images.shape}",
                received=f"{images.shape[1:]}",
                remedy="Give both the same size and channels",
            )
        for whose, count in (("generated", len(images)), ("real", len(reference.images))):
            if count < FEWEST and targets is None:
                expected = f"for metrics at least {FEWEST} {whose} images"
                raise UserError(
                    expected=expected, received=f"{count}", remedy="Give more images, or use the split train"
                )
        self.reference, self.images, self.targets = reference, images, targets
        self.labels = labels if reference.labeled else None

    @property
    def real_images(self) -> np.ndarray:
        """The real images to compare with, uint8 (m, height, width, channels)."""
        return self.reference.images.images

    @property
    def real_labels(self) -> np.ndarray | None:
        """The classes of the real images, int32 (m,), -1 for an unknown class; None without classes."""
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
        """The embeddings of as many random real images as there are generated images, or of all real images."""
        real = self.real_features.embeddings
        return real[np.random.default_rng(0).permutation(len(real))[: len(self.images)]]
