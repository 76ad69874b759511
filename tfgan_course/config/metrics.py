from dataclasses import dataclass, field

from jsonargparse.typing import PositiveInt


@dataclass
class MetricsConfig:
    """Which metrics are computed while training.

    Args:
        names: metrics by name, see docs/evaluation.md; an empty list for none.
        every_epochs: compute them each so many epochs; history.csv has nan in the rows between.
        samples: images of the averaged generator, and real ones at most, that they are computed from.
        features: a classifier's run, a Keras file, a SavedModel or inception, for the metrics that need features.
    """

    names: list[str] = field(default_factory=lambda: ["sliced_wasserstein"])
    every_epochs: PositiveInt = 1
    samples: PositiveInt = 1000
    features: str | None = None
