from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import numpy as np


class Tracker(ABC):
    """Base class of all trackers: a tracker writes the figures and samples of a training, or sends them to a service.

    The trainer calls `begin` once, then `scalars` after each epoch and `image` for each grid of samples, then `end`.
    If several workers train together, only the chief calls them. A resumed training calls `begin` again, with the same
    run directory, and may report steps that the interrupted training has already reported.

    A tracker is made while the options are parsed, so its constructor only stores its arguments; `begin` opens files
    and connections. An error in `begin` ends the training before the first step. A later error is printed once, and the
    training continues without this tracker.
    """

    def begin(self, config: Mapping[str, object], directory: Path) -> None:  # noqa: B027 (may be left out)
        """Prepare for a training that begins or is resumed.

        Args:
            config: the content of config.yaml: numbers, strings, lists and dicts.
            directory: the run directory.
        """

    @abstractmethod
    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write the figures of an epoch.

        Args:
            step: updates of the generator so far.
            values: the epoch's row of history.csv by column, NaN where nothing was measured in this epoch; and
                statistics of the machine, with names that begin with `machine/`.
        """

    def image(self, step: int, name: str, image: np.ndarray) -> None:  # noqa: B027
        """Write an image.

        Args:
            step: updates of the generator so far.
            name: what the image shows, `samples` for example.
            image: uint8 (height, width, channels).
        """

    def end(self) -> None:  # noqa: B027
        """Close everything that `begin` has opened. The trainer calls this at the end, even after an error."""
