import numpy as np
from tensorflow import keras

from tfgan_course.config.schema import EarlyStoppingConfig
from tfgan_course.runs.directory import RunDirectory


class StopEarly(keras.callbacks.Callback):
    """Ends the training when a figure of history.csv has not improved for `patience` epochs.

    It decides only from history.csv, so a resumed training makes the same decision.
    """

    def __init__(self, run: RunDirectory, config: EarlyStoppingConfig):
        super().__init__()
        self.run, self.config = run, config

    def on_epoch_end(self, epoch, logs=None):
        if self.patience_is_over():
            print(f"{self.config.monitor} has not improved for {self.config.patience} epochs: stopping early")
            self.model.stop_training = True

    def patience_is_over(self) -> bool:
        """Return whether the figures in history.csv are a reason to stop."""
        rows = self.run.rows()
        if self.config.monitor is None or not rows:
            return False
        sign = 1 if self.config.mode == "min" else -1
        best, best_epoch = np.inf, 0
        for index, row in enumerate(rows):
            if sign * row[self.config.monitor] < best - self.config.min_delta:
                best, best_epoch = sign * row[self.config.monitor], index
        return len(rows) - 1 - best_epoch >= self.config.patience
