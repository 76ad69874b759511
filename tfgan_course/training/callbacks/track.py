import numpy as np
import psutil
import tensorflow as tf
import yaml
from tensorflow import keras

from tfgan_course.runs.directory import RunDirectory
from tfgan_course.trackers import Tracker


class Track(keras.callbacks.Callback):
    """Reports to the trackers: the row of history.csv and the machine's statistics after each epoch, and images.

    It must stand behind the callback that writes the row.

    Args:
        run: the run directory.
        trackers: what is reported to.
    """

    def __init__(self, run: RunDirectory, trackers: list[Tracker]):
        super().__init__()
        self.run, self.trackers = run, trackers
        self.process = psutil.Process()
        self.process.cpu_percent()  # the first call only starts the clock

    def begin(self) -> None:
        """Open the trackers."""
        config = yaml.safe_load(self.run.config.read_text(encoding="utf-8"))
        for tracker in self.trackers:
            tracker.begin(config, self.run.path)

    def image(self, step: int, name: str, image: np.ndarray) -> None:
        """Report an image, uint8 (height, width, channels)."""
        for tracker in self.trackers:
            tracker.image(step, name, image)

    def on_epoch_end(self, epoch, logs=None):
        if not self.trackers:
            return
        row = self.run.rows()[-1]
        values = {name: value for name, value in row.items() if name not in ("epoch", "step")}
        values |= {f"machine/{name}": value for name, value in machine_statistics(self.process).items()}
        for tracker in self.trackers:
            tracker.scalars(int(row["step"]), values)

    def end(self) -> None:
        """Close the trackers."""
        for tracker in self.trackers:
            tracker.end()


def machine_statistics(process: psutil.Process) -> dict[str, float]:
    """Return memory in GB and use in percent, of this process and of each GPU.

    A GPU's use is read through nvidia-ml-py, which the `gpu` extra brings.
    """
    statistics = {
        "cpu_use_percent": process.cpu_percent(),
        "memory_gb": process.memory_info().rss / 1e9,
        "memory_free_gb": psutil.virtual_memory().available / 1e9,
    }
    for index, _ in enumerate(tf.config.list_physical_devices("GPU")):
        import pynvml

        pynvml.nvmlInit()
        device = pynvml.nvmlDeviceGetHandleByIndex(index)
        statistics[f"gpu{index}_use_percent"] = pynvml.nvmlDeviceGetUtilizationRates(device).gpu
        statistics[f"gpu{index}_memory_gb"] = tf.config.experimental.get_memory_info(f"GPU:{index}")["current"] / 1e9
    return statistics
