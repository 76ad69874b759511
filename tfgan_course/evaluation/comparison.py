"""Metrics by name, each as a function of everything it may look at."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tfgan_course import metrics
from tfgan_course.data import Images, ImageSet, take_random
from tfgan_course.errors import UserError
from tfgan_course.evaluation.features import Cache, Features, FeatureTable
from tfgan_course.metrics.frechet import Gaussian

FEWEST = 50
"""Images below which no figure is given."""


class Reference:
    """Real images, and their features, computed when first asked for.

    Args:
        train: what the generator was trained on.
        test: what it was not.
        features: of the images; None where no metric needs any.
        split: which of the two the generated images are compared with.
        cache: where features are kept.
        most: real images used, the first so many of an order that is always the same; all unless given.
    """

    def __init__(
        self,
        train: ImageSet,
        test: ImageSet,
        features: Features | None = None,
        split: str = "train",
        cache: Cache | None = None,
        most: int | None = None,
    ):
        self.features, self.split, self.cache = features, split, cache or Cache(None)
        self.parts = {"train": take_random(train, most), "test": take_random(test, most)}
        if features is not None:
            features.check_shape(self.images.images.shape[1:])
        self._tables: dict[str, FeatureTable] = {}

    @property
    def images(self) -> Images:
        """The real images to compare with."""
        return self.parts[self.split]

    @property
    def labeled(self) -> bool:
        """Whether the class of every real image is known."""
        return all(part.labels is not None and part.labels.min() >= 0 for part in self.parts.values())

    def table(self, part: str | None = None) -> FeatureTable:
        """Features of the train or the test images; of those to compare with unless told which."""
        part = part or self.split
        if part not in self._tables:
            self._tables[part] = self.cache.table(self.features, self.parts[part].images)
        return self._tables[part]

    @cached_property
    def gaussian(self) -> Gaussian:
        """Of the features of the images to compare with."""
        return Gaussian.fit(self.table().embeddings, "real features")


class Comparison:
    """What a metric may look at.

    Args:
        reference: the real images.
        images: uint8 (n, height, width, channels), the generated ones.
        labels: int32 (n,): the classes they were made for; None if they were made for none.
    """

    def __init__(self, reference: Reference, images: np.ndarray, labels: np.ndarray | None = None):
        if images.shape[1:] != reference.images.images.shape[1:]:
            raise UserError(
                f"generated images are {images.shape[1:]}, real ones {reference.images.images.shape[1:]}: give both "
                "the same size and channels"
            )
        for whose, count in (("generated", len(images)), ("real", len(reference.images.images))):
            if count < FEWEST:
                raise UserError(f"metrics need at least {FEWEST} images; got {count} {whose} ones")
        self.reference, self.images = reference, images
        self.labels = labels if reference.labeled else None

    @cached_property
    def fake(self) -> FeatureTable:
        """Features of the generated images."""
        return self.reference.features(self.images)

    @property
    def real(self) -> FeatureTable:
        """Features of the real images to compare with."""
        return self.reference.table()

    @cached_property
    def equally_many(self) -> np.ndarray:
        """Embeddings of as many real images as there are generated ones, if there are."""
        real = self.real.embeddings
        return real[np.random.default_rng(0).permutation(len(real))[: len(self.images)]]


Figures = dict[str, float]


@dataclass(frozen=True)
class Metric:
    """A metric by name.

    Args:
        compute: its figures, by name.
        figures: their names, and what is good: `lower`, `higher`, or a word on how to read it.
        needs: `features`, `probabilities`, `labels` (of generated images), or nothing.
    """

    compute: Callable[[Comparison], Figures]
    figures: dict[str, str]
    needs: tuple[str, ...] = ()


def frechet(c: Comparison) -> Figures:
    """See `frechet_distance`."""
    return {"frechet": metrics.frechet_distance(c.reference.gaussian, c.fake.embeddings)}


def frechet_infinity(c: Comparison) -> Figures:
    """See `frechet_infinity`, of 8 sizes."""
    return {"frechet_infinity": metrics.frechet_infinity(c.reference.gaussian, c.fake.embeddings, points=8).distance}


def intra_class_frechet(c: Comparison) -> Figures:
    """See `intra_class_frechet_distance`."""
    labels = c.reference.images.labels
    found = metrics.intra_class_frechet_distance(c.real.embeddings, labels, c.fake.embeddings, c.labels)
    return {"intra_class_frechet": found.distance}


def kernel(c: Comparison) -> Figures:
    """See `kernel_distance`; as many real images as generated ones."""
    found = metrics.kernel_distance(c.equally_many, c.fake.embeddings)
    return {"kernel": found.distance, "kernel_error": found.error}


def prdc(c: Comparison) -> Figures:
    """See `precision_recall_density_coverage`; as many real images as generated ones, k = 5."""
    return metrics.precision_recall_density_coverage(c.equally_many, c.fake.embeddings)._asdict()


def inception_score(c: Comparison) -> Figures:
    """See `inception_score`; the real images' own beside it, the ceiling."""
    found = metrics.inception_score(c.fake.probabilities)
    real = metrics.inception_score(c.real.probabilities[: len(c.images)])
    return {
        "inception_score": found.score,
        "inception_score_deviation": found.deviation,
        "inception_score_of_real": real.score,
    }


def classification_accuracy(c: Comparison) -> Figures:
    """See `classification_accuracy_score`, on the test images; what training images teach beside it, the ceiling."""
    train, test = c.reference.parts["train"], c.reference.parts["test"]
    real = c.reference.table("test").embeddings, test.labels
    kept = slice(len(c.images))
    ceiling = c.reference.table("train").embeddings[kept], train.labels[kept]
    return {
        "classification_accuracy": metrics.classification_accuracy_score(*real, c.fake.embeddings, c.labels).accuracy,
        "classification_accuracy_of_real": metrics.classification_accuracy_score(*real, *ceiling).accuracy,
    }


def memorization(c: Comparison) -> Figures:
    """See `memorization`."""
    tables = [c.reference.table(part).embeddings for part in ("train", "test")]
    found = metrics.memorization(*tables, c.fake.embeddings)
    return {
        "memorization": found.ratio,
        "memorization_baseline": found.baseline,
        "memorization_copies": found.copies,
    }


def sliced_wasserstein(c: Comparison) -> Figures:
    """See `sliced_wasserstein_distance`; of 4,000 images at most, 32 patches of each and 64 directions."""
    real, fake = c.reference.images.images, c.images[:4000]
    return {"sliced_wasserstein": metrics.sliced_wasserstein_distance(real, fake, 32, 64).distance}


def ms_ssim(c: Comparison) -> Figures:
    """See `ms_ssim_diversity`, within the classes where generated images have one; the real images' own beside it."""
    labels = None if c.labels is None else c.reference.images.labels
    pairs = 1000 if c.labels is None else 100
    found = metrics.ms_ssim_diversity(c.images, c.labels, pairs)
    real = metrics.ms_ssim_diversity(c.reference.images.images, labels, pairs)
    return {"ms_ssim": found.similarity, "ms_ssim_error": found.error, "ms_ssim_of_real": real.similarity}


METRICS = {
    "sliced_wasserstein": Metric(sliced_wasserstein, {"sliced_wasserstein": "lower"}),
    "ms_ssim": Metric(ms_ssim, {"ms_ssim": "as of real", "ms_ssim_error": "", "ms_ssim_of_real": ""}),
    "frechet": Metric(frechet, {"frechet": "lower"}, ("features",)),
    "frechet_infinity": Metric(frechet_infinity, {"frechet_infinity": "lower"}, ("features",)),
    "intra_class_frechet": Metric(intra_class_frechet, {"intra_class_frechet": "lower"}, ("features", "labels")),
    "kernel": Metric(kernel, {"kernel": "lower", "kernel_error": ""}, ("features",)),
    "prdc": Metric(
        prdc,
        {"precision": "higher", "recall": "higher", "density": "higher, 1 is even", "coverage": "higher"},
        ("features",),
    ),
    "inception_score": Metric(
        inception_score,
        {"inception_score": "higher", "inception_score_deviation": "", "inception_score_of_real": ""},
        ("features", "probabilities"),
    ),
    "classification_accuracy": Metric(
        classification_accuracy,
        {"classification_accuracy": "higher", "classification_accuracy_of_real": ""},
        ("features", "labels"),
    ),
    "memorization": Metric(
        memorization,
        {
            "memorization": "not below the baseline",
            "memorization_baseline": "",
            "memorization_copies": "0.01 or lower",
        },
        ("features",),
    ),
}
"""Metrics by the name that an option gives. A new one is a function above and a line here."""


def chosen(names: Sequence[str] | None, features: Features | None, labeled: bool) -> list[str]:
    """The metrics to compute.

    Args:
        names: asked for; all that can be computed unless given.
        features: what there is of them.
        labeled: whether the generated images have labels, and the real ones too.

    Raises:
        UserError: for a name there is none of, or a metric that lacks something.
    """
    if names is None:
        return [name for name, metric in METRICS.items() if not lacking(metric, features, labeled)]
    check_names(names)
    for name in names:
        lacks = lacking(METRICS[name], features, labeled)
        if lacks:
            raise UserError(f"the metric {name} needs {lacks}. Without: {', '.join(chosen(None, features, labeled))}")
    return list(dict.fromkeys(names))


def check_names(names: Sequence[str]) -> None:
    """Refuses a name that no metric has."""
    for name in names:
        if name not in METRICS:
            raise UserError(f"there is no metric {name!r}. Metrics: {', '.join(METRICS)}")


def lacking(metric: Metric, features: Features | None, labeled: bool) -> str:
    """What a metric needs and does not have, in words; nothing if it has all."""
    if "features" in metric.needs and features is None:
        return "features: name a classifier's run, for example, with --features (in training --metrics.features)"
    if "probabilities" in metric.needs and not features.tells_classes:
        return f"features that tell classes, a classifier's; {features.name} are none"
    if "labels" in metric.needs and not labeled:
        return "labels of the generated images: a conditional generator, or a folder with a sub-folder for each class"
    return ""


def column(name: str, features: Features | None) -> str:
    """The name of a figure with that of the features it is from: figures from different ones never share a column."""
    needs = next(metric.needs for metric in METRICS.values() if name in metric.figures)
    return f"{name}@{features.label}" if "features" in needs else name


def compute(names: Sequence[str], comparison: Comparison, asked: bool = True) -> dict[str, Figures]:
    """The figures of each metric.

    Args:
        names: of metrics.
        comparison: what they look at.
        asked: whether the user asked for these: then what fails is an error, else a warning and left out.
    """
    found = {}
    for name in names:
        try:
            found[name] = METRICS[name].compute(comparison)
        except UserError as error:
            if asked:
                raise UserError(f"{name}: {error}") from error
            warnings.warn(f"{name} is left out: {error}", stacklevel=2)
    return found
