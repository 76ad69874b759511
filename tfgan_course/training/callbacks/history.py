import time

import tensorflow as tf
from tensorflow import keras

from tfgan_course.config.schema import TrainConfig
from tfgan_course.optimizers.schedules import last_values, rounded
from tfgan_course.runs.directory import RunDirectory


class WriteHistory(keras.callbacks.Callback):
    """Writes a row of history.csv and one of timing.csv after each epoch.

    Args:
        run: the run directory.
        config: the configuration, for the images of a step: those that it reads, and those that schedules count.
    """

    def __init__(self, run: RunDirectory, config: TrainConfig):
        super().__init__()
        self.run, self.config = run, config

    def on_epoch_begin(self, epoch, logs=None):
        self.begin, self.first_step = time.perf_counter(), self.model.steps_done

    def on_epoch_end(self, epoch, logs=None):
        seconds = time.perf_counter() - self.begin
        figures = {name: float(logs[name]) for name in sorted(logs)}
        for player in ("generator", "critic"):
            values = last_values(getattr(self.model, f"{player}_optimizer"))
            figures |= {f"{player}_{name}": value for name, value in values.items()}
        shown = tf.constant((self.model.steps_done - 1) * self.config.images_shown_per_step, tf.int64)
        for name, schedule in self.model.scheduled.items():
            figures[name] = rounded(schedule(shown, self.model.length))
        self.run.append(self.run.history, {"epoch": epoch + 1, "step": self.model.steps_done, **figures})
        # After a resume, or at a limit, only a part of the epoch was trained in this session.
        images = (self.model.steps_done - self.first_step) * self.config.images_per_step
        self.run.append_timing(epoch + 1, seconds, images)
