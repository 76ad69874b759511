import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import tensorflow as tf
import yaml
from tensorflow import keras

from tfgan_course.errors import UserError, first_line
from tfgan_course.health.monitor import Event
from tfgan_course.runs.checkpoints import last_saved_first
from tfgan_course.runs.directory import RunDirectory
from tfgan_course.trackers import Tracker


class Track(keras.callbacks.Callback):
    """Reports images, and after each epoch the row of history.csv and statistics of the machine, to the trackers.

    This callback must come after the one that writes the row.

    Args:
        run: the run directory.
        trackers: the trackers.
    """

    def __init__(self, run: RunDirectory, trackers: list[Tracker]):
        super().__init__()
        self.run, self.trackers = run, trackers
        self.process = psutil.Process()
        self.process.cpu_percent()  # psutil's first call only starts the measurement
        self.gpus = len(tf.config.list_physical_devices("GPU"))
        self.gpu_figures: dict[str, Callable[[int], float]] = {"use_percent": gpu_use, "memory_gb": gpu_memory}

    def begin(self) -> None:
        """Open the trackers; a `UserError` of a tracker, a missing package for example, ends the training here."""
        config = yaml.safe_load(self.run.config.read_text(encoding="utf-8"))
        self._report(lambda tracker: tracker.begin(config, self.run.path), but=(UserError,))

    def image(self, step: int, name: str, image: np.ndarray) -> None:
        """Report an image, uint8 (height, width, channels)."""
        self._report(lambda tracker: tracker.image(step, name, image))

    def finding(self, event: Event) -> None:
        """Report a finding of the health monitor."""
        self._report(lambda tracker: tracker.text(event.step, "health", f"{event.sentence} ({event.link})"))

    def on_epoch_end(self, epoch, logs=None):
        if not self.trackers:
            return
        row = self.run.rows()[-1]
        values = {name: value for name, value in row.items() if name not in ("epoch", "step")}
        values |= {f"machine/{name}": value for name, value in self.machine_statistics().items()}
        self._report(lambda tracker: tracker.scalars(int(row["step"]), values))

    def machine_statistics(self) -> dict[str, float]:
        """Return memory in GB and utilization in percent, of this process and of each GPU.

        If a figure of the GPUs cannot be measured, the user is told once, and later figures are without it.
        """
        statistics = {
            "cpu_use_percent": self.process.cpu_percent(),
            "memory_gb": self.process.memory_info().rss / 1e9,
            "memory_free_gb": psutil.virtual_memory().available / 1e9,
        }
        for name, measure in [*self.gpu_figures.items()]:
            try:
                statistics |= {f"gpu{index}_{name}": measure(index) for index in range(self.gpus)}
            except Exception as error:  # ImportError, or nvidia-ml-py's errors, whose class needs this module.
                del self.gpu_figures[name]
                missing = isinstance(error, ImportError)
                advice = ". nvidia-ml-py measures it: pip install nvidia-ml-py" if missing else ""
                print(
                    f"warning: gpu_{name} is not recorded ({type(error).__name__}: {first_line(error)}){advice}",
                    file=sys.stderr,
                )
        return statistics

    def end(self) -> None:
        """Report what the training leaves in the run directory, and close the trackers."""
        run, curves = self.run, self.run.path / "curves.png"
        if self.trackers and curves.exists():
            step = int(run.rows()[-1]["step"])
            self._report(lambda tracker: tracker.plot(step, "curves", curves))
        small = [run.config, run.history, run.health, run.path / "summary.json", run.path / "samples.gif"]
        last = [file for prefix in last_saved_first(run.checkpoints)[:1] for file in parts_of(prefix)]
        self._files("run", [file for file in small if file.exists()])
        self._files("checkpoint", last)
        self._report(lambda tracker: tracker.end())

    def _files(self, name: str, files: list[Path]) -> None:
        if files:
            self._report(lambda tracker: tracker.files(name, files))

    def _report(self, call: Callable[[Tracker], None], but: tuple[type[Exception], ...] = ()) -> None:
        """Call each tracker. If a tracker fails, print one warning and do not call it again: its server may be gone.

        Errors of the classes `but` are raised.
        """
        for tracker in [*self.trackers]:
            try:
                call(tracker)
            except but:
                raise
            except Exception as error:  # A tracker is the user's class, or a client of any service.
                self.trackers.remove(tracker)
                reason = f"{type(error).__name__}: {first_line(error)}"
                name = type(tracker).__name__
                print(f"warning: the tracker {name} failed and gets no more reports ({reason})", file=sys.stderr)


def parts_of(checkpoint: Path) -> list[Path]:
    """Return the files of a checkpoint, which begin with its path."""
    return sorted(file for file in checkpoint.parent.iterdir() if file.name.startswith(f"{checkpoint.name}."))


def gpu_use(index: int) -> float:
    """Return the utilization in percent of TensorFlow's GPU of this index; nvidia-ml-py reads it."""
    import pynvml

    pynvml.nvmlInit()
    # TensorFlow counts only the GPUs in this list, NVML counts all. An entry is a number or the name GPU-1a2b...
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    name = visible[index].strip() if index < len(visible) and visible[index].strip() else str(index)
    by = pynvml.nvmlDeviceGetHandleByIndex if name.isdecimal() else pynvml.nvmlDeviceGetHandleByUUID
    return float(pynvml.nvmlDeviceGetUtilizationRates(by(int(name) if name.isdecimal() else name)).gpu)


def gpu_memory(index: int) -> float:
    """Return the memory in GB that TensorFlow uses of a GPU."""
    return tf.config.experimental.get_memory_info(f"GPU:{index}")["current"] / 1e9
