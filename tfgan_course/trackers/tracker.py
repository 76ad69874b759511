from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import numpy as np


class Tracker(ABC):
    """Base class of all trackers: a tracker writes down, or sends elsewhere, what a training measures and draws.

    The trainer calls `begin` once, then `scalars` after each epoch and `image` for each grid of samples, then `end`.
    Of several workers, the chief alone does. A resumed training begins anew, in the same run directory, and may report
    steps again that an interrupted one has reported already.

    A tracker is made while the options are parsed, so its constructor only keeps its arguments; files and connections
    are opened in `begin`.
    """

    def begin(self, config: Mapping[str, object], directory: Path) -> None:  # noqa: B027 (may be left out)
        """Prepare for a training that is about to begin or to go on.

        Args:
            config: the configuration as config.yaml has it: numbers, strings, lists and dicts.
            directory: the run directory.
        """

    @abstractmethod
    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write the figures of an epoch.

        Args:
            step: steps trained so far, the generator's updates.
            values: the epoch's columns of history.csv by name, NaN where nothing was measured in this epoch; and
                statistics of the machine, whose names begin with `machine/`.
        """

    def image(self, step: int, name: str, image: np.ndarray) -> None:  # noqa: B027
        """Write an image.

        Args:
            step: steps trained so far.
            name: what it shows, `samples` for example.
            image: uint8 (height, width, channels).
        """

    def end(self) -> None:  # noqa: B027
        """Close what `begin` has opened. It is called however the training ends, by an error too."""
