import time

from tensorflow import keras

from tfgan_course.optimizers.schedules import last_rate
from tfgan_course.runs.directory import RunDirectory


class WriteHistory(keras.callbacks.Callback):
    """Writes a row of history.csv and one of timing.csv after each epoch.

    Args:
        run: the run directory.
        images_per_epoch: the real images in an epoch, for images per second.
    """

    def __init__(self, run: RunDirectory, images_per_epoch: int):
        super().__init__()
        self.run, self.images_per_epoch = run, images_per_epoch

    def on_epoch_begin(self, epoch, logs=None):
        self.begin = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        seconds = time.perf_counter() - self.begin
        figures = {name: float(logs[name]) for name in sorted(logs)}
        for player in ("generator", "critic"):
            figures[f"{player}_learning_rate"] = last_rate(getattr(self.model, f"{player}_optimizer"))
        self.run.append(self.run.history, {"epoch": epoch + 1, "step": self.model.steps_done, **figures})
        self.run.append_timing(epoch + 1, seconds, self.images_per_epoch)
