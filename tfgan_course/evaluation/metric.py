"""The base class of metrics."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, ClassVar

from tfgan_course.errors import UserError
from tfgan_course.plugins.by_name import short_name

if TYPE_CHECKING:
    from tfgan_course.evaluation.comparison import Comparison
    from tfgan_course.evaluation.extractor import FeatureExtractor

Figures = dict[str, float]


class Metric(ABC):
    """Base class of all metrics: a metric computes one or more figures of generated images.

    A user names it by its `short_name` (default: the name of the class) or by its dotted path.

    `figures` maps the name of each figure that `compute` returns to a word or two about good values: `lower`, `higher`,
    another hint, or an empty text. `needs` lists what the metric needs: `features` of the images, `probabilities` from
    the extractor, `labels` of the generated and the real images, `pairs`: a real image that each generated image should
    equal.
    """

    figures: ClassVar[dict[str, str]]
    needs: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def compute(self, comparison: "Comparison") -> Figures:
        """Return the figures by name; raise `UserError` if these images do not allow it."""

    @property
    def name(self) -> str:
        """The name that a user writes."""
        return short_name(type(self))

    def lacks(self, features: "FeatureExtractor | None", labeled: bool, paired: bool = False) -> str:
        """Return what the metric needs and does not have, in words; an empty text if nothing is missing."""
        if ("features" in self.needs or "probabilities" in self.needs) and features is None:
            return "features"
        if "probabilities" in self.needs and not features.tells_classes:
            return "features with class probabilities"
        if "labels" in self.needs and not labeled:
            return "labels of all images"
        if "pairs" in self.needs and not paired:
            return "pairs of condition and image"
        return ""

    def column(self, figure: str, features: "FeatureExtractor | None") -> str:
        """Return the column of a figure in history.csv; figures from different features have different columns."""
        return f"{figure}@{features.label}" if "features" in self.needs else figure


def compute(metrics: Sequence[Metric], comparison: "Comparison", strict: bool = True) -> dict[Metric, Figures]:
    """Return the figures of each metric.

    If a metric cannot be computed, `strict` raises a `UserError`; otherwise the metric is left out, with a warning.
    `UserError` is also raised if a metric returns figures with other names than its `figures`.
    """
    found = {}
    for metric in metrics:
        try:
            figures = metric.compute(comparison)
        except UserError as error:
            if strict:
                parts = {"expected": error.expected, "received": error.received, "remedy": error.remedy}
                raise UserError(f"metric {metric.name}: {error}", **parts) from error
            warnings.warn(f"{metric.name} is left out: {error}", stacklevel=2)
            continue
        named = isinstance(figures, Mapping) and set(figures) == set(metric.figures)
        if not named or not all(isinstance(value, Real) for value in figures.values()):
            raise UserError(
                expected=f"from the metric {metric.name} a number for each of the figures {', '.join(metric.figures)}",
                received=repr(figures),
                remedy="Let `compute` return a dictionary of the figures that `figures` lists, as Python's numbers",
            )
        found[metric] = figures
    return found
