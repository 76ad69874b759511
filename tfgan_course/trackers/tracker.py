from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np


class Tracker(ABC):
    """Base class of all trackers: a tracker writes the figures and samples of a training, or sends them to a service.

    The trainer calls `begin` once, then `scalars` after each epoch, `image` for each grid of samples and `text` for
    each finding of the health monitor, then `plot` and `files` for what the training leaves, then `end`. If several
    workers train together, only the chief calls them. A resumed training calls `begin` again, with the same run
    directory, and may report steps that the interrupted training has already reported.

    A tracker is made while the options are parsed, so its constructor only stores its arguments; `begin` opens files
    and connections. A `UserError` in `begin` ends the training before the first step: a missing package, for example.
    Any other error is printed once, and the training continues without this tracker.
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

    def plot(self, step: int, name: str, file: Path) -> None:  # noqa: B027
        """Write a plot.

        Args:
            step: updates of the generator so far.
            name: what the plot shows, `curves` for example.
            file: the plot in the run directory, a PNG file.
        """

    def text(self, step: int, name: str, text: str) -> None:  # noqa: B027
        """Write a text.

        Args:
            step: updates of the generator so far.
            name: what the text is about, `health` for a finding of the health monitor.
            text: Markdown.
        """

    def files(self, name: str, files: Sequence[Path]) -> None:  # noqa: B027
        """Write files that belong together, whose content does not matter to the service.

        Args:
            name: `run` for small files of the run directory, `checkpoint` for the last checkpoint, which may be large.
            files: files in the run directory.
        """

    def end(self) -> None:  # noqa: B027
        """Close everything that `begin` has opened. The trainer calls this at the end, even after an error."""


def flat_options(config: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Return a configuration as one level of options, named as on the command line: `critic.init_args.width`."""
    flat: dict[str, object] = {}
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
            flat |= flat_options(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
