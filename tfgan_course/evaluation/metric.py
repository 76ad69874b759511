"""What a metric is."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from tfgan_course.errors import UserError
from tfgan_course.plugins.by_name import short_name

if TYPE_CHECKING:
    from tfgan_course.evaluation.comparison import Comparison
    from tfgan_course.evaluation.extractor import FeatureExtractor

Figures = dict[str, float]


class Metric(ABC):
    """Base class of all metrics: a metric computes one or more figures of generated images.

    A user names it by its `short_name`, which is the name of the class unless it is given, or by its dotted path.

    `figures` has the name of every figure that `compute` returns, and in a word or two what is good: `lower`, `higher`,
    how else to read it, or nothing. `needs` lists what the metric cannot do without: `features` of the images,
    `probabilities` that the features come with, `labels` of the generated and the real images.
    """

    figures: ClassVar[dict[str, str]]
    needs: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def compute(self, comparison: "Comparison") -> Figures:
        """Return the figures by name; raise `UserError` if they cannot be computed of these images."""

    @property
    def name(self) -> str:
        """The name that a user writes."""
        return short_name(type(self))

    def lacks(self, features: "FeatureExtractor | None", labeled: bool) -> str:
        """Return in words what the metric needs and does not have, `labeled` images for example; or an empty string."""
        if ("features" in self.needs or "probabilities" in self.needs) and features is None:
            return "features: name a classifier's run, for example, with --features (in training --metrics.features)"
        if "probabilities" in self.needs and not features.tells_classes:
            return f"features that tell classes, a classifier's; {features.name} are none"
        if "labels" in self.needs and not labeled:
            return "labels of the generated images: a conditional generator, or a folder with a sub-folder a class"
        return ""

    def column(self, figure: str, features: "FeatureExtractor | None") -> str:
        """Return the name of a figure in history.csv: figures by different features never share a column."""
        return f"{figure}@{features.label}" if "features" in self.needs else figure


def compute(metrics: Sequence[Metric], comparison: "Comparison", strict: bool = True) -> dict[Metric, Figures]:
    """Return the figures of each metric.

    A metric that cannot be computed is an error with `strict`, otherwise it is left out, with a warning. One whose
    figures have other names than it says is an error.
    """
    found = {}
    for metric in metrics:
        try:
            figures = metric.compute(comparison)
        except UserError as error:
            if strict:
                raise UserError(f"{metric.name}: {error}") from error
            warnings.warn(f"{metric.name} is left out: {error}", stacklevel=2)
            continue
        if set(figures) != set(metric.figures):
            raise UserError(
                expected=f"of the metric {metric.name} the figures {', '.join(metric.figures)}",
                received=", ".join(figures) or "none",
                remedy="Return from `compute` the figures that `figures` lists",
            )
        found[metric] = figures
    return found
