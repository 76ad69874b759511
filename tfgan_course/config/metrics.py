from dataclasses import dataclass, field
from typing import Any

from jsonargparse.typing import PositiveInt


@dataclass
class MetricsConfig:
    """Which metrics are computed while training.

    Args:
        names: metrics by name, frechet for example, or by dotted path; see docs/evaluation.md. An empty list for none.
        every_epochs: compute them each so many epochs; history.csv has nan in the rows between.
        samples: images of the averaged generator, and real ones at most, that they are computed from.
        features: for the metrics that need features: a classifier's run, a Keras file, a SavedModel's folder, random,
            inception, or the dotted path of a class.
    """

    names: list[str | dict[str, Any]] = field(default_factory=lambda: ["sliced_wasserstein"])
    every_epochs: PositiveInt = 1
    samples: PositiveInt = 1000
    features: str | dict[str, Any] | None = None
