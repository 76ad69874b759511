from dataclasses import dataclass

from jsonargparse.typing import PositiveInt


@dataclass
class HealthConfig:
    """The health monitor, see docs/health.md.

    Args:
        samples: images of the generator, and of its average, that are looked at after each epoch.
    """

    samples: PositiveInt = 256
