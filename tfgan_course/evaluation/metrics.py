"""The metrics of this package: each class calls a function of `tfgan_course.metrics`."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from tfgan_course import metrics
from tfgan_course.errors import UserError, require
from tfgan_course.evaluation import pair_metrics
from tfgan_course.evaluation.metric import Metric
from tfgan_course.metrics.alike import held_out_only
from tfgan_course.metrics.arrays import stratified
from tfgan_course.metrics.memorization import require_held_out
from tfgan_course.plugins.by_name import all_subclasses, instance_of

if TYPE_CHECKING:
    from tfgan_course.evaluation.comparison import Comparison
    from tfgan_course.evaluation.extractor import FeatureExtractor


class SlicedWasserstein(Metric):
    """See `sliced_wasserstein_distance`; at most 4,000 images of each kind, 32 patches of an image, 64 directions."""

    short_name = "sliced_wasserstein"
    figures: ClassVar = {"sliced_wasserstein": "lower"}

    def compute(self, comparison):
        real_labels = None if comparison.labels is None else comparison.real_labels
        real, fake = (
            images[stratified(len(images), 4000, labels, seed=0)]
            for images, labels in ((comparison.real_images, real_labels), (comparison.images, comparison.labels))
        )
        return {"sliced_wasserstein": metrics.sliced_wasserstein_distance(real, fake, 32, 64).distance}


class MSSSIM(Metric):
    """See `ms_ssim_diversity`; within classes if generated images have labels, and for the real images as well."""

    short_name = "ms_ssim"
    figures: ClassVar = {"ms_ssim": "as of real", "ms_ssim_error": "", "ms_ssim_of_real": ""}

    def compute(self, comparison):
        real, fake = of_measured_classes(comparison)
        labels = real_labels = None
        if comparison.labels is not None:
            labels, real_labels = comparison.labels[fake], comparison.real_labels[real]
        pairs = 1000 if labels is None else 100
        found = metrics.ms_ssim_diversity(comparison.images[fake], labels, pairs)
        real = metrics.ms_ssim_diversity(comparison.real_images[real], real_labels, pairs)
        return {"ms_ssim": found.similarity, "ms_ssim_error": found.error, "ms_ssim_of_real": real.similarity}


class Frechet(Metric):
    """See `frechet_distance`."""

    short_name = "frechet"
    figures: ClassVar = {"frechet": "lower"}
    needs = ("features",)

    def compute(self, comparison):
        return {"frechet": metrics.frechet_distance(comparison.reference.gaussian, comparison.features.embeddings)}


class FrechetInfinity(Metric):
    """See `frechet_infinity`; 8 numbers of images."""

    short_name = "frechet_infinity"
    figures: ClassVar = {"frechet_infinity": "lower"}
    needs = ("features",)

    def compute(self, comparison):
        found = metrics.frechet_infinity(comparison.reference.gaussian, comparison.features.embeddings, points=8)
        return {"frechet_infinity": found.distance}


class IntraClassFrechet(Metric):
    """See `intra_class_frechet_distance`."""

    short_name = "intra_class_frechet"
    figures: ClassVar = {"intra_class_frechet": "lower"}
    needs = ("features", "labels")

    def compute(self, comparison):
        in_real, in_fake = of_measured_classes(comparison)
        real = comparison.real_features.embeddings[in_real], comparison.real_labels[in_real]
        fake = comparison.features.embeddings[in_fake], comparison.labels[in_fake]
        return {"intra_class_frechet": metrics.intra_class_frechet_distance(*real, *fake).distance}


class Kernel(Metric):
    """See `kernel_distance`; as many real images as generated ones."""

    short_name = "kernel"
    figures: ClassVar = {"kernel": "lower", "kernel_error": ""}
    needs = ("features",)

    def compute(self, comparison):
        found = metrics.kernel_distance(comparison.equally_many_real, comparison.features.embeddings)
        return dict(zip(self.figures, found, strict=True))


class PRDC(Metric):
    """See `precision_recall_density_coverage`; as many real images as generated ones, k = 5."""

    short_name = "prdc"
    figures: ClassVar = {
        "precision": "higher",
        "recall": "higher",
        "density": "higher, 1 is even",
        "coverage": "higher",
    }
    needs = ("features",)

    def compute(self, comparison):
        real, fake = comparison.equally_many_real, comparison.features.embeddings
        return metrics.precision_recall_density_coverage(real, fake)._asdict()


class InceptionScore(Metric):
    """See `inception_score`; also for the real images, as the highest score to expect."""

    short_name = "inception_score"
    figures: ClassVar = {"inception_score": "higher", "inception_score_deviation": "", "inception_score_of_real": ""}
    needs = ("features", "probabilities")

    def compute(self, comparison):
        found = metrics.inception_score(comparison.features.probabilities)
        probabilities = comparison.real_features.probabilities
        some = stratified(len(probabilities), len(comparison.images), comparison.real_labels, seed=0)
        real = metrics.inception_score(probabilities[some])
        return dict(zip(self.figures, (*found, real.score), strict=True))


class ClassificationAccuracy(Metric):
    """See `classification_accuracy_score`; on the test images.

    The second figure is the accuracy after learning from equally many training images, the highest value to expect.
    """

    short_name = "classification_accuracy"
    figures: ClassVar = {"classification_accuracy": "higher", "classification_accuracy_of_real": ""}
    needs = ("features", "labels")

    def compute(self, comparison):
        reference, count = comparison.reference, len(comparison.images)
        test = reference.features_of("test").embeddings, reference.parts["test"].labels
        labels = reference.parts["train"].labels
        some = stratified(len(labels), count, labels, seed=0)
        train = reference.features_of("train").embeddings[some], labels[some]
        fake = comparison.features.embeddings, comparison.labels
        found = (metrics.classification_accuracy_score(*test, *given).accuracy for given in (fake, train))
        return dict(zip(self.figures, found, strict=True))


class Memorization(Metric):
    """See `memorization`."""

    short_name = "memorization"
    figures: ClassVar = {
        "memorization": "not below the baseline",
        "memorization_baseline": "",
        "memorization_copies": "0.01 or lower",
    }
    needs = ("features",)

    def compute(self, comparison):
        reference = comparison.reference
        train, test = (reference.features_of(part).embeddings for part in ("train", "test"))
        # An image that is stored twice, perhaps in two files that differ a little, is not held out.
        new = held_out_only(*(reference.parts[part].images for part in ("train", "test")))
        require_held_out(int(new.sum()), len(test))
        found = metrics.memorization(train, test[new], comparison.features.embeddings)
        return dict(zip(self.figures, found, strict=True))


def of_measured_classes(comparison: "Comparison") -> tuple[np.ndarray | slice, np.ndarray | slice]:
    """Return the indices of real and of generated images of classes with at least 2 real images; warn of the others."""
    if comparison.labels is None:
        return slice(None), slice(None)
    names = comparison.reference.images.class_names
    counts = np.bincount(comparison.real_labels, minlength=len(names))
    if lacking := [name for name, count in zip(names, counts, strict=True) if count < 2]:
        warnings.warn(
            f"classes are left out of per-class figures, because {comparison.reference.split} has fewer than 2 real "
            f"images of them: {', '.join(lacking)}",
            stacklevel=2,
        )
    of_real, of_generated = (
        np.flatnonzero(counts[labels] >= 2) for labels in (comparison.real_labels, comparison.labels)
    )
    return of_real, of_generated


def our_metrics() -> list[Metric]:
    """Return an instance of each metric of this package, in order."""
    return [cls() for cls in all_subclasses(Metric) if cls.__module__ in (__name__, pair_metrics.__name__)]


def metrics_of(values: object, argument: str = "metrics") -> list[Metric]:
    """Return the metrics that a user names, each once.

    Args:
        values: names, dotted paths, mappings with `class_path` and `init_args`, classes or instances, in a list or one
            alone; one text may have several names with commas between.
        argument: the name of the option, for errors.

    Raises:
        UserError: if a metric does not exist, or two metrics have a figure of the same name.
    """
    if isinstance(values, str):
        values = [name.strip() for name in values.split(",")]
    elif isinstance(values, Mapping) or not isinstance(values, Iterable):
        values = [values]
    values = list(values)  # Mappings cannot be in a set.
    different = [value for index, value in enumerate(values) if value not in values[:index]]
    made = [instance_of(Metric, value, argument=argument) for value in different]
    for metric in made:
        figures = getattr(metric, "figures", None)
        expected = f"in {type(metric).__name__} `figures`, a dict of each figure's name and a hint about good values"
        valid = isinstance(figures, dict) and figures
        require(valid, expected, repr(figures), 'Define for example figures = {"contrast": "higher"}')
    figures = [figure for metric in made for figure in metric.figures]
    if twice := sorted({figure for figure in figures if figures.count(figure) > 1}):
        raise UserError(
            expected=f"for {argument} metrics with figures of different names",
            received=f"{', '.join(metric.name for metric in made)}, which share {', '.join(twice)}",
            remedy="Leave one out, or give a subclass `figures` of its own",
        )
    return made


def chosen(
    metrics: Sequence[Metric] | None, features: "FeatureExtractor | None", labeled: bool, paired: bool = False
) -> list[Metric]:
    """Return the metrics that the user asks for; for None, all metrics of this package that can be computed.

    Raises:
        UserError: if a metric needs features, labels or pairs that are missing.
    """
    possible = [metric for metric in our_metrics() if not metric.lacks(features, labeled, paired)]
    for metric in metrics or ():
        lacks = metric.lacks(features, labeled, paired)
        require(
            not lacks,
            f"for the metric {metric.name} {lacks}",
            _instead(lacks, features),
            f"{_source_of(lacks)}. Metrics that need no more than there is: {', '.join(m.name for m in possible)}",
        )
    return possible if metrics is None else list(metrics)


def _source_of(lacks: str) -> str:
    """Return advice where to get what a metric lacks."""
    if "pairs" in lacks:
        return "Train with pairs: set data.condition to a degradation, SameNames or SideBySide"
    if "labels" in lacks:
        return "Use a conditional generator, or a folder with a sub-folder for each class"
    return "Name a classifier's run or `random` as features"


def _instead(lacks: str, features: "FeatureExtractor | None") -> str:
    """Return what there is in place of what a metric lacks."""
    if "pairs" in lacks:
        return "images without a condition that belongs to them"
    if "labels" in lacks:
        return "no labels"
    return f"features {features.name}" if features else "no features"


def what_is_good() -> dict[str, str]:
    """Return a word or two about good values by the name of each figure, for all imported metrics."""
    declared = [getattr(cls, "figures", None) for cls in all_subclasses(Metric)]
    return {name: good for figures in declared if isinstance(figures, dict) for name, good in figures.items()}
