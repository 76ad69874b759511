"""The metrics of this package, a class each: what a function of `tfgan_course.metrics` is given, and what it tells."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from tfgan_course import metrics
from tfgan_course.errors import UserError
from tfgan_course.evaluation.metric import Metric
from tfgan_course.plugins.by_name import all_subclasses, instance_of

if TYPE_CHECKING:
    from tfgan_course.evaluation.extractor import FeatureExtractor


class SlicedWasserstein(Metric):
    """See `sliced_wasserstein_distance`; of 4,000 images at most, 32 patches of each and 64 directions."""

    short_name = "sliced_wasserstein"
    figures: ClassVar = {"sliced_wasserstein": "lower"}

    def compute(self, comparison):
        real, fake = comparison.real_images, comparison.images[:4000]
        return {"sliced_wasserstein": metrics.sliced_wasserstein_distance(real, fake, 32, 64).distance}


class MSSSIM(Metric):
    """See `ms_ssim_diversity`, within the classes where generated images have one; the real images' own beside it."""

    short_name = "ms_ssim"
    figures: ClassVar = {"ms_ssim": "as of real", "ms_ssim_error": "", "ms_ssim_of_real": ""}

    def compute(self, comparison):
        labels = None if comparison.labels is None else comparison.real_labels
        pairs = 1000 if labels is None else 100
        found = metrics.ms_ssim_diversity(comparison.images, comparison.labels, pairs)
        real = metrics.ms_ssim_diversity(comparison.real_images, labels, pairs)
        return {"ms_ssim": found.similarity, "ms_ssim_error": found.error, "ms_ssim_of_real": real.similarity}


class Frechet(Metric):
    """See `frechet_distance`."""

    short_name = "frechet"
    figures: ClassVar = {"frechet": "lower"}
    needs = ("features",)

    def compute(self, comparison):
        return {"frechet": metrics.frechet_distance(comparison.reference.gaussian, comparison.features.embeddings)}


class FrechetInfinity(Metric):
    """See `frechet_infinity`, of 8 sizes."""

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
        real = comparison.real_features.embeddings, comparison.real_labels
        fake = comparison.features.embeddings, comparison.labels
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
    """See `inception_score`; the real images' own beside it, the ceiling."""

    short_name = "inception_score"
    figures: ClassVar = {"inception_score": "higher", "inception_score_deviation": "", "inception_score_of_real": ""}
    needs = ("features", "probabilities")

    def compute(self, comparison):
        found = metrics.inception_score(comparison.features.probabilities)
        real = metrics.inception_score(comparison.real_features.probabilities[: len(comparison.images)])
        return dict(zip(self.figures, (*found, real.score), strict=True))


class ClassificationAccuracy(Metric):
    """See `classification_accuracy_score`, on the test images.

    Beside it the ceiling: the accuracy of what equally many training images teach.
    """

    short_name = "classification_accuracy"
    figures: ClassVar = {"classification_accuracy": "higher", "classification_accuracy_of_real": ""}
    needs = ("features", "labels")

    def compute(self, comparison):
        reference, count = comparison.reference, len(comparison.images)
        test = reference.features_of("test").embeddings, reference.parts["test"].labels
        train = reference.features_of("train").embeddings[:count], reference.parts["train"].labels[:count]
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
        real = [comparison.reference.features_of(part).embeddings for part in ("train", "test")]
        found = metrics.memorization(*real, comparison.features.embeddings)
        return dict(zip(self.figures, found, strict=True))


def our_metrics() -> list[Metric]:
    """Return an instance of each metric above, in their order."""
    return [cls() for cls in all_subclasses(Metric) if cls.__module__ == __name__]


def metrics_of(values: Iterable[object], argument: str = "metrics") -> list[Metric]:
    """Return the metrics that a user names, each once.

    Args:
        values: names, dotted paths, mappings with `class_path` and `init_args`, classes or instances.
        argument: the option that they were given for, for errors.

    Raises:
        UserError: if there is no such metric, or two of them have a figure of one name.
    """
    values = list(values)  # mappings, of which there is no set
    different = [value for index, value in enumerate(values) if value not in values[:index]]
    made = [instance_of(Metric, value, argument=argument) for value in different]
    figures = [figure for metric in made for figure in metric.figures]
    if twice := sorted({figure for figure in figures if figures.count(figure) > 1}):
        raise UserError(
            expected=f"for {argument} metrics whose figures have different names",
            received=f"{', '.join(metric.name for metric in made)}, of which more than one has {', '.join(twice)}",
            remedy="Leave one out, or give a subclass `figures` of its own",
        )
    return made


def chosen(metrics: Sequence[Metric] | None, features: "FeatureExtractor | None", labeled: bool) -> list[Metric]:
    """Return the metrics that the user asks for, all of ours that can be computed unless given.

    Raise `UserError` if one lacks features, or labels of generated and real images, that it needs.
    """
    possible = [metric for metric in our_metrics() if not metric.lacks(features, labeled)]
    for metric in metrics or ():
        if lacks := metric.lacks(features, labeled):
            without = ", ".join(other.name for other in possible)
            raise UserError(f"the metric {metric.name} needs {lacks}. Without: {without}")
    return possible if metrics is None else list(metrics)


def what_is_good() -> dict[str, str]:
    """Return, by the name of a figure, in a word or two what is good, for all metrics that have been imported."""
    return {figure: good for cls in all_subclasses(Metric) for figure, good in getattr(cls, "figures", {}).items()}
